import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import type { Clock } from './clock.ts';
import { Gate } from './gate.ts';
import { RequestRate } from './request-rate.ts';
import { type Lane, lanes } from './work-queue-lanes.ts';

export interface Limits {
  readonly requestsPerMinute: number;
  readonly burst: number;
  readonly concurrency: number;
}

/**
 * Permission for one request, or for several, one after the other: `next` is called before each but the first. Given
 * back when the last answer is there; what was not used comes back with it. Giving it back twice does no harm.
 */
export interface Permit extends Disposable {
  /** How many more it is good for. */
  readonly left: number;
  /** Not to be used any more: since it was given the account has said 429, or does not answer, and this is no probe. */
  readonly isOver: boolean;
  /** One more, even if none is left: then those who come later pay for it. */
  next(): void;
  release(): void;
}

interface Patience {
  /** The monotonic time of its first try, where this is not the first one. */
  readonly since?: number | undefined;
}

/** `withinMs`: undefined comes of it afterwards, and with 0 where it is not its turn now. */
interface Late extends Patience {
  readonly withinMs: number;
}

interface Waiter {
  readonly lane: Lane;
  readonly requests: number;
  readonly since: number;
  isWaiting: boolean;
  readonly grant: (permit: Permit) => void;
}

/**
 * Of each burst and minute, and of the slots: nobody else takes these, so that a person does not find them used up. A
 * minute with its burst spent at the beginning ends early, and until the next one there is nothing; a rotation keeps its
 * slot from the look to the proof.
 */
const PERSONS_SHARE = { ofRequests: 0.1, ofSlots: 0.25 };
/** A lane in which nobody was granted anything for so long goes first, once, and leaves nothing to others. */
const PATIENCE_MS = 10_000;

/**
 * What one account at a provider may be asked: so many requests in any minute, so many at a time, none while it says
 * 429 or does not answer. All who call that account stand in one line: by lane, in each lane by how long they have
 * waited, and nobody goes past the first, or what needs several requests would never find them together.
 */
export class Budget {
  readonly #clock: Clock;
  readonly #rate: RequestRate;
  readonly #slots: AdaptiveConcurrency;
  readonly #gate: Gate;
  readonly #lines: Readonly<Record<Lane, Waiter[]>> = { user: [], deletion: [], rotation: [], resync: [] };
  /** Of each lane: when somebody in it was granted something last. Monotonic. */
  readonly #grantedAt = new Map<Lane, number>();
  #inUse = 0;
  #refused = 0;
  /** How long a permit is kept, smoothed. */
  #usualMs = 200;
  #timer: Disposable | undefined;

  /** `scale` divides the waits that this class chooses itself, not those that the account asks for. */
  constructor(limits: Limits, clock: Clock, random: () => number, scale = (ms: number): number => ms) {
    this.#clock = clock;
    this.#rate = new RequestRate(limits.requestsPerMinute, limits.burst, clock);
    this.#slots = new AdaptiveConcurrency(limits.concurrency);
    this.#gate = new Gate(clock, random, scale);
  }

  /** The provider does not answer; only single probes are let through. */
  get open(): boolean {
    return this.#gate.isFailing;
  }

  /** Wall-clock time before which nothing is granted, by an account that does not answer or a 429. */
  get retryAt(): number | undefined {
    const { waitMs } = this.#gate;
    return waitMs > 0 ? this.#clock.now() + waitMs : undefined;
  }

