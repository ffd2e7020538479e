import { defineConfig } from 'vitest/config';

/** The fast tests: what stands beside the source, cases of the decisions by chance, and a budget of simulation. */
export default defineConfig({
  test: {
    name: 'coverage',
    include: [
      'src/**/*.test.ts',
      'test/hostile/**/*.test.ts',
      'test/decisions/{additive/additive,rotation-matrix}.test.ts',
      'test/mutations/*.test.ts',
    ],
    isolate: false,
    // What is counted is slower than what is not.
    testTimeout: 300_000,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts', 'src/**/testing/**'],
      reporter: [['json', { file: 'coverage.json' }], 'html'],
      reportsDirectory: '.cache/coverage',
    },
  },
});
