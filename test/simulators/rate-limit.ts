import type { Clock } from '../../src/runtime/clock.ts';

const WINDOW_MS = 60_000;

/** So many requests in any 60 seconds. What is refused does not count. */
export class RateLimit {
  readonly #clock: Clock;
  /** When the calls that were let in arrived; from `#head` on those of the last minute. */
  #times: number[] = [];
  #head = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `perMinute` 0: no limit, though what comes is counted all the same. */
  admits(perMinute: number): boolean {
    const now = this.#clock.monotonic();
    while ((this.#times[this.#head] ?? now) <= now - WINDOW_MS) this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    if (perMinute > 0 && this.#times.length - this.#head >= perMinute) return false;
    this.#times.push(now);
    return true;
  }

  clear(): void {
    this.#times = [];
    this.#head = 0;
  }
}
