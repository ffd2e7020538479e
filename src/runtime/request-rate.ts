import type { Limits } from './request-limits.ts';
import type { Clock } from './clock.ts';

const MINUTE_MS = 60_000;

/**
 * How often an account may be asked: at a steady rate, several at once after a quiet time (the burst), and never so that
 * more than the limit arrive in any 60 seconds, however long each is on its way. For that, a request counts from its
 * permission until a minute after its answer: it arrived somewhere in between.
 */
export class RequestRate {
  /** Others hold at once; a pause and a debt stay as long as they are. */
  limits: Limits;
  readonly #clock: Clock;
  /** Monotonic: what is permitted is what has come in since, at the steady rate, and the burst at most. */
  #spentUntil = Number.NEGATIVE_INFINITY;
  /** Permitted, and not answered yet. */
  #out = 0;
  /** Monotonic: when each was answered, of the last minute and the oldest first. */
  readonly #answeredAt: number[] = [];

  constructor(limits: Limits, clock: Clock) {
    this.limits = limits;
    this.#clock = clock;
  }

  /**
   * Milliseconds until so many may go, with a share of the burst and of the minute left for others; 0: now. More than
   * the burst go when that is full.
   */
  waitMs(requests: number, leave: number): number {
    const { requestsPerMinute, burst } = this.limits;
    const now = this.#clock.monotonic();
    const there = Math.min(requests + Math.floor(burst * leave), burst);
    const most = requestsPerMinute - Math.floor(requestsPerMinute * leave);
    const freeAt = Math.max(
      this.#spentUntil + there * this.#intervalMs,
      this.#roomAt(most - Math.min(requests, most), now),
    );
    return Math.max(0, freeAt - now);
  }

  take(requests: number): void {
    const fullAt = this.#clock.monotonic() - this.limits.burst * this.#intervalMs;
    this.#spentUntil = Math.max(this.#spentUntil, fullAt) + requests * this.#intervalMs;
    this.#out += requests;
  }

  /** Of those taken. More sent than taken: those who come later pay for it. */
  settle(requests: number, sent: number): void {
    this.#spentUntil += (sent - requests) * this.#intervalMs;
    this.#out -= requests;
    for (let n = 0; n < sent; n++) this.#answeredAt.push(this.#clock.monotonic());
  }

  /** Somebody else has spent what there is, and nothing comes in for `ms`. */
  pause(ms: number): void {
    this.#spentUntil = Math.max(this.#spentUntil, this.#clock.monotonic() + ms);
  }

  get #intervalMs(): number {
    return MINUTE_MS / this.limits.requestsPerMinute;
  }

  /** When no more than so many count. What is not answered yet is taken to be answered now. */
  #roomAt(most: number, now: number): number {
    while ((this.#answeredAt[0] ?? now) <= now - MINUTE_MS) this.#answeredAt.shift();
    const excess = this.#answeredAt.length + this.#out - most;
    return excess > 0 ? (this.#answeredAt[excess - 1] ?? now) + MINUTE_MS : now;
  }
}
