import type { Clock } from './clock.ts';
import { type Lane, lanes } from './work-queue.ts';

/** Beyond this a promise means nothing any more; whoever is refused then comes back at random before it. */
const FARTHEST_MS = 300_000;
/** A lane that was refused for so long goes first, once. */
const PATIENCE_MS = 10_000;

/**
 * When those who were refused come back: each at a moment of its own, one interval after the last one promised to its
 * lane or a more urgent one. As long as such moments lie ahead, less urgent lanes owe them their tokens and slots.
 *
 * The promises are kept by nobody in person: whoever comes at that moment finds, on average, one token there.
 */
export class BudgetPromises {
  readonly #clock: Clock;
  /** Of each lane: the last moment promised, and since when it has been refused without a grant. Monotonic. */
  readonly #last = new Map<Lane, number>();
  readonly #refusedSince = new Map<Lane, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Refused, with nothing to be had for `waitMs`: in how many milliseconds to come back. `random` is below 1. */
  add(lane: Lane, waitMs: number, intervalMs: number, random: number): number {
    this.refused(lane);
    const now = this.#clock.monotonic();
    const last = Math.max(...this.#upTo(lane).map((other) => this.#last.get(other) ?? 0));
    const at = Math.max(now + waitMs, last > now ? last + intervalMs : 0);
    const farthestMs = Math.max(FARTHEST_MS, waitMs * 2);
    if (at - now > farthestMs) return waitMs + (farthestMs - waitMs) * random;
    this.#last.set(lane, at);
    return at - now + intervalMs * random;
  }

  refused(lane: Lane): void {
    if (!this.#refusedSince.has(lane)) this.#refusedSince.set(lane, this.#clock.monotonic());
  }

  granted(lane: Lane): void {
    this.#refusedSince.delete(lane);
  }

  /** It has been refused for so long that it owes nothing to anybody, until it is granted one. */
  isPatientLongEnough(lane: Lane): boolean {
    const since = this.#refusedSince.get(lane);
    return since !== undefined && this.#clock.monotonic() - since >= PATIENCE_MS;
  }

  /** How many requests of more urgent lanes are expected back, whom this lane must leave something. */
  owed(lane: Lane, intervalMs: number): number {
    const now = this.#clock.monotonic();
    // An interval longer: they come a little after the moment promised.
    const until = Math.max(
      0,
      ...this.#upTo(lane)
        .slice(0, -1)
        .map((other) => this.#last.get(other) ?? 0),
    );
    return until === 0 ? 0 : Math.max(0, Math.ceil((until + intervalMs - now) / intervalMs));
  }

  #upTo(lane: Lane): readonly Lane[] {
    return lanes.slice(0, lanes.indexOf(lane) + 1);
  }
}
