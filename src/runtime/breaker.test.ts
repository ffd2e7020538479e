import { expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import { ManualClock } from './manual-clock.ts';

const makeBreaker = () => {
  const clock = new ManualClock();
  // Of equal jitter the ceiling.
  return { clock, breaker: new Breaker(clock, () => 1) };
};
const fail = (breaker: Breaker, times: number) => {
  for (let i = 0; i < times; i++) breaker.failed();
};

test('it opens after five failures in a row, not after five in all', () => {
  const { breaker } = makeBreaker();
  fail(breaker, 4);
  breaker.succeeded();
  fail(breaker, 4);
  expect(breaker.open).toBe(false);
  fail(breaker, 1);
  expect(breaker.open).toBe(true);
  expect(breaker.waitMs()).toBe(1_000);
});

test('one probe may go, at intervals that double up to a minute', () => {
  const { clock, breaker } = makeBreaker();
  fail(breaker, 5);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    expect(breaker.waitMs()).toBe(seconds * 1_000);
    clock.advance(seconds * 1_000);
    expect(breaker.waitMs()).toBe(0);
    expect(breaker.begin()).toBe(true);
    expect(breaker.waitMs()).toBeGreaterThan(0);
    breaker.failed();
  }
});

test('late failures of requests from before it opened do not lengthen the wait', () => {
  const { breaker } = makeBreaker();
  fail(breaker, 50);
  expect(breaker.waitMs()).toBe(1_000);
});

test('a probe that was never made leaves its place, and a success closes it', () => {
  const { clock, breaker } = makeBreaker();
  fail(breaker, 5);
  clock.advance(1_000);
  breaker.begin();
  breaker.abandoned();
  expect(breaker.waitMs()).toBe(0);
  breaker.begin();
  breaker.succeeded();
  expect([breaker.open, breaker.waitMs(), breaker.begin()]).toEqual([false, 0, false]);
});
