import type { Logger } from 'pino';
import type { Allowance } from '../runtime/allowance.ts';
import type { Budget } from '../runtime/budget.ts';
import type { Clock } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import type { Wake } from '../runtime/wake.ts';
import type { Listings } from './listings.ts';
import type { Members } from './pool-members.ts';
import { offered } from './offered.ts';
import { ok, ProviderError, type Outcome } from './outcome.ts';
import type { Partition } from './partition.ts';
import type { Account } from './provider.ts';
import { MOST_PAGES } from './sweep-bounds.ts';
import { SweepPace } from './sweep-pace.ts';
import type { Sweep } from './sweep.ts';
import type { Health } from './trouble.ts';

export interface SweeperOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** For what lists show, of all accounts together. */
  readonly memory: Allowance;
  /** Of one sweep. */
  readonly mostPages?: number | undefined;
  /** Divides every wait (`--time-scale`). */
  readonly scale: (ms: number) => number;
  /** A list is complete, or cannot be had any more: of this organization where each is listed by itself. */
  readonly onSwept: (organization: string | undefined) => void;
  /** Whether a MachineClient of the account names this organization. */
  readonly uses: (organization: string) => boolean;
}

interface Parts {
  readonly budget: Budget;
  readonly members: Members;
  readonly listings: Listings;
  readonly health: Health;
  readonly wake: Wake;
}

/**
 * An organization that could not be listed is tried again after this time. And that long after a list has shown nothing
 * of ours in one that nobody names, whatever we have sent there before has arrived, and is seen.
 */
const ORGANIZATION_PAUSE_MS = 60_000;

/** Lists an account page by page: when asked, when due, and as the probe when it is in trouble. One sweep at a time. */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #parts: Parts;
  readonly #pace: SweepPace;
  /** The last sweep was ended by us: one page is no answer then, for the next one may end likewise. */
  #unlistable = false;

  constructor(options: SweeperOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#pace = new SweepPace(options.clock, options.scale);
  }

  /** Ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { listings, wake } = this.#parts;
    while (!signal.aborted) {
      const { waitMs, partition } = this.#next();
      if (waitMs > 0) await wake.wait(this.#options.clock, waitMs, signal);
      else await this.#turn(partition, signal);
    }
    for (const partition of listings.all()) partition.release();
  }

  /** What is to be listed next, and in how many milliseconds. Without a partition only the account is checked. */
  #next(): { readonly waitMs: number; readonly partition: Partition | undefined } {
    const { members, listings, health } = this.#parts;
    const { account, resyncMs } = members;
    if (!account) return { waitMs: Number.MAX_SAFE_INTEGER, partition: undefined };
    const listed = account.capabilities.canList ? [...listings.all()] : [];
    let partition: Partition | undefined;
    // Nothing to list says nothing of the account: it is asked whether it is there.
    const checkInMs = listed.length === 0 ? resyncMs - health.sinceProbeMs : Number.MAX_SAFE_INTEGER;
    let waitMs = health.hasAnswered ? checkInMs : 0;
    for (const one of listed) {
      const dueIn = one.dueIn(resyncMs);
      if (partition === undefined || dueIn < waitMs) [waitMs, partition] = [dueIn, one];
    }
    // One at a time: what is begun is listed to its end.
    const underWay = listed.find((one) => one.underWay);
    if (underWay) [waitMs, partition] = [0, underWay];
    waitMs = health.probeInMs ?? waitMs;
    return { waitMs: partition ? Math.max(waitMs, this.#pace.waitMs) : waitMs, partition };
  }

  async #turn(partition: Partition | undefined, signal: AbortSignal): Promise<void> {
    const { health, members } = this.#parts;
    health.probes();
    const { account } = members;
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
    this.#parts.health.answered();
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
    if (!this.#unlistable) this.#parts.health.answered();
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
    const { log, onSwept, uses, scale } = this.#options;
    const { health, listings } = this.#parts;
    const { organization, inventory } = partition;
    this.#unlistable = false;
    health.answered();
    partition.completed(sweep);
    // An organization that nobody names any more is listed until nothing of ours is left in it, nor on its way there.
    if (organization !== undefined && partition.isOver(uses(organization), scale(ORGANIZATION_PAUSE_MS)))
      listings.delete(partition);
    log.info(
      { pages: sweep.pages, clients: inventory.size, ...(organization !== undefined && { organization }) },
      'swept',
    );
    onSwept(organization);
  }

  /** The account answers, and says that there is no such organization, or none that we may see. */
  #loses(partition: Partition, error: ProviderError): void {
    const { scale, onSwept, log, uses } = this.#options;
    const { health, members } = this.#parts;
    const news = partition.trouble === undefined;
    health.answered();
    const { organization = '' } = partition;
    // Nobody waits for one that nobody names: it is tried again with the others.
    const pauseMs = uses(organization) ? scale(ORGANIZATION_PAUSE_MS) : members.resyncMs;
    partition.failed(error, pauseMs);
    log.warn({ organization, error: error.message }, 'an organization cannot be listed');
    if (news) onSwept(organization);
  }

  /** Nothing is concluded from such a list. It is tried again, ever less often. */
  #giveUp({ type }: Account, why: string): void {
    this.#unlistable = true;
    this.#fail(
      new ProviderError(`${type} list: ${why}`, { reason: 'UnexpectedAnswer', retry: 'later', status: 0 }),
    );
  }

  /** `sweep`: how many pages are kept, and whether it goes on from there. */
  #fail(error: ProviderError, sweep: { readonly pages?: number; readonly goesOn?: boolean } = {}): void {
    const { reason, message, requestId } = error;
    this.#options.log.warn({ reason, error: message, requestId, ...sweep }, 'sweep failed');
    this.#parts.health.failed(error);
  }

  /** One request, when the budget has room for it. Undefined: the signal ended it. */
  async #ask<T>(signal: AbortSignal, request: () => Promise<Outcome<T>>): Promise<Outcome<T> | undefined> {
    const { budget, health } = this.#parts;
    try {
      using _permit = await budget.acquire('resync', 1, signal);
      const outcome = await request();
      if (signal.aborted) return undefined;
      health.report(outcome);
      return outcome;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }
}
