import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { type Backoff, equalJitter } from './backoff.ts';
import { Breaker, breakerDefaults } from './breaker.ts';
import { BudgetPromises } from './budget-promises.ts';
import type { Clock } from './clock.ts';
import { MinuteWindow } from './minute-window.ts';
import { TokenBucket, WHOLE_TOKEN } from './token-bucket.ts';
import { type Lane, lanes } from './work-queue.ts';

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
  /** One more, even if none is left: then those who come later pay for it. */
  next(): void;
  release(): void;
}

export type Admission =
  | (Permit & { readonly granted: true })
  | { readonly granted: false; readonly retryAfterMs: number };

interface Waiter {
  readonly lane: Lane;
  readonly grant: (permit: Permit) => void;
}

/** A 429 without Retry-After. */
const THROTTLE_BACKOFF = { firstMs: 1_000, mostMs: 60_000 };
/**
 * Of each minute, and of the slots: nobody else takes these, so that a person does not find them used up. A minute with
 * its burst spent at the beginning ends early, and until the next one there is nothing; a rotation keeps its slot from
 * the look to the proof.
 */
const PERSONS_SHARE = { ofMinute: 0.1, ofSlots: 0.25 };
/** And this is left by persons to whoever was refused for long: several requests at once never find room otherwise. */
const PATIENTS_SHARE = { ofMinute: 0.01, ofSlots: 0 };
const NO_SHARE = { ofMinute: 0, ofSlots: 0 };
/** A server that says "tomorrow" is asked again sooner. */
const LONGEST_THROTTLE_MS = 3_600_000;

/**
 * What one account at a provider may be asked: so many requests in any minute, so many at a time, none while it says
 * 429 or does not answer. All who call that account share one.
 *
 * Workers ask with `tryAcquire`, which never waits: whoever is refused is told when to come back, each at a time of
 * its own, so that a thousand refused do not return together. Sweeps wait with `acquire`.
 *
 * A less urgent lane leaves tokens and slots for what more urgent lanes were refused lately (`BudgetPromises`), but is
 * not refused for their sake for ever.
 */
export class Budget {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #bucket: TokenBucket;
  readonly #window: MinuteWindow;
  readonly #throttleBackoff: Backoff;
  readonly #breaker: Breaker;
  readonly #promises: BudgetPromises;
  readonly #waiters: Waiter[] = [];
  readonly #concurrency: AdaptiveConcurrency;
  #inUse = 0;
  #refused = 0;
  /** How long a request takes, smoothed: how soon a slot becomes free. */
  #usualMs = 200;
  #throttledUntil = 0;
  #throttles = 0;
  #timer: Disposable | undefined;

