import { expect, test } from 'vitest';
import { Gate } from './gate.ts';
import { ManualClock } from './manual-clock.ts';

const makeGate = () => {
  const clock = new ManualClock();
  // Of equal jitter the ceiling.
  return {
    clock,
    gate: new Gate(
      clock,
      () => 1,
      (ms) => ms,
    ),
  };
};
const fail = (gate: Gate, times: number) => {
  for (let i = 0; i < times; i++) gate.failed();
};

test('it closes after five failures in a row, not after five in all', () => {
  const { gate } = makeGate();
  fail(gate, 4);
  gate.succeeded();
  fail(gate, 4);
  expect(gate.isFailing).toBe(false);
  fail(gate, 1);
  expect(gate.isFailing).toBe(true);
  expect(gate.waitMs).toBe(1_000);
});

test('one probe may go, at intervals that double up to a minute', () => {
  const { clock, gate } = makeGate();
  fail(gate, 5);
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    expect(gate.waitMs).toBe(seconds * 1_000);
    clock.advance(seconds * 1_000);
    expect(gate.waitMs).toBe(0);
    expect(gate.begin()).toBeDefined();
    expect(gate.waitMs).toBeGreaterThan(0);
    gate.failed();
  }
});

test('late failures of requests from before it closed do not lengthen the wait', () => {
  const { gate } = makeGate();
  fail(gate, 50);
  expect(gate.waitMs).toBe(1_000);
});

test('a probe that was never made leaves its place, and a success opens it', () => {
  const { clock, gate } = makeGate();
  fail(gate, 5);
  clock.advance(1_000);
  const probe = gate.begin() as symbol;
  gate.abandoned(probe);
  expect(gate.waitMs).toBe(0);
  gate.begin();
  // It was over before.
  gate.abandoned(probe);
  expect(gate.waitMs).toBeGreaterThan(0);
  gate.succeeded();
  expect([gate.isFailing, gate.waitMs, gate.begin()]).toEqual([false, 0, undefined]);
});

test('of what has begun, the probe alone may be sent while it is closed, and nothing after a 429', () => {
  const { clock, gate } = makeGate();
  const before = gate.begin();
  expect(gate.admits(before)).toBe(true);
  fail(gate, 5);
  clock.advance(1_000);
  const probe = gate.begin();
  expect([gate.admits(before), gate.admits(probe)]).toEqual([false, true]);
  gate.failed();
  expect(gate.admits(probe)).toBe(false);
  clock.advance(2_000);
  const next = gate.begin();
  expect([gate.admits(probe), gate.admits(next)]).toEqual([false, true]);
  gate.throttled(1_000);
  expect(gate.admits(next)).toBe(false);
});

test('a 429 closes it for as long as it says, an hour at most, and no success ends that', () => {
  const { clock, gate } = makeGate();
  expect([gate.throttled(86_400_000), gate.throttled(10_000)]).toEqual([3_600_000, 10_000]);
  gate.succeeded();
  expect([gate.isFailing, gate.waitMs]).toEqual([false, 3_600_000]);
  clock.advance(3_600_000);
  expect(gate.waitMs).toBe(0);
});
