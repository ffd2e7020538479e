import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import type { Operation } from '../api/operation.ts';
import { isFresh } from './operation.ts';
import { clockOf, Settling } from './settling.ts';
import { makeTiming } from './timing.ts';

const timing = makeTiming(20_000, 1);
const HOUR = 3_600_000;
let clock: ManualClock;
let settling: Settling;

beforeEach(() => {
  clock = new ManualClock();
  settling = new Settling(clock, timing);
});

const operation = (aheadMs: number, lengthMs = 20_000): Operation => {
  const at = clock.now() + aheadMs;
  return { id: 'op', kind: 'start', at, until: at + lengthMs, uid: 'u', installation: 'i', incarnation: 0 };
};
/** For how long it counts as fresh from now on. */
const lasts = (one: Operation): number => {
  const before = clock.now();
  for (let step = 0; step < 10_000; step++) {
    if (!isFresh(settling.of(one), clock.now())) return clock.now() - before;
    clock.advance(1_000);
  }
  return Number.POSITIVE_INFINITY;
};

describe('an operation of a node whose clock', () => {
  test('is right: until its own end', () => {
    const one = operation(-5_000);
    expect(settling.of(one)).toEqual(one);
    expect(lasts(one)).toBe(15_000);
  });

  test.each([HOUR, 365 * 24 * HOUR])(
    'is %i ms ahead: its length from when it was first seen, and it is named',
    (ahead) => {
      const one = operation(ahead);
      expect(clockOf(settling.of(one) ?? one)).toBe(
        `; it is dated ${ahead / 1_000} s in the future, so the clock of a node that the operator ran on, or of this one, is wrong`,
      );
      expect(settling.of(one)?.at).toBe(clock.now());
      expect(lasts(one)).toBe(20_000);
    },
  );

  test('is a little ahead: as NTP leaves it, and nobody is told', () => {
    const one = operation(3_000);
    expect(clockOf(settling.of(one) ?? one)).toBe('');
    expect(lasts(one)).toBe(20_000);
  });

  test('is behind: it is over, as it says', () => {
    expect(lasts(operation(-HOUR))).toBe(0);
  });
});

test('whatever a person writes as its length, none is longer than any operation', () => {
  expect(lasts(operation(0, 1_000 * HOUR))).toBe(20_000 + 15 * 60_000);
});

test('the wall clock of this node is set back meanwhile: it is no longer for that', () => {
  const one = operation(0);
  settling.of(one);
  clock.advance(10_000);
  clock.jump(-HOUR);
  expect(lasts(one)).toBe(10_000);
});
