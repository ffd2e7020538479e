import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * `npm run test:faults`:
 *
 *   (nothing), or test files          the crash tests
 *   --full [--schedules N] …          every crash scenario of every provider, and 100,000 simulated schedules: goes on
 *                                     where it was ended (full/main.ts)
 *   simulation [--seed S] …           simulated schedules
 *   storm [--minutes N] …             the storm against a real control plane
 */
const root = join(import.meta.dirname, '../..');

const crashTests = (args: readonly string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const vitest = join(root, 'node_modules/.bin/vitest');
    const child = spawn(vitest, ['run', '--project', 'faults', ...args], {
      cwd: root,
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });

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
