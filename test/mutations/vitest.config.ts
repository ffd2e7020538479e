import { defineConfig } from 'vitest/config';

/** What a mutation is tried on: the fast tests beside the source, cases by chance, and a budget of simulation. */
export default defineConfig({
  test: {
    name: 'mutations',
    include: ['src/**/*.test.ts', 'test/mutations/*.test.ts'],
    // It trusts a certificate of its own by the environment, which a thread of the runner takes over too late.
    exclude: ['src/providers/proxy.test.ts'],
    testTimeout: 60_000,
  },
});
