import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTool } from '../../helpers/run-tool.ts';
import { type ResultLine, resultOf, stories, table } from '../crash/report.ts';
import { print, printTallies } from '../simulation/print.ts';
import { codeOf } from '../code.ts';
import { Journal } from './journal.ts';
import { type Chunk, failuresOf, runChunks, talliesOf } from './schedules.ts';

/**
 * `npm run test:faults -- --full`: every crash scenario of every provider, and 100,000 schedules of the simulation. That
 * takes hours, so it may be ended at any time, by any signal: what has been done is in `.cache/full/CODE`, and who runs it
 * again goes on from there. CODE stands for the sources, so what other code has passed counts for nothing.
 */
const root = join(import.meta.dirname, '../../..');

/** A campaign that has done all of them has no test left, which is no failure. */
const crashTests = (journal: string, args: readonly string[]): Promise<boolean> =>
  runTool('vitest', ['run', '--project', 'faults', '--passWithNoTests', ...args], {
    MCO_TEST_FULL: 'true',
    MCO_TEST_JOURNAL: journal,
  });

/** What fails alike, with the first seeds of each. */
const printFailures = (failures: Chunk['failures']): void => {
  const kinds = Map.groupBy(
    failures,
    ({ invariant, text }) => `${invariant}: ${text.replaceAll(/\d+/g, 'N')}`,
  );
  for (const [kind, alike] of [...kinds].toSorted(([, one], [, other]) => other.length - one.length))
    print(
      `${alike.length} × ${kind.split('\n', 1)[0]} (${alike
        .slice(0, 5)
        .map(({ seed }) => seed)
        .join(', ')})`,
    );
};

/** Resolves with whether all is well. */
export const full = async (args: readonly string[]): Promise<boolean> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      schedules: { type: 'string', default: '100000' },
      /** One half of it alone. */
      only: { type: 'string' },
    },
  });
  const code = await codeOf(root);
  const folder = join(root, '.cache/full', code);
  print(`the campaign of the code ${code}, in .cache/full/${code}`);
  const scenarios = join(folder, 'scenarios.jsonl');
  const crashed = values.only === 'simulation' || (await crashTests(scenarios, positionals));
  const chunks = new Journal<Chunk>(join(folder, 'schedules.jsonl'));
  const run =
    values.only === 'crash' ? await chunks.read() : await runChunks(chunks, Number(values.schedules), print);

  print('\ncrash scenarios');
  const results = (await new Journal<ResultLine>(scenarios).read()).map(resultOf);
  print(table(results));
  print(`\nschedules, in ${run.reduce((sum, { seconds }) => sum + seconds, 0)} s`);
  printTallies(talliesOf(run));
  const failures = failuresOf(run);
  printFailures(failures);
  for (const result of results) if (result.violations.length > 0) print(stories(result));
  print(
    `${failures.length} schedules and ${results.filter(({ violations }) => violations.length > 0).length} scenarios fail`,
  );
  return crashed && failures.length === 0 && results.every(({ violations }) => violations.length === 0);
};
