import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { TokenBucket } from './token-bucket.ts';

test('it is full at first, and then gives at its rate', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(60, 3, clock);
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false]);
  clock.advance(999);
  expect(bucket.take()).toBe(false);
  clock.advance(1);
  expect(bucket.take()).toBe(true);
  clock.advance(3_600_000);
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false]);
});

test('in no span of time it gives more than the burst and what came in', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
      (perMinute, burst, gaps) => {
        const clock = new ManualClock();
        const bucket = new TokenBucket(perMinute, burst, clock);
        const taken: number[] = [];
        for (const gap of gaps) {
          clock.advance(gap);
          while (bucket.take()) taken.push(clock.monotonic());
        }
        for (let from = 0; from < taken.length; from += 7)
          for (let to = from; to < taken.length; to += 5) {
            const span = (taken[to] as number) - (taken[from] as number);
            expect(to - from + 1).toBeLessThanOrEqual(burst + (span * perMinute) / 60_000 + 0.01);
          }
      },
    ),
    { numRuns: 100 },
  );
});
