import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { TokenBucket } from './token-bucket.ts';

test('it is full at first, and then gives at its rate', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(60, 3, clock);
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false]);
  expect(bucket.waitMs()).toBeCloseTo(1_000, 0);
  clock.advance(bucket.waitMs());
  expect(bucket.take()).toBe(true);
  clock.advance(3_600_000);
  expect(bucket.tokens).toBe(3);
});

test('several at once, and more than it can hold on credit', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(60, 2, clock);
  expect([bucket.take(3), bucket.tokens]).toEqual([true, -1]);
  expect(bucket.waitMs(2)).toBeCloseTo(3_000, 0);
  bucket.giveBack(1);
  expect(bucket.tokens).toBe(0);
  clock.advance(1_000);
  expect([bucket.take(2), bucket.take(1)]).toEqual([false, true]);
  bucket.charge(1);
  expect(bucket.waitMs()).toBeCloseTo(2_000, 0);
});

test('a pause empties it, and the rate begins again after it', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(60, 10, clock);
  bucket.pause(5_000);
  expect(bucket.waitMs()).toBeCloseTo(6_000, 0);
  clock.advance(5_500);
  expect(bucket.take()).toBe(false);
  clock.advance(500);
  expect(bucket.take()).toBe(true);
});

test('other limits hold at once, without giving or taking what is there', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(60, 10, clock);
  bucket.setLimits(600, 2);
  expect([bucket.tokens, bucket.intervalMs]).toEqual([2, 100]);
  bucket.setLimits(600, 5);
  expect(bucket.tokens).toBe(2);
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
