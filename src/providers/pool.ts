import type { Logger } from 'pino';
import type { Reason } from '../api/reasons.ts';
import type { Allowance } from '../runtime/allowance.ts';
import { fullJitter } from '../runtime/backoff.ts';
import { Budget, type Limits } from '../runtime/budget.ts';
import type { Clock } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { Wake } from '../runtime/wake.ts';
import type { Connected } from './connected.ts';
import { Inventory } from './inventory.ts';
import { ok, ProviderError, type Outcome } from './outcome.ts';
import { Listings } from './listings.ts';
import type { Partition } from './partition.ts';
import type { Account } from './provider.ts';
import { MOST_PAGES } from './sweep-bounds.ts';
import { SweepPace } from './sweep-pace.ts';
import type { Sweep } from './sweep.ts';
import { offered } from './offered.ts';

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
  /** For what lists show, of all accounts together. */
  readonly memory: Allowance;
  /** Of one sweep. */
  readonly mostPages?: number | undefined;
  /** Divides every wait (`--time-scale`). */
  readonly scale: (ms: number) => number;
  /** The account is in trouble, or out of it. */
  readonly onTrouble: () => void;
  /** A list is complete, or cannot be had any more: of this organization where each is listed by itself. */
  readonly onSwept: (organization: string | undefined) => void;
  /** Whether a MachineClient of the account names this organization. */
  readonly uses: (organization: string) => boolean;
}

/** An organization that could not be listed is tried again after this time. */
const ORGANIZATION_PAUSE_MS = 60_000;

const lower = (a: Limits, b: Limits): Limits => ({
  requestsPerMinute: Math.min(a.requestsPerMinute, b.requestsPerMinute),
  burst: Math.min(a.burst, b.burst),
  concurrency: Math.min(a.concurrency, b.concurrency),
});

/**
 * One account at a provider, however many provider objects stand for it: one budget, one breaker, one inventory for
 * each listing (the account, or each of its organizations), one sweep at a time, and one probe when it is in trouble.
 *
 *   starting ──first answer──► ready ──401, breaker open──► trouble ──a sweep succeeds──► ready
 *        └──────────────────────── fails ──────────────────►┘
 */
export class Pool {
  readonly budget: Budget;
  readonly #options: PoolOptions;
  readonly #members = new Map<string, Member>();
  readonly #listings: Listings;
  readonly #wake = new Wake();
  readonly #pace: SweepPace;
  #trouble: Trouble | undefined;
  #answered = false;
  /** The last sweep was ended by us: one page is no answer then, for the next one may end likewise. */
  #unlistable = false;
  #failures = 0;
  /** Monotonic time of the last try of any kind, and how long after it the next one is made when it failed. */
  #lastTry = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;

