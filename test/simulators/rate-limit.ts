import type { Clock } from '../../src/runtime/clock.ts';

/** So many requests in any time of this length. What is refused does not count. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** When the calls that were let in arrived; from `#head` on those that still count. */
  #times: number[] = [];
  #head = 0;

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** `most` 0: no limit, though what comes is counted all the same. */
  admits(most: number): boolean {
    const now = this.#clock.monotonic();
    while ((this.#times[this.#head] ?? now) <= now - this.#windowMs) this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    if (most > 0 && this.#times.length - this.#head >= most) return false;
    this.#times.push(now);
    return true;
  }

  clear(): void {
    this.#times = [];
    this.#head = 0;
  }
}
