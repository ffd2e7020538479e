import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTiming, publishWithin, settledAfter } from './timing.ts';

test('the defaults', () => {
  const timing = makeTiming(20_000, 1);
  // W 5 s + time-out 10 s, and 5 s of margin: just the settle time.
  expect(publishWithin(timing, 10_000, 0)).toBe(15_000);
  expect(settledAfter(timing, 10_000, 0)).toBe(20_000);
});

test('a long time-out or proof makes it longer', () => {
  const timing = makeTiming(20_000, 1);
  expect(settledAfter(timing, 60_000, 0)).toBe(70_000);
  expect(settledAfter(timing, 10_000, 360_000)).toBe(380_000);
});

test('nobody may publish any more when an operation counts as settled', () => {
  fc.assert(
    fc.property(fc.nat(120_000), fc.nat(120_000), fc.nat(600_000), (settle, timeout, proof) => {
      const timing = makeTiming(settle, 1);
      expect(settledAfter(timing, timeout, proof)).toBeGreaterThan(publishWithin(timing, timeout, proof));
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
  expect(timing.scale(1_000)).toBe(100);
});
