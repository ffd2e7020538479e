import type { Clock } from './clock.ts';

const MINUTE_MS = 60_000;
/** Moments this close together are kept as one, the later. */
const GRAIN_MS = 100;

/**
 * How many requests may still go out, so that in no 60 seconds more than `limit` of them arrive, however long each is
 * on its way. A request counts from its permission until a minute after its answer: it arrived somewhere in between.
 */
export class MinuteWindow {
  readonly #clock: Clock;
  #limit: number;
  /** Permitted, and not answered yet. */
  #out = 0;
  /** Answered, the oldest first. */
  #answered: { readonly until: number; readonly count: number }[] = [];
  #count = 0;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  get room(): number {
    this.#forget();
    return this.#limit - this.#out - this.#count;
  }

  /**
   * Milliseconds until there is room for so many, with a share of the limit left for others; 0 when there is. What is
   * not answered yet is taken to be answered now.
   */
  waitMs(requests: number, leave = 0): number {
    const others = Math.floor(this.#limit * leave);
    let missing = Math.min(requests, this.#limit - others) + others - this.room;
    if (missing <= 0) return 0;
    const now = this.#clock.monotonic();
    for (const { until, count } of this.#answered) {
      missing -= count;
      if (missing <= 0) return until - now;
    }
    return MINUTE_MS;
  }

  take(requests: number): void {
    this.#out += requests;
  }

  /** Of those taken: so many were sent and answered, so many were never sent. */
  settle(answered: number, unsent: number): void {
    this.#forget();
    this.#out -= answered + unsent;
    if (answered === 0) return;
    this.#count += answered;
    const until = Math.ceil((this.#clock.monotonic() + MINUTE_MS) / GRAIN_MS) * GRAIN_MS;
    const last = this.#answered.at(-1);
    if (last?.until === until)
      this.#answered[this.#answered.length - 1] = { until, count: last.count + answered };
    else this.#answered.push({ until, count: answered });
  }

  setLimit(limit: number): void {
    this.#limit = limit;
  }

  #forget(): void {
    const now = this.#clock.monotonic();
    let gone = 0;
    for (const { until, count } of this.#answered) {
      if (until > now) break;
      this.#count -= count;
      gone++;
    }
    if (gone > 0) this.#answered.splice(0, gone);
  }
}
