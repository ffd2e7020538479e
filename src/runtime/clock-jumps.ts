import { type Clock, sleep } from './clock.ts';

/** NTP slews at most 0.5 ms in a second, which no look sees. */
const LEAST_MS = 1_000;

/**
 * Calls `onJump` with how far (milliseconds) the wall clock was moved against the monotonic one: a suspended machine, a
 * clock that was set. It is looked at each `everyMs`, until the signal is aborted.
 *
 * Delays run by the monotonic clock, what they wait for is told by the other: after a jump they mean another moment.
 */
export const watchClockJumps = async (
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
  onJump: (ms: number) => void,
): Promise<void> => {
  const offset = (): number => clock.now() - clock.monotonic();
  let known = offset();
  while (!signal.aborted) {
    try {
      await sleep(clock, everyMs, signal);
    } catch {
      return;
    }
    const moved = offset() - known;
    known += moved;
    if (Math.abs(moved) >= LEAST_MS) onJump(moved);
  }
};
