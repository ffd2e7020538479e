import { type Backoff, equalJitter } from './backoff.ts';
import type { Clock } from './clock.ts';

const BACKOFF: Backoff = { firstMs: 1_000, mostMs: 60_000 };
/** So many failures in a row: it does not answer. */
const THRESHOLD = 5;
/** A server that says "tomorrow" is asked again sooner. */
const LONGEST_THROTTLE_MS = 3_600_000;

/**
 * Keeps a crowd from running against a closed door. It is closed for everybody while the other side has said 429; and
 * after some failures in a row for all but one probe, at growing intervals, until anything succeeds. A failure while
 * the probe is out counts as the probe's, whosever it was.
 */
export class Gate {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  /** Monotonic, as `#retryAt`, which is undefined while it answers. */
  #throttledUntil = 0;
  #retryAt: number | undefined;
  #throttles = 0;
  #failures = 0;
  /** The one request that tries meanwhile. */
  #probe: symbol | undefined;

  /** `scale` divides the waits that are chosen here, not those that the other side asks for. */
  constructor(clock: Clock, random: () => number, scale: (ms: number) => number) {
    this.#clock = clock;
    this.#random = random;
    this.#backoff = { firstMs: scale(BACKOFF.firstMs), mostMs: scale(BACKOFF.mostMs) };
  }

  /** It does not answer; only single probes are let through. */
  get isFailing(): boolean {
    return this.#retryAt !== undefined;
  }

  /** Milliseconds until somebody may try; 0: now. While a probe is out nobody knows, and it is asked again soon. */
  get waitMs(): number {
    const now = this.#clock.monotonic();
    const probeMs = this.#probe ? this.#backoff.firstMs : (this.#retryAt ?? 0) - now;
    return Math.max(0, probeMs, this.#throttledUntil - now);
  }

  /** A request begins, which `waitMs` allowed. Undefined: it is no probe. */
  begin(): symbol | undefined {
    this.#probe = this.isFailing ? Symbol('probe') : undefined;
    return this.#probe;
  }

  /** Whether what has begun before may be sent now: while it is closed, the probe alone, and nothing after a 429. */
  admits(probe: symbol | undefined): boolean {
    if (probe === undefined || probe !== this.#probe) return this.waitMs === 0;
    return this.#throttledUntil <= this.#clock.monotonic();
  }

  /** This probe is over without `succeeded` or `failed`: the next request is the probe. */
  abandoned(probe: symbol): void {
    if (this.#probe === probe) this.#probe = undefined;
  }

  /** A 429, for how many milliseconds; without a number longer each time until it answers. */
  throttled(retryAfterMs?: number): number {
    this.#throttles++;
    const ms = retryAfterMs ?? equalJitter(this.#backoff, this.#throttles, this.#random);
    const until = this.#clock.monotonic() + Math.min(LONGEST_THROTTLE_MS, ms);
    this.#throttledUntil = Math.max(this.#throttledUntil, until);
    return until - this.#clock.monotonic();
  }

  succeeded(): void {
    this.#throttles = 0;
    this.#failures = 0;
    this.#retryAt = undefined;
    this.#probe = undefined;
  }

  failed(): void {
    // Requests that began before it closed fail late: they say nothing new.
    if (this.isFailing && !this.#probe) return;
    this.#failures++;
    this.#probe = undefined;
    if (this.#failures < THRESHOLD) return;
    const waitMs = equalJitter(this.#backoff, this.#failures - THRESHOLD + 1, this.#random);
    this.#retryAt = this.#clock.monotonic() + waitMs;
  }
}
