/** The table of a style in docs/protocol.md: what `decide` says, in every combination of what differs from two phases. */
import { decide } from '../src/machine-client/decide.ts';
import { everyCase, type StyleProduct, type StyleRow, type Survey } from '../test/decisions/style-product.ts';
import { count, Tally } from './decision-rows.ts';
import { between, table } from './markdown.ts';

const survey = <At, R extends StyleRow<At>>(product: StyleProduct<At, R>): Survey<At, R> => {
  const tally = new Tally<R>();
  let cases = 0;
  for (const at of everyCase(product)) {
    const row = product.rows.find(({ when }) => when(at));
    if (!row) continue;
    cases++;
    tally.add(row, decide(product.factsOf(at)));
  }
  return { cases, tally };
};

/** docs/protocol.md with the table written anew: of a survey that was made already, or of one that is made now. */
export const withStyleDecisions = <At, R extends StyleRow<At>>(
  page: string,
  product: StyleProduct<At, R>,
  { cases, tally }: Survey<At, R> = survey(product),
): string => {
  const { name, dimensions, rows } = product;
  const facts = Object.keys(dimensions);
  const content = [
    `${facts.length} facts make ${count(cases)} cases that can be: ${facts.join(', ')}.\n`,
    table(['facts', 'plan', 'cases'], tally.cellsOf(rows)),
  ].join('\n');
  const begin = `<!-- ${name} decisions: generated from test/decisions/${name} and src/machine-client by \`npm run generate\` -->\n`;
  return between(page, 'docs/protocol.md', begin, `<!-- end of ${name} decisions -->`, content);
};
