import type { Clock } from './clock.ts';
import { Gate } from './gate.ts';
import { whileAlive } from './linked-abort.ts';
import type { Limits } from './request-limits.ts';
import { RequestRate } from './request-rate.ts';
import { type Lane, lanes } from './work-queue-lanes.ts';

/**
 * Permission for one call, or for several, one after the other: `next` is called before each. A call is one request, or where
 * a provider needs more for it several, which are counted by `sent`: whoever comes later pays for those. Given back when the
 * last answer is there; what was not used comes back with it, though one counts as used. Twice does no harm.
 */
export interface Permit extends Disposable {
  readonly budget: Budget;
  /** How many more it is good for. */
  readonly left: number;
  /** Not to be used any more: the account has said 429, or does not answer, and this is no single probe. */
  readonly isOver: boolean;
  next(): void;
  /** A request leaves. */
  sent(): void;
  release(): void;
}

interface Waiter {
  readonly lane: Lane;
  /** How many may follow each other. Whoever asks for each alone pays for the first in vain when the last is refused. */
  readonly requests: number;
  /** The monotonic time of its first try. */
  readonly since: number;
  readonly grant: (permit: Permit) => void;
}

/**
 * Of each burst and minute, and of the slots: nobody else takes these, so that a person does not find them used up. A
 * minute with its burst spent at the beginning ends early, and until the next one there is nothing; a rotation keeps its
 * slot from the look to the proof.
 */
const PERSONS_SHARE = { ofRequests: 0.1, ofSlots: 0.25 };
/** A lane goes before the one ahead of it, once, when nobody in it was granted anything for so much longer. */
const LANE_STEP_MS = 5_000;

/**
 * What one account at a provider may be asked: so many requests in any minute, so many at a time, none while it says
 * 429 or does not answer. All who call that account stand in one line: by lane, in each lane by how long they have
 * waited, and nobody goes past the first, or what needs several requests would never find them together.
 */
export class Budget {
  readonly #clock: Clock;
  readonly #rate: RequestRate;
  readonly #gate: Gate;
  readonly #lines: Readonly<Record<Lane, Waiter[]>> = { user: [], deletion: [], rotation: [], resync: [] };
  /** Of each lane: when somebody in it was granted something last. Monotonic. */
  readonly #grantedAt = new Map<Lane, number>();
  #inUse = 0;
  #waits = 0;
  #timer: Disposable | undefined;

  /** `scale` divides the waits that are chosen here, not those that the account asks for. */
  constructor(limits: Limits, clock: Clock, random: () => number, scale = (ms: number): number => ms) {
    this.#clock = clock;
    this.#rate = new RequestRate(limits, clock);
    this.#gate = new Gate(limits, clock, random, scale);
  }

  /** The provider does not answer; only single probes are let through. */
  get open(): boolean {
    return this.#gate.isFailing;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** How often somebody had to wait, since the start. */
  get waits(): number {
    return this.#waits;
  }

  /** Undefined where it is not its turn now. */
  ask(lane: Lane, requests: number): Permit | undefined {
    let granted: Permit | undefined;
    const since = this.#clock.monotonic();
    this.#enter({ lane, requests, since, grant: (permit) => (granted = permit) })();
    return granted;
  }

  /** Stands in line until its turn comes, or until what is returned is called. */
  wait(waiter: Waiter): () => void {
    let isGranted = false;
    const grant = (permit: Permit): void => {
      isGranted = true;
      waiter.grant(permit);
    };
    const leave = this.#enter({ ...waiter, grant });
    if (!isGranted) this.#waits++;
    return leave;
  }

  /** Stands in line until its turn comes; rejects with the signal's reason. */
  async acquire(lane: Lane, requests: number, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<Permit>();
    const leave = this.wait({ lane, requests, since: this.#clock.monotonic(), grant: resolve });
    try {
      return await whileAlive(signal, promise);
    } catch (error) {
      leave();
      // Its turn may have come in the same moment.
      void promise.then((permit) => permit.release());
      throw error;
    }
  }

  /** A 429: nobody asks this account for that long. Its own count is at its end then, whatever ours says. */
  throttled(retryAfterMs?: number): void {
    this.#gate.throttled(retryAfterMs);
    this.#rate.pause(this.#gate.waitMs);
  }

  /** It answered, with whatever but a 429 or 5xx. */
  succeeded(): void {
    this.#gate.succeeded();
    this.#serve();
  }

  /** It did not answer, or with 5xx. */
  failed(): void {
    this.#gate.failed();
  }

  setLimits(limits: Limits): void {
    this.#rate.limits = limits;
    this.#gate.limits = limits;
    this.#serve();
  }

  #enter(waiter: Waiter): () => void {
    const line = this.#lines[waiter.lane];
    line.splice(line.findLastIndex(({ since }) => since <= waiter.since) + 1, 0, waiter);
    this.#serve();
    return () => {
      const index = line.lastIndexOf(waiter);
      if (index >= 0) line.splice(index, 1);
      this.#serve();
    };
  }

  /** Grants what there is to those whose turn it is, and sets a timer for the next. */
  #serve(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (;;) {
      const heads = lanes.flatMap((lane) => this.#lines[lane][0] ?? []);
      const [first] = heads.toSorted((one, other) => this.#urgentAt(one) - this.#urgentAt(other));
      if (!first) return;
      const waitMs = this.#waitMs(first);
      if (waitMs > 0) {
        // By then it may be more urgent.
        this.#timer = this.#clock.timer(Math.ceil(Math.min(waitMs, LANE_STEP_MS)), () => this.#serve());
        return;
      }
      this.#lines[first.lane].shift();
      first.grant(this.#permit(first));
    }
  }

  /** It is as urgent as a person who comes at that time, and leaves something to persons until then. Monotonic. */
  #urgentAt({ lane, since }: Waiter): number {
    return Math.max(since, this.#grantedAt.get(lane) ?? since) + lanes.indexOf(lane) * LANE_STEP_MS;
  }

  /** 0: it may go now. */
  #waitMs(waiter: Waiter): number {
    const leaves = this.#urgentAt(waiter) > this.#clock.monotonic() ? 1 : 0;
    const { slots, waitMs } = this.#gate;
    // A slot becomes free when a permit is given back, which looks again.
    if (this.#inUse >= slots - Math.floor(leaves * slots * PERSONS_SHARE.ofSlots)) return LANE_STEP_MS;
    return Math.max(waitMs, this.#rate.waitMs(waiter.requests, leaves * PERSONS_SHARE.ofRequests));
  }

  #permit({ lane, requests }: Waiter): Permit {
    this.#rate.take(requests);
    this.#inUse++;
    this.#grantedAt.set(lane, this.#clock.monotonic());
    const isOver = (): boolean => this.#gate.waitMs > 0 || (this.open && this.#inUse > 1);
    let used = 0;
    let sent = 0;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#inUse--;
      this.#rate.settle(requests, Math.max(1, used, sent));
      this.#serve();
    };
    return {
      budget: this,
      get left() {
        return requests - used;
      },
      get isOver() {
        return isOver();
      },
      next: () => used++,
      sent: () => sent++,
      release,
      [Symbol.dispose]: release,
    };
  }
}
