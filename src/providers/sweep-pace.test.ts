import { expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import { SweepPace } from './sweep-pace.ts';

const begin = (scale = (ms: number) => ms) => {
  const clock = new ManualClock();
  return { clock, pace: new SweepPace(clock, scale) };
};

test('before anything is refused there is none', () => {
  const { pace } = begin();
  expect(pace.waitMs).toBeLessThanOrEqual(0);
  pace.answered();
  expect(pace.waitMs).toBeLessThanOrEqual(0);
});

test('each refusal doubles it, up to two minutes, and a page that comes takes a 64th of it', () => {
  const { pace } = begin();
  const gaps = Array.from({ length: 9 }, () => {
    pace.throttled();
    return pace.waitMs;
  });
  expect(gaps).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000]);
  pace.answered();
  expect(pace.waitMs).toBe(120_000 * (63 / 64));
});

test('counts from the last answer, and is in the time of the tests', () => {
  const { clock, pace } = begin((ms) => ms / 20);
  pace.throttled();
  pace.throttled();
  expect(pace.waitMs).toBe(50);
  clock.advance(30);
  expect(pace.waitMs).toBe(20);
});

test('is forgotten in the end', () => {
  const { pace } = begin();
  pace.throttled();
  pace.throttled();
  let pages = 0;
  for (; pace.waitMs > 0; pages++) pace.answered();
  expect(pages).toBe(45);
});
