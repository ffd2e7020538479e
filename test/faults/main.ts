import { runTool } from '../helpers/run-tool.ts';

/**
 * `npm run test:faults`:
 *
 *   (nothing), or test files          the crash tests
 *   --full [--schedules N] …          every crash scenario of every provider, and 100,000 simulated schedules: goes on
 *                                     where it was ended (full/main.ts)
 *   simulation [--seed S] …           simulated schedules
 *   storm [--minutes N] …             the storm against a real control plane
 */

const crashTests = (args: readonly string[]): Promise<boolean> =>
  runTool('vitest', ['run', '--project', 'faults', ...args]);

const simulation = async (args: readonly string[]): Promise<boolean> =>
  (await import('./simulation/main.ts')).simulation(args);

const run = async ([first, ...others]: readonly string[]): Promise<boolean> => {
  switch (first) {
    case 'simulation':
      return await simulation(others);
    case 'storm':
      return await (await import('./storm/main.ts')).storm(others);
    case '--full':
      return await (await import('./full/main.ts')).full(others);
    default:
      return await crashTests(first === undefined ? [] : [first, ...others]);
  }
};

if (!(await run(process.argv.slice(2)))) process.exitCode = 1;
