/** The tables of docs/protocol.md: what `decide` says, to every combination of facts, by the row that foresees it. */
import { decide } from '../src/machine-client/decide.ts';
import type { Plan } from '../src/machine-client/plan.ts';
import { dimensions } from '../test/decisions/dimensions.ts';
import { explore } from '../test/decisions/explore.ts';
import { factsOf } from '../test/decisions/facts.ts';
import { products } from '../test/decisions/products.ts';
import type { Row } from '../test/decisions/row.ts';
import { consult, overlays, sections } from '../test/decisions/table.ts';
import { wordsOf } from '../test/decisions/words.ts';
import { between, table } from './markdown.ts';

const decision = 'decisions/008-where-the-table-says-more-than-the-protocol.md';

const say = (plan: Plan): string => ('reason' in plan ? `${plan.kind} \`${plan.reason}\`` : plan.kind);

/** How often each row was decided in which way. */
const survey = (): { readonly cases: number; readonly tally: ReadonlyMap<Row, Map<string, number>> } => {
  const tally = new Map<Row, Map<string, number>>();
  let cases = 0;
  for (const fixed of Object.values(products))
    cases += explore(fixed, (at) => {
      const [facts, words] = [factsOf(at), wordsOf(at)];
      return () => {
        const plan = say(decide(facts));
        const { row } = consult(words);
        const plans = tally.get(row) ?? new Map<string, number>();
        tally.set(row, plans.set(plan, (plans.get(plan) ?? 0) + 1));
      };
    });
  return { cases, tally };
};

const count = (cases: number): string => cases.toLocaleString('en-US');

const rowsOf = (
  rows: readonly Row[],
  tally: ReadonlyMap<Row, Map<string, number>>,
): readonly (readonly string[])[] =>
  rows.map((row) => {
    const plans = [...(tally.get(row) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const total = plans.reduce((sum, [, cases]) => sum + cases, 0);
    return [
      row.added === undefined ? row.facts : `${row.facts} **+**`,
      plans.map(([plan]) => plan).join(', '),
      count(total),
    ];
  });

const decisionTables = (): string => {
  const { cases, tally } = survey();
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
    ({ title, rows }) => `**${title}**\n\n${table(['facts', 'plan', 'cases'], rowsOf(rows, tally))}`,
  );
  return [intro, ...tables].join('\n');
};

const begin =
  '<!-- decisions: generated from test/decisions and src/machine-client by `npm run generate` -->\n';
const end = '<!-- end of decisions -->';

/** docs/protocol.md with its tables written anew. */
export const withDecisions = (page: string): string =>
  between(page, 'docs/protocol.md', begin, end, decisionTables());
