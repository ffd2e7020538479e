import { type Backoff, fullJitter } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Place } from './work-queue-lane.ts';
import { WorkQueueDelays } from './work-queue-delays.ts';
import { type First, type Lane, lanes, WorkQueueLanes } from './work-queue-lanes.ts';
import { type Share, WorkQueueShares } from './work-queue-shares.ts';

export { type Lane, lanes } from './work-queue-lanes.ts';
export type { Share } from './work-queue-shares.ts';

export interface Taken {
  readonly key: string;
  readonly lane: Lane;
  /** How long it stood in the queue. */
  readonly waitedMs: number;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Of `addRateLimited`, for each key. */
  readonly backoff?: Backoff | undefined;
  /** What a less urgent lane is behind the one before it: a key is never overtaken by what came that much later. */
  readonly laneStepMs?: number | undefined;
  readonly share?: Share | undefined;
}

export interface WorkQueueStats {
  readonly waiting: Readonly<Record<Lane, number>>;
  readonly delayed: number;
  readonly processing: number;
  /**
   * How long the key has waited that waits longest, and how long the longest work takes. A key that only waits for the
   * share of its own group does not count: no other worker would take it.
   */
  readonly oldestWaitMs: number;
  readonly longestWorkMs: number;
  /** All work that is under way, together. */
  readonly unfinishedWorkMs: number;
  /** Since the start. */
  readonly adds: number;
  readonly retries: number;
}

interface Entry {
  lane: Lane;
  place: Place<string> | undefined;
  /** Where that place is: with those that may be taken, or with those of a group whose share is used up. */
  home: WorkQueueLanes;
  /** Before all others of its lane. */
  first: boolean;
  /** While it is worked on: whose share it uses. */
  group: string | undefined;
  /** Monotonic time of its `take`; undefined while it waits. */
  takenAt: number | undefined;
  /** Added again while being processed, in that lane. */
  dirty: Lane | undefined;
}

const BACKOFF: Backoff = { firstMs: 1_000, mostMs: 300_000 };
const LANE_STEP_MS = 5_000;

