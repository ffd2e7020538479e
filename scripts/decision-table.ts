/** The two-phase tables of docs/protocol.md: what `decide` says, to every combination of facts, by the row that foresees it. */
import { dimensions } from '../test/decisions/dimensions.ts';
import { explore } from '../test/decisions/explore.ts';
import { factsOf } from '../test/decisions/facts.ts';
import { judge } from '../test/decisions/judge.ts';
import { products } from '../test/decisions/products.ts';
import type { Row } from '../test/decisions/row.ts';
import { overlays, sections } from '../test/decisions/table.ts';
import { wordsOf } from '../test/decisions/words.ts';
import { count, Tally } from './decision-rows.ts';
import { between, table } from './markdown.ts';

const decision = 'decisions/008-where-the-table-says-more-than-the-protocol.md';

/** How often each row was decided in which way. */
export interface Survey {
  readonly cases: number;
  readonly tally: Tally<Row>;
}

const survey = (): Survey => {
  const tally = new Tally<Row>();
  let cases = 0;
  for (const fixed of Object.values(products))
    cases += explore(fixed, (at) => {
      const [facts, words] = [factsOf(at), wordsOf(at)];
      return () => {
        const { plan, row } = judge(facts, words);
        tally.add(row, plan);
      };
    });
  return { cases, tally };
};

const decisionTables = ({ cases, tally }: Survey): string => {
  const names = Object.values(dimensions);
  const combinations = names.reduce((all, values) => all * values.length, 1);
  const intro = `${names.length} facts with two to seven values make ${combinations.toExponential(0).replace('e+', ' · 10^')} combinations. \`decide\` and these
tables tell ${count(cases)} cases of them apart, and each gives exactly one plan. *Cases* counts them by row. **+** marks
what was added to the protocol as it was modelled, with the reason in [decision 008](${decision}).
`;
  const shown = [
    ...sections,
    { title: 'Over every row that has something done at the provider', rows: overlays },
  ];
  const tables = shown.map(
    ({ title, rows }) => `**${title}**\n\n${table(['facts', 'plan', 'cases'], tally.cellsOf(rows))}`,
  );
  return [intro, ...tables].join('\n');
};

const begin =
  '<!-- decisions: generated from test/decisions and src/machine-client by `npm run generate` -->\n';
const end = '<!-- end of decisions -->';

/** docs/protocol.md with its tables written anew: of a survey that was made already, or of one that is made now. */
export const withDecisions = (page: string, surveyed: Survey = survey()): string =>
  between(page, 'docs/protocol.md', begin, end, decisionTables(surveyed));
