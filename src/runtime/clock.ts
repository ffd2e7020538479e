/**
 * Time is a port: nothing outside this file asks the wall clock or sets a timer.
 *
 * Two clocks, because they answer different questions. `now` is the wall clock: it is what time stamps in the
 * API server mean, and it may jump. `monotonic` never jumps: it is what deadlines of a pass are measured by.
 */
export interface Clock {
  /** Milliseconds since the epoch, by the wall clock. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. */
  monotonic(): number;
  /** Calls `fire` once after `ms`; disposing it before then prevents the call. */
  timer(ms: number, fire: () => void): Disposable;
}

/** Node fires a timer above this at once (2^31 - 1 ms, about 24.8 days), so longer ones are re-armed. */
const LONGEST_TIMER = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, fire) {
    let handle: NodeJS.Timeout;
    const arm = (left: number): void => {
      const step = Math.min(Math.max(left, 0), LONGEST_TIMER);
      handle = setTimeout(() => (left > step ? arm(left - step) : fire()), step);
    };
    arm(ms);
    return { [Symbol.dispose]: () => clearTimeout(handle) };
  },
};

/** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. Leaves no timer or listener. */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal?.reason as Error);
    };
    const timer = clock.timer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