  /** `scale` divides the waits that this class chooses itself, not those that the account asks for. */
  constructor(limits: Limits, clock: Clock, random: () => number, scale = (ms: number): number => ms) {
    const scaled = ({ firstMs, mostMs }: Backoff): Backoff => ({
      firstMs: scale(firstMs),
      mostMs: scale(mostMs),
    });
    this.#clock = clock;
    this.#random = random;
    this.#throttleBackoff = scaled(THROTTLE_BACKOFF);
    this.#bucket = new TokenBucket(limits.requestsPerMinute, limits.burst, clock);
    this.#window = new MinuteWindow(limits.requestsPerMinute, clock);
    this.#breaker = new Breaker(clock, random, {
      ...breakerDefaults,
      backoff: scaled(breakerDefaults.backoff),
    });
    this.#promises = new BudgetPromises(clock);
    this.#concurrency = new AdaptiveConcurrency(limits.concurrency);
  }

  /** The provider does not answer; only single probes are let through. */
  get open(): boolean {
    return this.#breaker.open;
  }

  /** Wall-clock time before which nothing is granted, by an open breaker or a 429; undefined when there is none. */
  get retryAt(): number | undefined {
    const waitMs = this.#closedForMs();
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
   * `requests`: how many may follow each other. Whoever needs three and asks for each alone pays for the first two in
   * vain whenever the third is refused.
   */
  tryAcquire(lane: Lane, requests = 1): Admission {
    const ahead = this.#waiters.filter((waiter) => !isMoreUrgent(lane, waiter.lane)).length;
    const waitMs = this.#waitMs(lane, ahead, requests);
    if (waitMs === 0) return this.#grant(lane, requests);
    this.#refused++;
    return {
      granted: false,
      retryAfterMs: this.#promises.add(lane, waitMs, this.#intervalMs * requests, this.#random()),
    };
  }

  /** Waits for its turn; rejects with the signal's reason. */
  acquire(lane: Lane, signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason as Error);
        this.#serve();
      };
      const waiter: Waiter = {
        lane,
        grant: (permit) => {
          signal.removeEventListener('abort', onAbort);
          resolve(permit);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      // By lane, and in each lane in the order of their coming.
      const behind = this.#waiters.findIndex((other) => isMoreUrgent(lane, other.lane));
      this.#waiters.splice(behind === -1 ? this.#waiters.length : behind, 0, waiter);
      this.#serve();
    });
  }

  /** A 429: nobody asks this account for that long; without a number longer each time until it answers. */
  throttled(retryAfterMs?: number): void {
    this.#throttles++;
    this.#concurrency.overwhelmed(this.#clock.monotonic(), this.#usualMs);
    const ms = Math.min(
      LONGEST_THROTTLE_MS,
      retryAfterMs ?? equalJitter(this.#throttleBackoff, this.#throttles, this.#random),
    );
    this.#throttledUntil = Math.max(this.#throttledUntil, this.#clock.monotonic() + ms);
    // The account's own count is at its end, whatever ours says; it begins again with single requests.
    this.#bucket.pause(ms);
  }

  /** It answered, with whatever but a 429 or 5xx. */
  succeeded(): void {
    this.#throttles = 0;
    this.#concurrency.answered();
    this.#breaker.succeeded();
    this.#serve();
  }

  /** It did not answer, or with 5xx. */
  failed(): void {
    this.#concurrency.overwhelmed(this.#clock.monotonic(), this.#usualMs);
    this.#breaker.failed();
  }

  setLimits(limits: Limits): void {
    this.#bucket.setLimits(limits.requestsPerMinute, limits.burst);
    this.#window.setLimit(limits.requestsPerMinute);
    this.#concurrency.setMost(limits.concurrency);
    this.#serve();
  }

  get #intervalMs(): number {
    return Math.max(this.#bucket.intervalMs, this.#usualMs / this.#concurrency.slots);
  }

  #closedForMs(): number {
    return Math.max(this.#throttledUntil - this.#clock.monotonic(), this.#breaker.waitMs(), 0);
  }

  /** 0: it may go now. `ahead`: how many waiters go first. */
  #waitMs(lane: Lane, ahead: number, requests = 1): number {
    const closedForMs = this.#closedForMs();
    if (closedForMs > 0) return closedForMs;
    const isPatient = this.#promises.isPatientLongEnough(lane);
    const leave = isPatient ? NO_SHARE : lane === 'user' ? PATIENTS_SHARE : PERSONS_SHARE;
    // Tokens on credit: as long as others take each as it comes in, there are never several.
    const tokenMs = Math.max(
      this.#bucket.waitMs(isPatient ? 1 : requests),
      this.#window.waitMs(requests, leave.ofMinute),
    );
    if (tokenMs > 0) return tokenMs;
    // With the breaker open the one probe may be anybody's.
    const leavesNothing = this.#breaker.open || isPatient;
    const left = leavesNothing ? 0 : ahead + this.#promises.owed(lane, this.#intervalMs);
    const allowed = this.#concurrency.slots;
    const slots = allowed - this.#inUse - Math.floor(allowed * leave.ofSlots);
    const enough =
      slots >= 1 + Math.min(left, allowed - 1) &&
      (left === 0 || Math.min(this.#bucket.tokens, this.#window.room) >= left + requests - 1 + WHOLE_TOKEN);
    return enough ? 0 : this.#intervalMs;
  }

  #grant(lane: Lane, requests = 1): Permit & { readonly granted: true } {
    this.#bucket.charge(requests);
    this.#window.take(requests);
    this.#inUse++;
    this.#promises.granted(lane);
    const isProbe = this.#breaker.begin();
    const begun = this.#clock.monotonic();
    let taken = requests;
    let used = 1;
    let held = true;
    const next = (): void => {
      used++;
      if (used <= taken) return;
      taken++;
      this.#bucket.charge(1);
      this.#window.take(1);
    };
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#inUse--;
      this.#bucket.giveBack(taken - used);
      this.#window.settle(used, taken - used);
      this.#usualMs = 0.8 * this.#usualMs + 0.2 * (this.#clock.monotonic() - begun);
      if (isProbe) this.#breaker.abandoned();
      this.#serve();
    };
    return {
      granted: true,
      get left() {
        return taken - used;
      },
      next,
      release,
      [Symbol.dispose]: release,
    };
  }

  /** Gives what there is to those who wait, and sets a timer for the next. */
  #serve(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    let soonestMs = Number.POSITIVE_INFINITY;
    let ahead = 0;
    const isFirst = (waiter: Waiter): boolean => this.#promises.isPatientLongEnough(waiter.lane);
    for (const waiter of this.#waiters.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))) {
      const waitMs = this.#waitMs(waiter.lane, ahead);
      if (waitMs === 0) {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        waiter.grant(this.#grant(waiter.lane));
      } else {
        this.#promises.refused(waiter.lane);
        soonestMs = Math.min(soonestMs, waitMs);
        ahead++;
      }
    }
    if (this.#waiters.length > 0) this.#timer = this.#clock.timer(Math.ceil(soonestMs), () => this.#serve());
  }
}

/** Strictly. */
const isMoreUrgent = (a: Lane, b: Lane): boolean => lanes.indexOf(a) < lanes.indexOf(b);
