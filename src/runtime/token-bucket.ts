import type { Clock } from './clock.ts';

/** A timer set for the exact moment must find the token there in spite of rounding. */
export const WHOLE_TOKEN = 1 - 1e-6;

/** Tokens come in at a steady rate and are kept up to `burst`; each request takes one. Never blocks. */
export class TokenBucket {
  readonly #clock: Clock;
  #perMs: number;
  #burst: number;
  #tokens: number;
  /** Monotonic time up to which `#tokens` is counted; in the future while paused. */
  #countedAt: number;

  /** `burst` is 1 or more, `perMinute` above 0. Full at first. */
  constructor(perMinute: number, burst: number, clock: Clock) {
    this.#clock = clock;
    this.#perMs = perMinute / 60_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#countedAt = clock.monotonic();
  }

  get intervalMs(): number {
    return 1 / this.#perMs;
  }

  get tokens(): number {
    const now = this.#clock.monotonic();
    if (now > this.#countedAt) {
      this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#countedAt) * this.#perMs);
      this.#countedAt = now;
    }
    return this.#tokens;
  }

  /** False, and nothing taken, when there are not so many. More than the burst are given on credit when it is full. */
  take(tokens = 1): boolean {
    if (this.waitMs(tokens) > 0) return false;
    this.#tokens -= tokens;
    return true;
  }

  /** Taken and not used. */
  giveBack(tokens: number): void {
    this.#tokens = Math.min(this.#burst, this.tokens + tokens);
  }

  /** Taken without asking: what comes in first makes up for it. */
  charge(tokens: number): void {
    this.#tokens = this.tokens - tokens;
  }

  /** Milliseconds until there are so many, or all that it can hold; 0 when there are. */
  waitMs(tokens = 1): number {
    const missing = Math.min(tokens, this.#burst) - 1 + WHOLE_TOKEN - this.tokens;
    if (missing <= 0) return 0;
    return Math.max(0, this.#countedAt - this.#clock.monotonic()) + missing / this.#perMs;
  }

  /** What is in it is lost, and nothing comes in for `ms`: somebody else has spent it. */
  pause(ms: number): void {
    this.#tokens = 0;
    this.#countedAt = Math.max(this.#countedAt, this.#clock.monotonic() + ms);
  }

  setLimits(perMinute: number, burst: number): void {
    this.#tokens = Math.min(this.tokens, burst);
    this.#perMs = perMinute / 60_000;
    this.#burst = burst;
  }
}
