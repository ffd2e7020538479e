import type { Logger } from 'pino';
import type { Reason } from '../api/reasons.ts';
import { fullJitter } from '../runtime/backoff.ts';
import { Budget, type Limits, type Permit } from '../runtime/budget.ts';
import type { Clock } from '../runtime/clock.ts';
import { Wake } from '../runtime/wake.ts';
import type { Connected } from './connected.ts';
import { Inventory } from './inventory.ts';
import type { Outcome, ProviderError } from './outcome.ts';
import type { Account } from './provider.ts';

export interface Trouble {
  readonly reason: Reason;
  readonly message: string;
}

/** One provider object that stands for the account. */
export interface Member {
  readonly account: Account;
  readonly limits: Limits;
  readonly resyncMs: number;
  readonly requestTimeoutMs: number;
}

export interface PoolOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Divides every wait (`--time-scale`). */
  readonly scale: (ms: number) => number;
  /** The account is in trouble, or out of it. */
  readonly onTrouble: () => void;
  readonly onSwept: () => void;
}

const lower = (a: Limits, b: Limits): Limits => ({
  requestsPerMinute: Math.min(a.requestsPerMinute, b.requestsPerMinute),
  burst: Math.min(a.burst, b.burst),
  concurrency: Math.min(a.concurrency, b.concurrency),
});

/**
 * One account at a provider, however many provider objects stand for it: one budget, one breaker, one inventory, one
 * sweep, and one probe when it is in trouble.
 *
 *   starting ──first page──► ready ──401, breaker open──► trouble ──a sweep succeeds──► ready
 *        └──────────────────────── fails ──────────────────►┘
 */
export class Pool {
  readonly inventory: Inventory;
  readonly budget: Budget;
  readonly #options: PoolOptions;
  readonly #members = new Map<string, Member>();
  readonly #wake = new Wake();
  #trouble: Trouble | undefined;
  #answered = false;
  #failures = 0;
  /** A sweep is wanted that begins after this moment of the wall clock. */
  #wantedAfter = 0;
  /** Monotonic time of the last try, and how long after it the next one is made when it failed. */
  #lastTry = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;

  constructor(options: PoolOptions, first: Member) {
    this.#options = options;
    this.inventory = new Inventory(options.installation);
    this.budget = new Budget(first.limits, options.clock, options.random, options.scale);
  }

  /** Neither an answer nor a failure yet. */
  get starting(): boolean {
    return !this.#answered && this.#trouble === undefined;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  get empty(): boolean {
    return this.#members.size === 0;
  }

  join(key: string, member: Member): void {
    this.#close(key);
    this.#members.set(key, member);
    this.#applyLimits();
    this.#wake.ring();
  }

  leave(key: string): void {
    this.#close(key);
    this.#members.delete(key);
    this.#applyLimits();
  }

