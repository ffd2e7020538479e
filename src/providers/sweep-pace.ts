import type { Clock } from '../runtime/clock.ts';

const FIRST_MS = 500;
/** Some accounts may be listed once a minute. */
const MOST_MS = 120_000;
/** By this part the gap shrinks with each page that comes: an account may be given more, and others may ask less. */
const RELIEF = 1 / 64;

/**
 * How far the list calls of one account are apart. Each refusal for too many requests doubles the distance, and no
 * success takes it back at once: a first page always succeeds, and says nothing of the second.
 */
export class SweepPace {
  readonly #clock: Clock;
  readonly #scale: (ms: number) => number;
  #gapMs = 0;
  /** Monotonic time of the last answer. */
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, scale: (ms: number) => number) {
    this.#clock = clock;
    this.#scale = scale;
  }

  /** Milliseconds until the next list call may be made; 0 or less: now. */
  get waitMs(): number {
    return this.#answeredAt + this.#scale(this.#gapMs) - this.#clock.monotonic();
  }

  /** A page came. */
  answered(): void {
    this.#answeredAt = this.#clock.monotonic();
    const shorter = this.#gapMs * (1 - RELIEF);
    this.#gapMs = shorter < FIRST_MS ? 0 : shorter;
  }

  /** A page was refused, for there were too many requests. */
  throttled(): void {
    this.#answeredAt = this.#clock.monotonic();
    this.#gapMs = Math.min(MOST_MS, Math.max(FIRST_MS, this.#gapMs * 2));
  }
}
