import { configDefaults, defineConfig } from 'vitest/config';
import { long } from './test/integration/long.ts';

/** Every case of the decision tables, and a provider of each style made in a copy of the repository: a minute each. */
const exhaustive = ['test/decisions/decisions.test.ts', 'scripts/new-provider/new-provider.test.ts'];

/** With an operator as a process, a real control plane, and simulators: what `npm test` runs, and what `npm run ci` adds. */
const withControlPlane = {
  globalSetup: ['test/helpers/bundle-setup.ts', 'test/control-plane/global-setup.ts'],
  // For what hangs, as in `until`: a machine that does much else is slow, which is no failure.
  testTimeout: 180_000,
  hookTimeout: 120_000,
  fileParallelism: true,
  // As for unit: a second of a processor for each file, which operators beside it need more.
  isolate: false,
  // More at a time, and the waits that are twenty times shorter than real ones are overrun on two cores.
  maxWorkers: 2,
};

/** Unit tests stand beside the source; the other levels have folders of their own (see CONTRIBUTING.md). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'test/simulators/**/*.test.ts',
            'test/decisions/**/*.test.ts',
            'test/hostile/**/*.test.ts',
            'test/faults/{full,simulation}/**/*.test.ts',
            'test/coverage/**/*.test.ts',
            // Those in its folders need a server that has to be built or fetched.
            'test/upstreams/*.test.ts',
            'test/control-plane/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, ...exhaustive],
          // For what hangs. How long a property takes says how busy the machine is: speed is measured by the bench.
          testTimeout: 60_000,
          // No file leaves anything behind, and to load the sources once for each thread, not for each file, is a quarter
          // of all its processor time.
          isolate: false,
        },
      },
      {
        test: {
          ...withControlPlane,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...long],
        },
      },
      {
        test: {
          ...withControlPlane,
          name: 'long',
          include: [...long],
        },
      },
      {
        test: {
          name: 'exhaustive',
          include: exhaustive,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'install',
          globalSetup: ['test/helpers/bundle-setup.ts'],
          include: ['test/install/{admission,chart,cluster,kubectl,notes,pods,release,verdicts}.test.ts'],
          testTimeout: 120_000,
          // The first one builds Helm.
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          // Real servers of others, built or fetched the first time.
          name: 'upstreams',
          globalSetup: ['test/helpers/bundle-setup.ts', 'test/control-plane/global-setup.ts'],
          include: ['test/upstreams/*/**/*.test.ts'],
          setupFiles: ['test/helpers/ends-with-vitest.ts'],
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          // What needs more than Node and Go: root, and packages of Debian (test/tools/debian.ts).
          name: 'host',
          globalSetup: ['test/helpers/bundle-setup.ts'],
          include: ['test/install/{image,alerts,dashboard}.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          // The commands of the pages. The first one builds the tools; walks have a limit of their own.
          name: 'docs',
          globalSetup: ['test/helpers/bundle-setup.ts'],
          include: ['test/docs/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/{crash,rotation,storm}/**/*.test.ts'],
          globalSetup: ['test/helpers/bundle-setup.ts', 'test/control-plane/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