  /** Its connections end when what is under way on them has ended. */
  #close(key: string): void {
    const { log } = this.#options;
    this.#members
      .get(key)
      ?.account.close()
      .catch((error: unknown) => log.debug({ err: error }, 'an account did not close'));
  }

  connected(key: string): Connected | undefined {
    const member = this.#members.get(key);
    return (
      member && {
        account: member.account,
        budget: this.budget,
        inventory: this.inventory,
        requestTimeoutMs: member.requestTimeoutMs,
        report: this.report,
        requestSweep: this.requestSweep,
      }
    );
  }

  /** A person changed something: try at once. */
  probeNow(): void {
    this.#failures = 0;
    this.#wake.ring();
  }

  readonly requestSweep = (after: number): void => {
    this.#wantedAfter = Math.max(this.#wantedAfter, after, 1);
    this.#wake.ring();
  };

  readonly report = (outcome: Outcome<unknown>): void => {
    if (outcome.kind === 'ok') {
      this.budget.succeeded();
      return;
    }
    const { error } = outcome;
    // A slow API server made it too late for its fence: that is no word of the account.
    if (error.withheld) return;
    if (error.retry === 'account') this.#enter(error);
    else if (error.reason === 'RateLimited') this.budget.throttled(error.retryAfterMs);
    else if (error.retry === 'soon' && error.reason !== 'RejectedByProvider') {
      this.budget.failed();
      if (this.budget.open) this.#enter(error);
    } else if (error.reason === 'Redirected') this.#enter(error);
    else this.budget.succeeded();
  };

  /** Sweeps when asked, when due, and as the probe of an account in trouble. Ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const wait = this.#nextSweepIn();
      if (wait > 0) await this.#wake.wait(clock, wait, signal);
      else await this.#sweep(signal);
    }
  }

  /** Milliseconds until the next sweep should begin. */
  #nextSweepIn(): number {
    const { clock } = this.#options;
    if (this.#members.size === 0) return Number.MAX_SAFE_INTEGER;
    const sinceTry = clock.monotonic() - this.#lastTry;
    if (this.#failures > 0) return this.#pauseMs - sinceTry;
    if (this.#trouble) return 0;
    const { sweptAt } = this.inventory;
    if (sweptAt === undefined) return 0;
    const now = clock.now();
    // In the future: the clock was set back since.
    if (sweptAt > now) return 0;
    if (this.#wantedAfter > 0 && sweptAt < this.#wantedAfter) return Math.max(0, this.#wantedAfter - now);
    const resync = Math.min(...[...this.#members.values()].map(({ resyncMs }) => resyncMs));
    return resync - sinceTry;
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { clock, random, scale, log } = this.#options;
    const member = [...this.#members.values()][0];
    if (!member) return;
    this.#lastTry = clock.monotonic();
    const beganAt = clock.now();
    const sweep = this.inventory.beginSweep(beganAt);
    let cursor: string | undefined;
    let pages = 0;
    do {
      using permit = await this.#admission(signal);
      if (!permit) return;
      const page = await member.account.list(cursor, { signal });
      if (signal.aborted) return;
      this.report(page);
      if (page.kind !== 'ok') {
        this.#failures++;
        const wide = page.error.retry === 'account' || page.error.retry === 'later';
        const backoff = { firstMs: scale(wide ? 5_000 : 1_000), mostMs: scale(wide ? 300_000 : 60_000) };
        this.#pauseMs = Math.max(
          backoff.firstMs,
          fullJitter(backoff, this.#failures, random),
          page.error.retryAfterMs ?? 0,
        );
        log.warn(
          { reason: page.error.reason, error: page.error.message, requestId: page.error.requestId },
          'sweep failed',
        );
        // One answer of an account that has answered before is weather; report() says when it is more.
        if (!this.#answered || wide) this.#enter(page.error);
        return;
      }
      this.#answered = true;
      this.#failures = 0;
      sweep.add(page.value.clients);
      cursor = page.value.next;
      pages++;
      this.#leaveTrouble();
    } while (cursor !== undefined);
    sweep.complete();
    if (this.#wantedAfter <= beganAt) this.#wantedAfter = 0;
    log.info({ pages, clients: this.inventory.size }, 'swept');
    this.#options.onSwept();
  }

  /** Undefined: the signal ended the wait. */
  async #admission(signal: AbortSignal): Promise<Permit | undefined> {
    try {
      return await this.budget.acquire('resync', signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  #enter(error: ProviderError): void {
    const before = this.#trouble;
    this.#trouble = { reason: error.reason, message: error.message };
    if (before?.reason === error.reason && before.message === error.message) return;
    if (this.#failures === 0) {
      // Heard from a call of an object: probe soon, not at once, and the probe's own failures grow the distance.
      this.#failures = 1;
      this.#lastTry = this.#options.clock.monotonic();
      this.#pauseMs = this.#options.scale(1_000);
    }
    this.#wake.ring();
    this.#options.onTrouble();
  }

  #leaveTrouble(): void {
    if (!this.#trouble) return;
    this.#trouble = undefined;
    this.#options.onTrouble();
  }

  #applyLimits(): void {
    const limits = [...this.#members.values()].map((member) => member.limits);
    const [first, ...others] = limits;
    if (first) this.budget.setLimits(others.reduce(lower, first));
  }
}
