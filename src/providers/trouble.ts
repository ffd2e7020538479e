import type { Reason } from '../api/reasons.ts';
import { fullJitter } from '../runtime/backoff.ts';
import type { Budget } from '../runtime/budget.ts';
import type { Clock } from '../runtime/clock.ts';
import { meaningOf } from './meaning.ts';
import type { Outcome, ProviderError } from './outcome.ts';

export interface Trouble {
  readonly reason: Reason;
  readonly message: string;
}

export interface HealthOptions {
  readonly budget: Budget;
  readonly clock: Clock;
  readonly random: () => number;
  readonly scale: (ms: number) => number;
  /** The account is in trouble, or out of it. */
  readonly onTrouble: () => void;
  /** Something has changed that the next probe depends on. */
  readonly onNews: () => void;
}

/**
 * Whether an account can be worked with, and when it is asked next where it cannot.
 *
 *   starting ──first answer──► ready ──401, breaker open──► trouble ──a sweep succeeds──► ready
 *        └──────────────────────── fails ──────────────────►┘
 */
export class Health {
  readonly #options: HealthOptions;
  #trouble: Trouble | undefined;
  #answered = false;
  #failures = 0;
  /** Monotonic time of the last probe, and how long after it the next one is made when it failed. */
  #probedAt = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** It has answered a list or a check at least once. */
  get hasAnswered(): boolean {
    return this.#answered;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  get sinceProbeMs(): number {
    return this.#options.clock.monotonic() - this.#probedAt;
  }

  /** How long to wait for the next probe; undefined: none is needed before something is due. */
  get probeInMs(): number | undefined {
    if (this.#failures > 0) return this.#pauseMs - this.sinceProbeMs;
    return this.#trouble ? 0 : undefined;
  }

  /** What anybody was answered. */
  report(outcome: Outcome<unknown>): void {
    const { budget } = this.#options;
    const meaning = outcome.kind === 'ok' ? 'answers' : meaningOf(outcome.error);
    if (meaning === 'answers') budget.succeeded();
    if (outcome.kind === 'ok') return;
    const { error } = outcome;
    if (meaning === 'throttles') budget.throttled(error.retryAfterMs);
    if (meaning === 'fails') budget.failed();
    if (meaning !== 'stops' && !(meaning === 'fails' && budget.open)) return;
    // Calls of many kinds fail of one cause, and each names itself: the probe's words stand, for it asks the same each time.
    if (this.#trouble?.reason !== error.reason) this.#enter(error);
  }

  /** A list or a check is asked for. */
  probes(): void {
    this.#probedAt = this.#options.clock.monotonic();
  }

  /** … and was answered. */
  answered(): void {
    this.#answered = true;
    this.#failures = 0;
    if (!this.#trouble) return;
    this.#trouble = undefined;
    this.#options.onTrouble();
  }

  /** … and was not: the next one is asked for later, and ever later. */
  failed(error: ProviderError): void {
    const { random, scale } = this.#options;
    this.#failures++;
    const wide = error.retry === 'account' || error.retry === 'later';
    const backoff = { firstMs: scale(wide ? 5_000 : 1_000), mostMs: scale(wide ? 300_000 : 60_000) };
    this.#pauseMs = Math.max(
      backoff.firstMs,
      fullJitter(backoff, this.#failures, random),
      error.retryAfterMs ?? 0,
    );
    // One answer of an account that has answered before is weather; report() says when it is more.
    if (!this.#answered || wide || this.#trouble?.reason === error.reason) this.#enter(error);
  }

  /** A person changed something: the next probe is made at once. */
  probeNow(): void {
    this.#failures = 0;
    this.#options.onNews();
  }

  #enter({ reason, message }: ProviderError): void {
    const before = this.#trouble;
    this.#trouble = { reason, message };
    if (before?.reason === reason && before.message === message) return;
    if (this.#failures === 0) {
      // Heard from a call of an object: probe soon, not at once, and the probe's own failures grow the distance.
      this.#failures = 1;
      this.probes();
      this.#pauseMs = this.#options.scale(1_000);
    }
    this.#options.onNews();
    this.#options.onTrouble();
  }
}
