/** The additive table of docs/protocol.md: what `decide` says, in every combination of what differs from two phases. */
import { decide } from '../src/machine-client/decide.ts';
import { dimensions, factsOf, possible } from '../test/decisions/additive/facts.ts';
import { everyCase } from '../test/decisions/additive/product.ts';
import { rows, type Row } from '../test/decisions/additive/rows.ts';
import { count, Tally } from './decision-rows.ts';
import { between, table } from './markdown.ts';

const additiveTable = (): string => {
  const tally = new Tally<Row>();
  let cases = 0;
  for (const at of everyCase()) {
    const row = possible(at) ? rows.find(({ when }) => when(at)) : undefined;
    if (!row) continue;
    cases++;
    tally.add(row, decide(factsOf(at)));
  }
  const names = Object.keys(dimensions);
  return [
    `${names.length} facts make ${count(cases)} cases that can be: ${names.join(', ')}.\n`,
    table(['facts', 'plan', 'cases'], tally.cellsOf(rows)),
  ].join('\n');
};

const begin =
  '<!-- additive decisions: generated from test/decisions/additive and src/machine-client by `npm run generate` -->\n';
const end = '<!-- end of additive decisions -->';

/** docs/protocol.md with its additive table written anew. */
export const withAdditiveDecisions = (page: string): string =>
  between(page, 'docs/protocol.md', begin, end, additiveTable());
