import { Budget } from '../runtime/budget.ts';
import type { Limits } from '../runtime/request-limits.ts';
import { Wake } from '../runtime/wake.ts';
import type { Connected } from './connected.ts';
import { Inventory } from './inventory.ts';
import { Listings } from './listings.ts';
import { Members, type Member } from './pool-members.ts';
import type { Outcome, ProviderError } from './outcome.ts';
import type { Partition } from './partition.ts';
import type { Account } from './provider.ts';
import { Sweeper, type SweeperOptions } from './sweeper.ts';
import { Health, type Trouble } from './trouble.ts';

export interface PoolOptions extends SweeperOptions {
  readonly installation: string;
  readonly random: () => number;
  /** The account is in trouble, or out of it. */
  readonly onTrouble: () => void;
}

/**
 * One account at a provider, however many provider objects stand for it (`Members`): one budget, one breaker, one
 * inventory for each listing (the account, or each of its organizations), one sweep at a time (`Sweeper`), and one probe
 * when it is in trouble (`Health`).
 */
export class Pool {
  readonly budget: Budget;
  readonly #installation: string;
  readonly #members: Members;
  readonly #listings: Listings;
  readonly #health: Health;
  readonly #sweeper: Sweeper;
  readonly #wake = new Wake();

  constructor(options: PoolOptions, first: Member) {
    const { installation, clock, random, scale, log, onTrouble } = options;
    const ring = (): void => this.#wake.ring();
    this.#installation = installation;
    this.budget = new Budget(first.limits, clock, random, scale);
    this.#members = new Members(log);
    this.#listings = new Listings(first.account.capabilities.listsByOrganization, {
      installation,
      clock,
      random,
      onWanted: ring,
    });
    this.#health = new Health({ budget: this.budget, clock, random, scale, onTrouble, onNews: ring });
    this.#sweeper = new Sweeper(options, {
      budget: this.budget,
      members: this.#members,
      listings: this.#listings,
      health: this.#health,
      wake: this.#wake,
    });
  }

  /** Neither an answer nor a failure yet. */
  get starting(): boolean {
    return !this.#health.hasAnswered && this.trouble === undefined;
  }

  get trouble(): Trouble | undefined {
    return this.#health.trouble;
  }

  get empty(): boolean {
    return this.#members.size === 0;
  }

  join(key: string, member: Member): void {
    this.#members.set(key, member);
    this.#applyLimits();
    this.#wake.ring();
  }

  leave(key: string): void {
    this.#members.delete(key);
    this.#applyLimits();
  }

  /** See `Listings.recall`. */
  recall(organizations: readonly string[]): void {
    this.#listings.recall(organizations);
  }

  /** From now on this organization is listed, where each is listed by itself. */
  include(organization: string | undefined): void {
    this.#listings.include(organization);
  }

  /** `organization`: the one that the object names. Before it is included nothing of it is known. */
  connected(key: string, organization?: string): Connected | undefined {
    const member = this.#members.get(key);
    if (!member) return undefined;
    const { account, requestTimeoutMs } = member;
    const { listsByOrganization } = account.capabilities;
    const { budget, report } = this;
    return {
      account: listsByOrganization && organization !== undefined ? account.within(organization) : account,
      budget,
      inventory: this.inventoryOf(organization) ?? new Inventory(this.#installation),
      requestTimeoutMs,
      report,
      requestSweep: (after) => {
        this.#listings.include(organization).want(after);
        this.#wake.ring();
      },
    };
  }

  /** What the listings have shown. */
  partitions(): IterableIterator<Partition> {
    return this.#listings.all();
  }

  /** Every listing was complete once. */
  get swept(): boolean {
    return this.#listings.swept;
  }

  /** See `Listings.othersListedSince`. */
  othersListedSince(organization: string | undefined, after: number): boolean {
    return this.#listings.othersListedSince(organization, after);
  }

  /** See `Listings.wantListedSince`. */
  wantListedSince(...asked: Parameters<Listings['wantListedSince']>): void {
    this.#listings.wantListedSince(...asked);
  }

  /** See `Listings.since`. */
  listedSince(): number | undefined {
    return this.#listings.since;
  }

  /** Of the object that names this organization, if it is listed at all. */
  inventoryOf(organization: string | undefined): Inventory | undefined {
    return this.#listings.find(organization)?.inventory;
  }

  /** Why this organization cannot be listed. */
  troubleOf(organization: string | undefined): ProviderError | undefined {
    return this.#listings.find(organization)?.trouble;
  }

  /** Every member stands for the same account: whichever it is. */
  get account(): Account | undefined {
    return this.#members.account;
  }

  /** A person changed something: try at once. */
  probeNow(): void {
    this.#health.probeNow();
  }

  readonly report = (outcome: Outcome<unknown>): void => this.#health.report(outcome);

  /** See `Sweeper`. Ends with the signal. */
  run(signal: AbortSignal): Promise<void> {
    return this.#sweeper.run(signal);
  }

  /** In force for all who share the account; undefined: nobody uses it any more. */
  get limits(): Limits | undefined {
    return this.#members.limits;
  }

  #applyLimits(): void {
    const { limits } = this;
    if (limits) this.budget.setLimits(limits);
  }
}
