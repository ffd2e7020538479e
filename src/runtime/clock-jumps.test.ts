import { expect, test } from 'vitest';
import { watchClockJumps } from './clock-jumps.ts';
import { ManualClock } from './manual-clock.ts';

const MINUTE = 60_000;

const watched = async (act: (clock: ManualClock, minute: () => Promise<void>) => Promise<void>) => {
  const clock = new ManualClock();
  const end = new AbortController();
  const jumps: number[] = [];
  const watching = watchClockJumps(clock, MINUTE, end.signal, (ms) => jumps.push(ms));
  const minute = async (): Promise<void> => {
    clock.advance(MINUTE);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  await act(clock, minute);
  end.abort(new Error('enough'));
  await watching;
  return jumps;
};

test('time that only passes is no jump', async () => {
  expect(
    await watched(async (_, minute) => {
      for (let n = 0; n < 100; n++) await minute();
    }),
  ).toEqual([]);
});

test('each jump is told once, forward and back, at the next look', async () => {
  expect(
    await watched(async (clock, minute) => {
      clock.jump(3_600_000);
      await minute();
      await minute();
      clock.jump(-1_000);
      await minute();
      await minute();
    }),
  ).toEqual([3_600_000, -1_000]);
});

test('slewing is no jump, however long it goes on', async () => {
  expect(
    await watched(async (clock, minute) => {
      for (let n = 0; n < 100; n++) {
        clock.jump(30);
        await minute();
      }
    }),
  ).toEqual([]);
});

test('it ends with the signal, and leaves no timer', async () => {
  const end = new AbortController();
  end.abort(new Error('before'));
  await watchClockJumps(new ManualClock(), MINUTE, end.signal, () => {});
});
