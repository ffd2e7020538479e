import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const SLOW = '/test/mutations/';

/** What is quick comes first: most mutations need no more, and the first test that falls ends the trial. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): string =>
      moduleId.includes(SLOW) ? `1 ${moduleId}` : `0 ${moduleId}`;
    return await Promise.resolve(files.toSorted((a, b) => (place(a) < place(b) ? -1 : 1)));
  }
}

/** What a mutation is tried on: the fast tests beside the source, cases by chance, and a budget of simulation. */
export default defineConfig({
  test: {
    name: 'mutations',
    include: [
      ...(JSON.parse(process.env['MCO_MUTATED'] ?? '["src/**/*.test.ts"]') as string[]),
      'test/decisions/{additive/additive,rotation-matrix}.test.ts',
      'test/mutations/*.test.ts',
    ],
    // It trusts a certificate of its own by the environment, which a thread of the runner takes over too late.
    exclude: ['src/providers/proxy.test.ts'],
    sequence: { sequencer: QuickFirst },
    testTimeout: 60_000,
  },
});
