import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTiming, publishWithin, settledAfter, scaled } from './timing.ts';

test('the defaults', () => {
  const timing = makeTiming(20_000, 1);
  // W 5 s + time-out 10 s, and 5 s of margin: just the settle time.
  expect(publishWithin(5_000, 10_000, 0)).toBe(15_000);
  expect(settledAfter(timing, 5_000, 10_000, 0)).toBe(20_000);
});

test('a long time-out or proof makes it longer', () => {
  const timing = makeTiming(20_000, 1);
  expect(settledAfter(timing, 5_000, 60_000, 0)).toBe(70_000);
  expect(settledAfter(timing, 5_000, 10_000, 360_000)).toBe(380_000);
  // An API server that takes six seconds for a write.
  expect(settledAfter(timing, 12_000, 10_000, 0)).toBe(27_000);
});

test('nobody may publish any more when an operation counts as settled', () => {
  fc.assert(
    fc.property(fc.nat(120_000), fc.nat(30_000), fc.nat(120_000), fc.nat(600_000), (settle, ...times) => {
      const timing = makeTiming(settle, 1);
      expect(settledAfter(timing, ...times)).toBeGreaterThan(publishWithin(...times));
    }),
  );
});

test('the time scale divides every wait', () => {
  const timing = makeTiming(20_000, 10);
  expect(timing).toMatchObject({
    settleMs: 2_000,
    leaveMs: 500,
    marginMs: 500,
    longBackoff: { firstMs: 6_000, mostMs: 2_160_000 },
  });
  expect(scaled(timing, 1_000)).toBe(100);
});
