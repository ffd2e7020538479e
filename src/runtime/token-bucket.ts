import type { Clock } from './clock.ts';

/** A timer set for the exact moment must find the token there in spite of rounding. */
const WHOLE_TOKEN = 1 - 1e-6;

/** Tokens come in at a steady rate and are kept up to `burst`, which is there at first. Never blocks. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  /** Monotonic time up to which `#tokens` is counted. */
  #countedAt: number;

  /** `burst` is 1 or more, `perMinute` above 0. */
  constructor(perMinute: number, burst: number, clock: Clock) {
    this.#clock = clock;
    this.#perMs = perMinute / 60_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#countedAt = clock.monotonic();
  }

  /** One. False, and nothing taken, when there is none. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#countedAt) * this.#perMs);
    this.#countedAt = now;
    if (this.#tokens < WHOLE_TOKEN) return false;
    this.#tokens--;
    return true;
  }
}
