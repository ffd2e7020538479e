import { expect, test } from 'vitest';
import { decorrelatedJitter, equalJitter, exponential, fullJitter } from './backoff.ts';

const backoff = { firstMs: 100, mostMs: 1_000 };

test('the ceiling doubles with each failure and stays at the most', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 2_000].map((failures) => exponential(backoff, failures))).toEqual([
    100, 100, 200, 400, 800, 1_000, 1_000, 1_000,
  ]);
});

test('full jitter begins at nothing, equal jitter at half of the ceiling', () => {
  expect(fullJitter(backoff, 3, () => 0)).toBe(0);
  expect(fullJitter(backoff, 3, () => 0.5)).toBe(200);
  expect(equalJitter(backoff, 3, () => 0)).toBe(200);
  expect(equalJitter(backoff, 3, () => 0.5)).toBe(300);
});

test('decorrelated jitter is spread from the first delay on and never above the most', () => {
  expect(decorrelatedJitter(backoff, 0, () => 0)).toBe(100);
  expect(decorrelatedJitter(backoff, 0, () => 0.5)).toBe(200);
  expect(decorrelatedJitter(backoff, 200, () => 1)).toBe(600);
  expect(decorrelatedJitter(backoff, 900, () => 1)).toBe(1_000);
});
