import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { Wake } from './wake.ts';

const never = new AbortController().signal;
const settled = async (promise: Promise<void>): Promise<boolean> => {
  let done = false;
  void promise.then(() => (done = true));
  for (let i = 0; i < 5; i++) await Promise.resolve();
  return done;
};

test('rung while waiting', async () => {
  const wake = new Wake();
  const waiting = wake.wait(new ManualClock(), undefined, never);
  expect(await settled(waiting)).toBe(false);
  wake.ring();
  expect(await settled(waiting)).toBe(true);
});

test('rung before: heard once, however often', async () => {
  const wake = new Wake();
  const clock = new ManualClock();
  wake.ring();
  wake.ring();
  expect(await settled(wake.wait(clock, undefined, never))).toBe(true);
  expect(await settled(wake.wait(clock, undefined, never))).toBe(false);
});

test('after the time', async () => {
  const clock = new ManualClock();
  const waiting = new Wake().wait(clock, 100, never);
  clock.advance(99);
  expect(await settled(waiting)).toBe(false);
  clock.advance(1);
  expect(await settled(waiting)).toBe(true);
});

test('aborted, before or while', async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const waiting = new Wake().wait(clock, 100, controller.signal);
  controller.abort();
  expect(await settled(waiting)).toBe(true);
  expect(await settled(new Wake().wait(clock, 100, controller.signal))).toBe(true);
});

test('a ring that ended a wait does not end the next one, nor does its timer', async () => {
  const wake = new Wake();
  const clock = new ManualClock();
  const first = wake.wait(clock, 100, never);
  wake.ring();
  await first;
  const second = wake.wait(clock, 1_000, never);
  clock.advance(500);
  expect(await settled(second)).toBe(false);
});
