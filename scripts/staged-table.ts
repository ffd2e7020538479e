/** The staged table of docs/protocol.md: what `decide` says, in every combination of what differs from two phases. */
import { decide } from '../src/machine-client/decide.ts';
import { dimensions, factsOf, possible } from '../test/decisions/staged/facts.ts';
import { everyCase } from '../test/decisions/staged/product.ts';
import { rows, type Row } from '../test/decisions/staged/rows.ts';
import { count, Tally } from './decision-rows.ts';
import { between, table } from './markdown.ts';

/** How often each row was decided in which way. */
export interface StagedSurvey {
  readonly cases: number;
  readonly tally: Tally<Row>;
}

const survey = (): StagedSurvey => {
  const tally = new Tally<Row>();
  let cases = 0;
  for (const at of everyCase()) {
    const row = possible(at) ? rows.find(({ when }) => when(at)) : undefined;
    if (!row) continue;
    cases++;
    tally.add(row, decide(factsOf(at)));
  }
  return { cases, tally };
};

const stagedTable = ({ cases, tally }: StagedSurvey): string => {
  const names = Object.keys(dimensions);
  return [
    `${names.length} facts make ${count(cases)} cases that can be: ${names.join(', ')}.\n`,
    table(['facts', 'plan', 'cases'], tally.cellsOf(rows)),
  ].join('\n');
};

const begin =
  '<!-- staged decisions: generated from test/decisions/staged and src/machine-client by `npm run generate` -->\n';
const end = '<!-- end of staged decisions -->';

/** docs/protocol.md with its staged table written anew: of a survey that was made already, or of one that is made now. */
export const withStagedDecisions = (page: string, surveyed: StagedSurvey = survey()): string =>
  between(page, 'docs/protocol.md', begin, end, stagedTable(surveyed));
