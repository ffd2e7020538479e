import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gate } from './gate.ts';
import { ManualClock } from './manual-clock.ts';

const makeGate = (concurrency = 8) => {
  const clock = new ManualClock();
  const gate = new Gate(
    { concurrency },
    clock,
    // Of equal jitter the ceiling.
    () => 1,
    (ms) => ms,
  );
  return { clock, gate };
};
const fail = (gate: Gate, times: number): number => {
  for (let i = 0; i < times; i++) gate.failed();
  return gate.slots;
};
const answer = (gate: Gate, times: number): number => {
  for (let time = 0; time < times; time++) gate.succeeded();
  return gate.slots;
};

describe('how many it lets through', () => {
  test('all that is allowed at first, half after each failure, and never none', () => {
    const { gate } = makeGate();
    expect(gate.slots).toBe(8);
    expect([1, 2, 3, 4].map(() => fail(gate, 1))).toEqual([4, 2, 1, 1]);
  });

  test('half after a 429, and those that were sent together are one', () => {
    const { clock, gate } = makeGate();
    for (let i = 0; i < 4; i++) gate.throttled();
    expect([gate.slots, gate.waitMs]).toEqual([4, 1_000]);
    clock.advance(1_000);
    gate.throttled();
    expect(gate.slots).toBe(2);
  });

  test('one more for each round of answers', () => {
    const { gate } = makeGate(4);
    expect(fail(gate, 2)).toBe(1);
    expect([answer(gate, 1), answer(gate, 2), answer(gate, 3), answer(gate, 9)]).toEqual([2, 3, 4, 4]);
  });

  test('another limit: at once where all was borne until now, and never above it', () => {
    const { gate } = makeGate(4);
    gate.limits = { concurrency: 16 };
    expect(gate.slots).toBe(16);
    fail(gate, 1);
    gate.limits = { concurrency: 32 };
    expect(gate.slots).toBe(8);
    gate.limits = { concurrency: 2 };
    expect(gate.slots).toBe(2);
    answer(gate, 1);
    gate.limits = { concurrency: 16 };
    expect(gate.slots).toBe(16);
  });

  test('whatever happens: at least one, and no more than is allowed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 256 }),
        fc.array(
          fc.oneof(
            fc.constantFrom('succeeded', 'failed', 'throttled', 'later'),
            fc.integer({ min: 1, max: 256 }),
          ),
        ),
        (first, events) => {
          const { clock, gate } = makeGate(first);
          for (const event of events) {
            if (typeof event === 'number') gate.limits = { concurrency: event };
            else if (event === 'later') clock.advance(60_000);
            else gate[event]();
            expect(gate.slots).toBeGreaterThanOrEqual(1);
            expect(gate.slots).toBeLessThanOrEqual(gate.limits.concurrency);
          }
        },
      ),
    );
  });
});

describe('while it does not answer', () => {
  test('it closes after five failures in a row, not after five in all', () => {
    const { gate } = makeGate();
    fail(gate, 4);
    gate.succeeded();
    fail(gate, 4);
    expect([gate.isFailing, gate.waitMs]).toEqual([false, 0]);
    fail(gate, 1);
    expect([gate.isFailing, gate.waitMs]).toEqual([true, 1_000]);
  });

  test('a single one may go, at intervals that double up to a minute', () => {
    const { clock, gate } = makeGate(1_024);
    fail(gate, 5);
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(gate.waitMs).toBe(seconds * 1_000);
      clock.advance(seconds * 1_000);
      expect([gate.waitMs, gate.slots]).toEqual([0, 1]);
      gate.failed();
    }
  });

  test('late failures of requests from before it closed do not lengthen the wait', () => {
    const { gate } = makeGate();
    fail(gate, 50);
    expect(gate.waitMs).toBe(1_000);
  });

  test('a success opens it, and the next failure is the first', () => {
    const { clock, gate } = makeGate();
    fail(gate, 5);
    clock.advance(1_000);
    gate.succeeded();
    expect([gate.isFailing, gate.waitMs]).toEqual([false, 0]);
    fail(gate, 1);
    expect([gate.isFailing, gate.waitMs]).toEqual([false, 0]);
  });
});

describe('a 429', () => {
  test('closes it for as long as it says, an hour at most, and no success ends that', () => {
    const { clock, gate } = makeGate();
    gate.throttled(86_400_000);
    gate.throttled(10_000);
    gate.succeeded();
    expect([gate.isFailing, gate.waitMs]).toEqual([false, 3_600_000]);
    clock.advance(3_600_000);
    expect(gate.waitMs).toBe(0);
  });

  test('without a number closes it for longer each time, until an answer', () => {
    const { clock, gate } = makeGate();
    const waits = [1, 2, 3].map(() => {
      clock.advance(gate.waitMs);
      gate.throttled();
      return gate.waitMs;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    clock.advance(4_000);
    gate.succeeded();
    gate.throttled();
    expect(gate.waitMs).toBe(1_000);
  });
});