  /** How often somebody had to wait, since the start. */
  get refused(): number {
    return this.#refused;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /**
   * Stands in line until its turn comes; rejects with the signal's reason. `requests`: how many may follow each other.
   * Whoever needs three and asks for each alone pays for the first two in vain whenever the third is refused.
   */
  acquire(lane: Lane, requests: number, signal: AbortSignal, patience?: Patience): Promise<Permit>;
  acquire(lane: Lane, requests: number, signal: AbortSignal, patience: Late): Promise<Permit | undefined>;
  async acquire(
    lane: Lane,
    requests: number,
    signal: AbortSignal,
    { since = this.#clock.monotonic(), withinMs }: Partial<Late> = {},
  ): Promise<Permit | undefined> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Permit | undefined>();
    const line = this.#lines[lane];
    const waiter: Waiter = { lane, requests, since, isWaiting: true, grant: resolve };
    line.splice(placeAfter(line, since), 0, waiter);
    this.#serve();
    const giveUp = (): void => {
      if (!waiter.isWaiting) return;
      waiter.isWaiting = false;
      line.splice(line.lastIndexOf(waiter, placeAfter(line, since)), 1);
      this.#serve();
      if (signal.aborted) reject(signal.reason as Error);
      else resolve(undefined);
    };
    if (withinMs === 0) giveUp();
    else if (waiter.isWaiting) this.#refused++;
    using _timer = withinMs ? this.#clock.timer(withinMs, giveUp) : undefined;
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** A 429: nobody asks this account for that long. Its own count is at its end then, whatever ours says. */
  throttled(retryAfterMs?: number): void {
    this.#slots.overwhelmed(this.#clock.monotonic(), this.#usualMs);
    this.#rate.pause(this.#gate.throttled(retryAfterMs));
  }

  /** It answered, with whatever but a 429 or 5xx. */
  succeeded(): void {
    this.#slots.answered();
    this.#gate.succeeded();
    this.#serve();
  }

  /** It did not answer, or with 5xx. */
  failed(): void {
    this.#slots.overwhelmed(this.#clock.monotonic(), this.#usualMs);
    this.#gate.failed();
  }

  setLimits({ requestsPerMinute, burst, concurrency }: Limits): void {
    this.#rate.setLimits(requestsPerMinute, burst);
    this.#slots.setMost(concurrency);
    this.#serve();
  }

  /** Grants what there is to those whose turn it is, and sets a timer for the next. */
  #serve(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (let first = this.#first(); first; first = this.#first()) {
      const waitMs = this.#waitMs(first);
      if (waitMs > 0) {
        // By then another lane may have waited for long enough.
        this.#timer = this.#clock.timer(Math.ceil(Math.min(waitMs, PATIENCE_MS)), () => this.#serve());
        return;
      }
      this.#lines[first.lane].shift();
      first.isWaiting = false;
      first.grant(this.#permit(first));
    }
  }

  #first(): Waiter | undefined {
    const heads = lanes.flatMap((lane) => this.#lines[lane][0] ?? []);
    // Of several the longest: where a grant takes that long, the first lane would be one of them each time.
    const [patient] = heads
      .filter((waiter) => this.#isPatientLongEnough(waiter))
      .toSorted((one, other) => this.#waitsSince(one) - this.#waitsSince(other));
    return patient ?? heads[0];
  }

  #isPatientLongEnough(waiter: Waiter): boolean {
    return this.#clock.monotonic() - this.#waitsSince(waiter) >= PATIENCE_MS;
  }

  /** Since when nobody in its lane was granted anything. */
  #waitsSince({ lane, since }: Waiter): number {
    return Math.max(since, this.#grantedAt.get(lane) ?? since);
  }

  /** 0: it may go now. */
  #waitMs(waiter: Waiter): number {
    const closedMs = this.#gate.waitMs;
    if (closedMs > 0) return closedMs;
    // The one probe of an account that does not answer may be anybody's.
    const leaves = !this.open && waiter.lane !== 'user' && !this.#isPatientLongEnough(waiter);
    const { slots } = this.#slots;
    // A slot becomes free when a permit is given back, which looks again.
    if (this.#inUse >= slots - (leaves ? Math.floor(slots * PERSONS_SHARE.ofSlots) : 0)) return PATIENCE_MS;
    return this.#rate.waitMs(waiter.requests, leaves ? PERSONS_SHARE.ofRequests : 0);
  }

  #permit({ lane, requests }: Waiter): Permit {
    this.#rate.take(requests);
    this.#inUse++;
    const begun = this.#clock.monotonic();
    this.#grantedAt.set(lane, begun);
    const gate = this.#gate;
    const probe = gate.begin();
    let taken = requests;
    let used = 1;
    let held = true;
    const next = (): void => {
      used++;
      if (used <= taken) return;
      taken++;
      this.#rate.take(1);
    };
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#inUse--;
      this.#rate.settle(used, taken - used);
      this.#usualMs = 0.8 * this.#usualMs + 0.2 * (this.#clock.monotonic() - begun);
      if (probe) gate.abandoned(probe);
      this.#serve();
    };
    return {
      get left() {
        return taken - used;
      },
      get isOver() {
        return !gate.admits(probe);
      },
      next,
      release,
      [Symbol.dispose]: release,
    };
  }
}

/** Of who has waited since then, behind those who have waited as long: a line may be thousands long. */
const placeAfter = (line: readonly Waiter[], since: number): number => {
  let from = 0;
  for (let to = line.length; from < to; ) {
    const middle = (from + to) >> 1;
    if ((line[middle] as Waiter).since <= since) from = middle + 1;
    else to = middle;
  }
  return from;
};
