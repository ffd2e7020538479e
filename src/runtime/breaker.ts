import { type Backoff, equalJitter } from './backoff.ts';
import type { Clock } from './clock.ts';

export interface BreakerOptions {
  /** So many failures in a row open it. */
  readonly threshold: number;
  /** Between the tries of an open one. */
  readonly backoff: Backoff;
}

export const breakerDefaults: BreakerOptions = { threshold: 5, backoff: { firstMs: 1_000, mostMs: 60_000 } };

/**
 * Keeps a crowd from running against a closed door: after some failures in a row nobody may try but one probe, at
 * growing intervals. Any success closes it; a failure while the probe is out counts as the probe's, whosever it was.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #options: BreakerOptions;
  #failures = 0;
  #openings = 0;
  /** Monotonic; undefined while closed. */
  #retryAt: number | undefined;
  #probing = false;

  constructor(clock: Clock, random: () => number, options: BreakerOptions = breakerDefaults) {
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
  }

  get open(): boolean {
    return this.#retryAt !== undefined;
  }

  /** Milliseconds until somebody may try; 0: now. While a probe is out nobody knows, and it is asked again soon. */
  waitMs(): number {
    if (this.#retryAt === undefined) return 0;
    if (this.#probing) return this.#options.backoff.firstMs;
    return Math.max(0, this.#retryAt - this.#clock.monotonic());
  }

  /** A request begins, which `waitMs` allowed. True: it is the probe. */
  begin(): boolean {
    this.#probing = this.open;
    return this.#probing;
  }

  /** The probe is over without `succeeded` or `failed`: the next request is the probe. */
  abandoned(): void {
    this.#probing = false;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#retryAt = undefined;
    this.#probing = false;
  }

  failed(): void {
    // Requests that began before it opened fail late: they say nothing new.
    if (this.open && !this.#probing) return;
    this.#failures++;
    if (!this.open && this.#failures < this.#options.threshold) return;
    this.#probing = false;
    this.#openings++;
    this.#retryAt =
      this.#clock.monotonic() + equalJitter(this.#options.backoff, this.#openings, this.#random);
  }
}