  constructor(options: PoolOptions, first: Member) {
    this.#options = options;
    this.budget = new Budget(first.limits, options.clock, options.random, options.scale);
    this.#pace = new SweepPace(options.clock, options.scale);
    const { installation, clock, random } = options;
    const onWanted = (): void => this.#wake.ring();
    this.#listings = new Listings(first.account.capabilities.listsByOrganization, {
      installation,
      clock,
      random,
      onWanted,
    });
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

  /** See `Listings.recall`. */
  recall(organizations: readonly string[]): void {
    this.#listings.recall(organizations);
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

  /** From now on this organization is listed, where organizations are; a list that is there already is none the wiser. */
  include(organization: string | undefined): void {
    this.#listings.include(organization);
  }

  /** `organization`: the one that the object names. Before it is included, nothing of it is known. */
  connected(key: string, organization?: string): Connected | undefined {
    const member = this.#members.get(key);
    if (!member) return undefined;
    const { account, requestTimeoutMs } = member;
    const { listsByOrganization } = account.capabilities;
    const inventory = this.inventoryOf(organization) ?? new Inventory(this.#options.installation);
    const { budget, report } = this;
    return {
      account: listsByOrganization && organization !== undefined ? account.within(organization) : account,
      budget,
      inventory,
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
    const [member] = this.#members.values();
    return member?.account;
  }

  /** As often as the most eager of the members wants it. */
  get #resyncMs(): number {
    return Math.min(...[...this.#members.values()].map((one) => one.resyncMs));
  }

  /** A person changed something: try at once. */
  probeNow(): void {
    this.#failures = 0;
    this.#wake.ring();
  }

  readonly report = (outcome: Outcome<unknown>): void => {
    if (outcome.kind === 'ok') {
      this.budget.succeeded();
      return;
    }
    const { error } = outcome;
    // A slow API server made it too late for its fence: that is no word of the account.
    if (error.withheld) return;
    if (error.retry === 'account') this.#enter(error);
    // One client's own limit (a key an hour) is no word of the account.
    else if (error.reason === 'RateLimited' && error.retry === 'soon')
      this.budget.throttled(error.retryAfterMs);
    else if (error.retry === 'soon' && error.reason !== 'RejectedByProvider') {
      this.budget.failed();
      if (this.budget.open) this.#enter(error);
    } else if (error.reason === 'Redirected') this.#enter(error);
    else this.budget.succeeded();
  };

  /** Lists page by page: when asked, when due, and as the probe of an account in trouble. Ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const { waitMs, partition } = this.#next();
      if (waitMs > 0) await this.#wake.wait(clock, waitMs, signal);
      else await this.#turn(partition, signal);
    }
    for (const partition of this.#listings.all()) partition.release();
  }

  /** What is to be listed next, and in how many milliseconds. Without a partition only the account is checked. */
  #next(): { readonly waitMs: number; readonly partition: Partition | undefined } {
    const { clock } = this.#options;
    const account = this.account;
    if (!account) return { waitMs: Number.MAX_SAFE_INTEGER, partition: undefined };
    const { canList } = account.capabilities;
    const sinceTry = clock.monotonic() - this.#lastTry;
    const resyncMs = this.#resyncMs;
    const listed = canList ? [...this.#listings.all()] : [];
    let partition: Partition | undefined;
    // Nothing to list says nothing of the account: it is asked whether it is there.
    let waitMs = this.#answered ? (listed.length === 0 ? resyncMs - sinceTry : Number.MAX_SAFE_INTEGER) : 0;
    for (const one of listed) {
      const dueIn = one.dueIn(resyncMs);
      if (partition === undefined || dueIn < waitMs) [waitMs, partition] = [dueIn, one];
    }
    // One at a time: what is begun is listed to its end.
    const underWay = listed.find((one) => one.underWay);
    if (underWay) [waitMs, partition] = [0, underWay];
    if (this.#failures > 0) waitMs = this.#pauseMs - sinceTry;
    else if (this.#trouble) waitMs = 0;
    return { waitMs: partition ? Math.max(waitMs, this.#pace.waitMs) : waitMs, partition };
  }

  async #turn(partition: Partition | undefined, signal: AbortSignal): Promise<void> {
    this.#lastTry = this.#options.clock.monotonic();
    const account = this.account;
    if (!account) return;
    try {
      if (partition) await this.#page(partition, account, signal);
      else await this.#check(account, signal);
    } catch (error) {
      // Of an answer that no check has foreseen. It ends this turn, and not all others.
      this.#options.log.error({ err: error }, 'an answer could not be worked on');
      partition?.drop();
      this.#giveUp(account, `its answer could not be worked on (${asError(error).name})`);
    }
  }

  async #check(account: Account, signal: AbortSignal): Promise<void> {
    // Whose list is the check has something to list.
    const outcome = await this.#ask(signal, async () => (await account.check?.({ signal })) ?? ok(undefined));
    if (!outcome) return;
    if (outcome.kind !== 'ok') {
      this.#fail(outcome.error);
      return;
    }
    this.#answer();
    this.#options.onSwept(undefined);
  }

  /** One page. What came before it is kept by the sweep; the next turn asks for the next page, or for the same again. */
  async #page(partition: Partition, whole: Account, signal: AbortSignal): Promise<void> {
    const { memory, scale, mostPages = MOST_PAGES } = this.#options;
    const { organization } = partition;
    const account = organization === undefined ? whole : whole.within(organization);
    const sweep = partition.sweep(() => ({ share: memory.share(), mostPages, scale }));
    const page = await this.#ask(signal, () =>
      offered(account.clients, 'clients').list(sweep.cursor, { signal }),
    );
    if (!page) return;
    if (page.kind !== 'ok') {
      this.#refusesPage(partition, sweep, page.error);
      return;
    }
    this.#pace.answered();
    if (!this.#unlistable) this.#answer();
    const { refused, complete } = sweep.add(page.value);
    if (refused !== undefined) {
      partition.drop();
      this.#giveUp(account, refused);
    } else if (complete) this.#complete(partition, sweep);
  }

  #refusesPage(partition: Partition, sweep: Sweep, error: ProviderError): void {
    if (error.reason === 'RateLimited') this.#pace.throttled();
    if (partition.organization !== undefined && error.reason === 'RejectedByProvider') {
      this.#loses(partition, error);
      return;
    }
    const goesOn = sweep.survives(error);
    if (!goesOn) partition.drop();
    this.#fail(error, { pages: sweep.pages, goesOn });
  }

  #complete(partition: Partition, sweep: Sweep): void {
    const { log, onSwept, uses } = this.#options;
    const { organization, inventory } = partition;
    this.#unlistable = false;
    this.#answer();
    partition.completed(sweep);
    // An organization that nobody names any more is listed until nothing of ours is left in it.
    if (organization !== undefined && inventory.size === 0 && !uses(organization))
      this.#listings.delete(partition);
    log.info(
      { pages: sweep.pages, clients: inventory.size, ...(organization !== undefined && { organization }) },
      'swept',
    );
    onSwept(organization);
  }

  /** Nothing is concluded from such a list. It is tried again, ever less often. */
  #giveUp({ type }: Account, why: string): void {
    this.#unlistable = true;
    this.#fail(
      new ProviderError(`${type} list: ${why}`, { reason: 'UnexpectedAnswer', retry: 'later', status: 0 }),
    );
  }

  #answer(): void {
    this.#answered = true;
    this.#failures = 0;
    this.#leaveTrouble();
  }

  /** The account answers, and says that there is no such organization, or none that we may see. */
  #loses(partition: Partition, error: ProviderError): void {
    const { scale, onSwept, log, uses } = this.#options;
    const news = partition.trouble === undefined;
    this.#answer();
    const { organization = '' } = partition;
    // Nobody waits for one that nobody names: it is tried again with the others.
    const pauseMs = uses(organization) ? scale(ORGANIZATION_PAUSE_MS) : this.#resyncMs;
    partition.failed(error, pauseMs);
    log.warn({ organization, error: error.message }, 'an organization cannot be listed');
    if (news) onSwept(organization);
  }

  /** `sweep`: how many pages are kept, and whether it goes on from there. */
  #fail(error: ProviderError, sweep: { readonly pages?: number; readonly goesOn?: boolean } = {}): void {
    const { random, scale, log } = this.#options;
    this.#failures++;
    const wide = error.retry === 'account' || error.retry === 'later';
    const backoff = { firstMs: scale(wide ? 5_000 : 1_000), mostMs: scale(wide ? 300_000 : 60_000) };
    this.#pauseMs = Math.max(
      backoff.firstMs,
      fullJitter(backoff, this.#failures, random),
      error.retryAfterMs ?? 0,
    );
    const { reason, message, requestId } = error;
    log.warn({ reason, error: message, requestId, ...sweep }, 'sweep failed');
    // One answer of an account that has answered before is weather; report() says when it is more.
    if (!this.#answered || wide) this.#enter(error);
  }

  /** One request, when the budget has room for it. Undefined: the signal ended it. */
  async #ask<T>(signal: AbortSignal, request: () => Promise<Outcome<T>>): Promise<Outcome<T> | undefined> {
    try {
      using _permit = await this.budget.acquire('resync', signal);
      const outcome = await request();
      if (signal.aborted) return undefined;
      this.report(outcome);
      return outcome;
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
