import { defineConfig } from 'vitest/config';

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
            'scripts/**/*.test.ts',
          ],
          // For what hangs. How long a property takes says how busy the machine is: speed is measured by the bench.
          testTimeout: 60_000,
          // No file leaves anything behind, and to load the sources once for each thread, not for each file, is a quarter
          // of all its processor time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/helpers/bundle-setup.ts', 'test/control-plane/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: true,
          // As above: a second of a processor for each file, which operators beside it need more.
          isolate: false,
          // More at a time, and the waits that are twenty times shorter than real ones are overrun on two cores.
          maxWorkers: 2,
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