/**
 * A queue of keys, each of which is there once however often it is added, and is never worked on twice at a time.
 *
 *                 add                  take                    add
 *     absent ─────────────▶ queued ─────────────▶ processing ─────────────▶ dirty
 *       ▲                     ▲                       │                       │
 *       │                     └───────────────────────┼─────── done ──────────┘
 *       └──────────────────── done ───────────────────┘
 *
 * Beside it a key may be delayed, in any of the four states; when the delay is over it is added. Of two delays the
 * earlier one holds. An add does not end a delay: at worst one pass finds nothing to do.
 *
 * Lanes: the first of each lane competes with the time of its add plus a step for each lane before it. So an urgent
 * key goes first, and still nothing starves: what has waited for three steps is older than any user's change.
 *
 * Shares: a key whose group has its share of the work under way is passed over, and keeps its place among its own until
 * one of them is done or steps aside. So a group that is slow keeps only itself waiting.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #shares: WorkQueueShares;
  readonly #open: WorkQueueLanes;
  readonly #entries = new Map<string, Entry>();
  readonly #processing = new Map<string, Entry>();
  readonly #failures = new Map<string, number>();
  readonly #delays: WorkQueueDelays<Lane>;
  readonly #takers = new Set<() => void>();
  readonly #drained = new Set<() => void>();
  #adds = 0;
  #retries = 0;
  #shut = false;
  /** Monotonic time from which waits count. */
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#backoff = options.backoff ?? BACKOFF;
    const laneStepMs = options.laneStepMs ?? LANE_STEP_MS;
    this.#shares = new WorkQueueShares(options.share, laneStepMs);
    this.#open = new WorkQueueLanes(laneStepMs);
    this.#delays = new WorkQueueDelays(options.clock, (key, lane) => this.add(key, lane));
  }

  /** A key that waits in a less urgent lane moves up; one that waits in a more urgent lane stays there. */
  add(key: string, lane: Lane = 'user'): void {
    if (this.#shut) return;
    this.#adds++;
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#enqueue(key, lane);
    else if (entry.takenAt !== undefined) entry.dirty = moreUrgent(entry.dirty ?? lane, lane);
    else if (
      entry.place !== undefined &&
      this.#open.rank(lane, this.#clock.monotonic()) < this.#open.rank(entry.lane, entry.place.since)
    ) {
      // Moving up counts the wait from now on, which keeps each lane in the order of its times; hence only if it gains.
      entry.home.of(entry.lane).leave(entry.place);
      this.#enqueue(key, lane);
    }
  }

  /** Before all others of its lane, and of its group too: others wait for the end of this work. As `add`, it moves none down. */
  addFirst(key: string, lane: Lane): void {
    if (this.#shut) return;
    this.#adds++;
    const entry = this.#entries.get(key);
    if (entry?.takenAt !== undefined) {
      entry.dirty = moreUrgent(entry.dirty ?? lane, lane);
      entry.first = true;
      return;
    }
    if (entry?.place) entry.home.of(entry.lane).leave(entry.place);
    this.#enqueue(key, entry ? moreUrgent(entry.lane, lane) : lane, true);
  }

  /** Adds it after `ms`. Of two delays of a key the earlier holds, in the more urgent of their lanes. */
  addAfter(key: string, ms: number, lane: Lane = 'user'): void {
    if (this.#shut) return;
    if (ms <= 0) {
      this.add(key, lane);
      return;
    }
    const due = this.#clock.monotonic() + ms;
    const earlier = this.#delays.get(key);
    if (earlier === undefined) this.#delays.set(key, due, lane);
    else this.#delays.set(key, Math.min(due, earlier.due), moreUrgent(earlier.value, lane));
  }

  /** After a failure: adds it after a delay that grows with each until `forget`. Returns the delay in milliseconds. */
  addRateLimited(key: string, lane: Lane = 'user'): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    this.#retries++;
    const ms = fullJitter(this.#backoff, failures, this.#random);
    this.addAfter(key, ms, lane);
    return ms;
  }

  /** It went well: the next failure is the first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Keys are taken from now on. That they stood here before, while nobody was to take them, is no wait. */
  start(): void {
    this.#startedAt = this.#clock.monotonic();
  }

  /** The next key, which must be given back by `done`; undefined once the queue is shut or the signal aborted. */
  async take(signal: AbortSignal): Promise<Taken | undefined> {
    while (!this.#shut && !signal.aborted) {
      const taken = this.#takeNow();
      if (taken !== undefined) return taken;
      await this.#added(signal);
    }
    this.#wakeOne(); // The wake-up that this taker did not use belongs to another one.
    return undefined;
  }

  /** The work on a taken key is over; if it was added meanwhile it is queued again. */
  done(key: string): void {
    const entry = this.#processing.get(key);
    if (entry === undefined) return;
    this.#processing.delete(key);
    this.#entries.delete(key);
    this.#release(entry.group);
    if (entry.dirty !== undefined && !this.#shut) this.#enqueue(key, entry.dirty, entry.first);
    if (this.#processing.size > 0) return;
    for (const resolve of this.#drained) resolve();
    this.#drained.clear();
  }

  /** What the work on a taken key waits for while others of its group may go on. */
  async aside<T>(key: string, wait: () => Promise<T>): Promise<T> {
    const group = this.#processing.get(key)?.group;
    this.#release(group);
    try {
      return await wait();
    } finally {
      this.#shares.hold(group);
    }
  }

  /** No more work begins: what waits is dropped (the next start finds it again), and what is added is ignored. */
  shutDown(): void {
    this.#shut = true;
    this.#delays.clear();
    for (const wake of this.#takers) wake();
  }

  /** Resolves when nothing is being worked on. */
  drain(): Promise<void> {
    if (this.#processing.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.add(resolve));
  }

  stats(): WorkQueueStats {
    const now = this.#clock.monotonic();
    const waits = lanes.map((lane) => now - this.#waitsSince(this.#open.of(lane).peek()?.since ?? now));
    const all = [this.#open, ...this.#shares.passedOver()];
    const waiting = lanes.map(
      (lane) => [lane, all.reduce((sum, one) => sum + one.of(lane).size, 0)] as const,
    );
    const works = [...this.#processing.values()].map((entry) => now - (entry.takenAt ?? now));
    return {
      waiting: Object.fromEntries(waiting) as Record<Lane, number>,
      delayed: this.#delays.size,
      processing: this.#processing.size,
      oldestWaitMs: Math.max(...waits),
      longestWorkMs: Math.max(0, ...works),
      unfinishedWorkMs: works.reduce((sum, ms) => sum + ms, 0),
      adds: this.#adds,
      retries: this.#retries,
    };
  }

  #waitsSince(since: number): number {
    return Math.max(since, this.#startedAt);
  }

  #takeNow(): Taken | undefined {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { home, lane, place } = next;
      const { key } = place;
      home.of(lane).shift();
      const entry = this.#entries.get(key) as Entry;
      const group = this.#shares.of(key);
      if (group === undefined || this.#shares.hasRoom(group)) {
        entry.place = undefined;
        entry.first = false;
        entry.takenAt = this.#clock.monotonic();
        entry.group = group;
        this.#shares.hold(group);
        this.#processing.set(key, entry);
        return { key, lane, waitedMs: entry.takenAt - this.#waitsSince(place.since) };
      }
      entry.home = this.#shares.passedOverOf(group);
      const others = entry.home.of(lane);
      entry.place = entry.first ? others.pushFirst(key, place.since) : others.push(key, place.since);
    }
    return undefined;
  }

  /** The first of all that may be taken. */
  #next(): (First & { readonly home: WorkQueueLanes }) | undefined {
    let best: (First & { readonly home: WorkQueueLanes }) | undefined;
    const consider = (home: WorkQueueLanes): void => {
      const first = home.first();
      if (first && (best === undefined || first.rank < best.rank)) best = { ...first, home };
    };
    consider(this.#open);
    this.#shares.forEachWithRoom(consider);
    return best;
  }

  #release(group: string | undefined): void {
    if (this.#shares.release(group)) this.#wakeOne();
  }

  #enqueue(key: string, lane: Lane, first = false): void {
    const now = this.#clock.monotonic();
    const place = first ? this.#open.of(lane).pushFirst(key, now) : this.#open.of(lane).push(key, now);
    this.#entries.set(key, {
      lane,
      place,
      home: this.#open,
      first,
      group: undefined,
      takenAt: undefined,
      dirty: undefined,
    });
    this.#wakeOne();
  }

  #wakeOne(): void {
    const [wake] = this.#takers;
    wake?.();
  }

  #added(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#takers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#takers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

const moreUrgent = (a: Lane, b: Lane): Lane => (lanes.indexOf(a) <= lanes.indexOf(b) ? a : b);
