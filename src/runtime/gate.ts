import { type Backoff, equalJitter } from './backoff.ts';
import type { Limits } from './request-limits.ts';
import type { Clock } from './clock.ts';

const BACKOFF: Backoff = { firstMs: 1_000, mostMs: 60_000 };
/** So many failures in a row: it does not answer. */
const THRESHOLD = 5;
/** A server that says "tomorrow" is asked again sooner. */
const LONGEST_THROTTLE_MS = 3_600_000;

/**
 * How many requests the other side bears at one time, by how it answers: half as many after each failure and each 429,
 * and one more for each round of answers (additive increase, multiplicative decrease: RFC 5681, 3.1). None for as long
 * as a 429 asks for. After some failures in a row a single one, at growing intervals, until anything succeeds.
 */
export class Gate {
  limits: Pick<Limits, 'concurrency'>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  /** How many the other side bears; finite from a refusal until it has borne all that is allowed. */
  #borne = Number.POSITIVE_INFINITY;
  /** Monotonic. */
  #closedUntil = 0;
  #throttles = 0;
  #failures = 0;

  /** `scale` divides the waits that are chosen here, not those that the other side asks for. */
  constructor(limits: Gate['limits'], clock: Clock, random: () => number, scale: (ms: number) => number) {
    this.limits = limits;
    this.#clock = clock;
    this.#random = random;
    this.#backoff = { firstMs: scale(BACKOFF.firstMs), mostMs: scale(BACKOFF.mostMs) };
  }

  /** It does not answer; only single probes are let through. */
  get isFailing(): boolean {
    return this.#failures >= THRESHOLD;
  }

  /** 1 or more. */
  get slots(): number {
    return this.isFailing ? 1 : Math.floor(Math.min(this.#borne, this.limits.concurrency));
  }

  /** Milliseconds until anybody may try; 0: now. */
  get waitMs(): number {
    return Math.max(0, this.#closedUntil - this.#clock.monotonic());
  }

  succeeded(): void {
    this.#throttles = 0;
    this.#failures = 0;
    this.#borne += 1 / this.slots;
    if (this.#borne >= this.limits.concurrency) this.#borne = Number.POSITIVE_INFINITY;
  }

  /** A 429, for how many milliseconds; without a number longer each time until it answers. */
  throttled(retryAfterMs?: number): void {
    // What was sent together is refused together, and is one refusal.
    if (this.waitMs === 0) this.#throttles++;
    this.#close(retryAfterMs ?? equalJitter(this.#backoff, this.#throttles, this.#random));
  }

  failed(): void {
    // What was sent before it closed fails late, and says nothing new.
    if (this.waitMs > 0) return;
    this.#failures++;
    const times = this.#failures - THRESHOLD + 1;
    this.#close(times < 1 ? 0 : equalJitter(this.#backoff, times, this.#random));
  }

  #close(ms: number): void {
    if (this.waitMs === 0) this.#borne = Math.max(1, Math.min(this.#borne, this.limits.concurrency) / 2);
    const until = this.#clock.monotonic() + Math.min(LONGEST_THROTTLE_MS, ms);
    this.#closedUntil = Math.max(this.#closedUntil, until);
  }
}
