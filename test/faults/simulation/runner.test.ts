import { expect, test } from 'vitest';
import { runSchedules } from './runner.ts';

test('a job that ends its thread is named, and the others are run by another thread', {
  timeout: 60_000,
}, async () => {
  const seed = { provider: 'stytch', number: 78 } as const;
  const told: unknown[] = [];
  const { schedules, failures, tallies } = await runSchedules({
    jobs: [{ regression: 'that there is not' }, { seed }],
    workers: 1,
    mostFailures: 5,
    onFailure: ({ job }) => told.push(job),
    onProgress: () => {},
  });
  expect(told).toEqual([{ regression: 'that there is not' }]);
  expect(failures).toEqual([
    {
      job: { regression: 'that there is not' },
      violations: [
        expect.objectContaining({ invariant: 'crash', text: expect.stringContaining('RangeError') }),
      ],
    },
  ]);
  expect([schedules, tallies.get('stytch')?.schedules]).toEqual([1, 1]);
});
