import { type Backoff, fullJitter } from './backoff.ts';
import type { Clock } from './clock.ts';
import { type Place, WorkQueueLane } from './work-queue-lane.ts';
import { WorkQueueDelays } from './work-queue-delays.ts';

/** Most urgent first: what a person waits for, deletions, rotations, and what is looked at for safety's sake. */
export const lanes = ['user', 'deletion', 'rotation', 'resync'] as const;
export type Lane = (typeof lanes)[number];

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
}

export interface WorkQueueStats {
  readonly waiting: Readonly<Record<Lane, number>>;
  readonly delayed: number;
  readonly processing: number;
  /** How long the key has waited that waits longest, and how long the longest work takes. */
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
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #laneStepMs: number;
  readonly #lanes: readonly WorkQueueLane<string>[] = lanes.map(() => new WorkQueueLane<string>());
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
    this.#laneStepMs = options.laneStepMs ?? LANE_STEP_MS;
    this.#delays = new WorkQueueDelays(options.clock, (key, lane) => this.add(key, lane));
  }

  /** A key that waits in a less urgent lane moves up; one that waits in a more urgent lane stays there. */
  add(key: string, lane: Lane = 'user'): void {
    if (this.#shut) return;
    this.#adds++;
    const entry = this.#entries.get(key);
    if (entry === undefined)
      this.#enqueue(key, { lane, place: undefined, takenAt: undefined, dirty: undefined });
    else if (entry.takenAt !== undefined) entry.dirty = moreUrgent(entry.dirty ?? lane, lane);
    else if (
      entry.place !== undefined &&
      this.#rank(lane, this.#clock.monotonic()) < this.#rank(entry.lane, entry.place.since)
    ) {
      // Moving up counts the wait from now on, which keeps each lane in the order of its times; hence only if it gains.
      this.#lane(entry.lane).leave(entry.place);
      this.#enqueue(key, { ...entry, lane });
    }
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
    if (entry.dirty !== undefined && !this.#shut)
      this.#enqueue(key, { lane: entry.dirty, place: undefined, takenAt: undefined, dirty: undefined });
    if (this.#processing.size > 0) return;
    for (const resolve of this.#drained) resolve();
    this.#drained.clear();
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
    const waits = this.#lanes.map((lane) => now - this.#waitsSince(lane.peek()?.since ?? now));
    const works = [...this.#processing.values()].map((entry) => now - (entry.takenAt ?? now));
    return {
      waiting: Object.fromEntries(lanes.map((lane) => [lane, this.#lane(lane).size])) as Record<Lane, number>,
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
    let best: { readonly lane: Lane; readonly place: Place<string>; readonly rank: number } | undefined;
    for (const lane of lanes) {
      const place = this.#lane(lane).peek();
      if (place === undefined) continue;
      const rank = this.#rank(lane, place.since);
      if (best === undefined || rank < best.rank) best = { lane, place, rank };
    }
    if (best === undefined) return undefined;
    const { lane, place } = best;
    this.#lane(lane).shift();
    const entry = this.#entries.get(place.key) as Entry;
    entry.place = undefined;
    entry.takenAt = this.#clock.monotonic();
    this.#processing.set(place.key, entry);
    return { key: place.key, lane, waitedMs: entry.takenAt - this.#waitsSince(place.since) };
  }

  #enqueue(key: string, entry: Entry): void {
    this.#entries.set(key, { ...entry, place: this.#lane(entry.lane).push(key, this.#clock.monotonic()) });
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

  #lane(lane: Lane): WorkQueueLane<string> {
    return this.#lanes[lanes.indexOf(lane)] as WorkQueueLane<string>;
  }

  #rank(lane: Lane, since: number): number {
    return since + lanes.indexOf(lane) * this.#laneStepMs;
  }
}

const moreUrgent = (a: Lane, b: Lane): Lane => (lanes.indexOf(a) <= lanes.indexOf(b) ? a : b);
