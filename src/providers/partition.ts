import type { Share } from '../runtime/allowance.ts';
import type { Clock } from '../runtime/clock.ts';
import { Inventory } from './inventory.ts';
import type { ProviderError } from './outcome.ts';
import { Sweep, type SweepOptions } from './sweep.ts';

/** How far one resync is from the next, as a part of `resyncInterval`: accounts that began together do not go on so. */
const JITTER = 0.15;

/**
 * What one listing shows: all clients of an account, or those of one organization where the provider lists them so.
 * Its sweeps are due on their own; the budget, the breaker and the trouble are the account's.
 */
export class Partition {
  /** Undefined: the account is listed as a whole. */
  readonly organization: string | undefined;
  readonly inventory: Inventory;
  /** Of the memory that lists may fill, for what the last complete sweep has shown. */
  #share: Share | undefined;
  #sweep: Sweep | undefined;
  /** This organization cannot be listed, while the account answers. */
  trouble: ProviderError | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** A sweep is wanted that begins after this moment of the wall clock. */
  #wantedAfter = 0;
  /** Monotonic time of the last try. */
  #triedAt = Number.NEGATIVE_INFINITY;
  #stretch = 1;
  #pauseMs = 0;
  /** Monotonic time at which the first of the lists in a row began that showed nothing of ours, and nobody named it. */
  #idleSince: number | undefined;

  constructor(organization: string | undefined, installation: string, clock: Clock, random: () => number) {
    this.organization = organization;
    this.inventory = new Inventory(installation);
    this.#clock = clock;
    this.#random = random;
  }

  want(after: number): void {
    this.#wantedAfter = Math.max(this.#wantedAfter, after, 1);
  }

  /** Some of its pages are there, or none yet. */
  get underWay(): boolean {
    return this.#sweep !== undefined;
  }

  /** The sweep that is under way, or the one that begins now. */
  sweep(options: () => Omit<SweepOptions, 'inventory' | 'clock'>): Sweep {
    if (this.#sweep) return this.#sweep;
    this.#triedAt = this.#clock.monotonic();
    this.#stretch = 1 - JITTER + 2 * JITTER * this.#random();
    this.#sweep = new Sweep({ ...options(), inventory: this.inventory, clock: this.#clock });
    return this.#sweep;
  }

  completed({ beganAt, share }: Sweep): void {
    this.#sweep = undefined;
    this.release();
    this.#share = share;
    this.trouble = undefined;
    if (this.#wantedAfter <= beganAt) this.#wantedAfter = 0;
  }

  /**
   * After a complete sweep: whether it need not be listed any more, for nobody names it and nothing of ours is in it.
   * One list does not say that: what was under way when its object went, or an operator ended, may arrive after it. So
   * another one is asked for, and begins at least `pauseMs` later.
   */
  isOver(isNamed: boolean, pauseMs: number): boolean {
    if (isNamed || this.inventory.size > 0) {
      this.#idleSince = undefined;
      return false;
    }
    this.#idleSince ??= this.#triedAt;
    const left = pauseMs - (this.#triedAt - this.#idleSince);
    if (left <= 0) return true;
    this.want(this.#clock.now() + left);
    return false;
  }

  /** What came of the sweep that is under way counts for nothing; the next one begins with the first page. */
  drop(): void {
    this.#sweep?.[Symbol.dispose]();
    this.#sweep = undefined;
  }

  /** It is not used any more. */
  release(): void {
    this.drop();
    this.#share?.[Symbol.dispose]();
    this.#share = undefined;
  }

  /** Tried again on its own, while the others go on. */
  failed(error: ProviderError, pauseMs: number): void {
    this.drop();
    this.trouble = error;
    this.#pauseMs = pauseMs;
  }

  /** Milliseconds until its next sweep should begin. */
  dueIn(resyncMs: number): number {
    if (this.#sweep) return 0;
    const sinceTry = this.#clock.monotonic() - this.#triedAt;
    if (this.trouble) return this.#pauseMs - sinceTry;
    const { sweptAt } = this.inventory;
    if (sweptAt === undefined) return 0;
    const now = this.#clock.now();
    // In the future: the clock was set back since.
    if (sweptAt > now) return 0;
    const resyncInMs = resyncMs * this.#stretch - sinceTry;
    if (this.#wantedAfter === 0 || sweptAt >= this.#wantedAfter) return resyncInMs;
    // No later than when nobody had asked: after the clock was set back, what was wanted may be years away.
    return Math.max(0, Math.min(this.#wantedAfter - now, resyncInMs));
  }
}
