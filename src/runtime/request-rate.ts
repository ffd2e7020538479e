import type { Clock } from './clock.ts';

const MINUTE_MS = 60_000;
/** Answers this close together are kept as one, the later. */
const GRAIN_MS = 100;
/** A timer that was set for the exact moment must find it come in spite of rounding. */
const ROUNDING_MS = 1e-3;

/**
 * How often an account may be asked: at a steady rate, several at once after a quiet time (the burst), and never so that
 * more than the limit arrive in any 60 seconds, however long each is on its way. For that, a request counts from its
 * permission until a minute after its answer: it arrived somewhere in between.
 */
export class RequestRate {
  readonly #clock: Clock;
  #perMinute: number;
  #burst: number;
  /** Monotonic: what is permitted is what has come in since, at the steady rate, and the burst at most. */
  #spentUntil: number;
  /** Permitted, and not answered yet. */
  #out = 0;
  /** Answered, the oldest first, and how many they are together. */
  readonly #answered: { readonly until: number; count: number }[] = [];
  #recent = 0;

  /** `perMinute` is above 0, `burst` 1 or more, which are there at first. */
  constructor(perMinute: number, burst: number, clock: Clock) {
    this.#clock = clock;
    this.#perMinute = perMinute;
    this.#burst = burst;
    this.#spentUntil = clock.monotonic() - burst * this.#intervalMs;
  }

  /**
   * Milliseconds until so many may go, with a share of the burst and of the minute left for others; 0: now. More than
   * the burst go when that is full. What is not answered yet is taken to be answered now.
   */
  waitMs(requests: number, leave: number): number {
    const now = this.#clock.monotonic();
    const there = Math.min(requests + Math.floor(this.#burst * leave), this.#burst);
    const steadyMs = this.#spentUntil + there * this.#intervalMs - now;
    const waitMs = Math.max(steadyMs, this.#minuteMs(requests, Math.floor(this.#perMinute * leave), now));
    return waitMs > ROUNDING_MS ? waitMs : 0;
  }

  /** Permitted, whether there is room for it or not: then those who come later pay for it. */
  take(requests: number): void {
    this.#spentUntil = Math.max(this.#spentUntil, this.#fullAt) + requests * this.#intervalMs;
    this.#out += requests;
  }

  /** Of those taken: so many were sent and answered, so many were never sent. */
  settle(answered: number, unsent: number): void {
    this.#spentUntil -= unsent * this.#intervalMs;
    this.#out -= answered + unsent;
    if (answered === 0) return;
    this.#recent += answered;
    const until = Math.ceil((this.#clock.monotonic() + MINUTE_MS) / GRAIN_MS) * GRAIN_MS;
    const last = this.#answered.at(-1);
    if (last?.until === until) last.count += answered;
    else this.#answered.push({ until, count: answered });
  }

  /** Somebody else has spent what there is, and nothing comes in for `ms`. */
  pause(ms: number): void {
    this.#spentUntil = Math.max(this.#spentUntil, this.#clock.monotonic() + ms);
  }

  setLimits(perMinute: number, burst: number): void {
    const now = this.#clock.monotonic();
    const there = Math.min(this.#burst, burst, (now - this.#spentUntil) / this.#intervalMs);
    this.#perMinute = perMinute;
    this.#burst = burst;
    // A pause and a debt stay as long as they are.
    if (there > 0) this.#spentUntil = now - there * this.#intervalMs;
  }

  get #intervalMs(): number {
    return MINUTE_MS / this.#perMinute;
  }

  /** Nothing more comes in than the burst. */
  get #fullAt(): number {
    return this.#clock.monotonic() - this.#burst * this.#intervalMs;
  }

  #minuteMs(requests: number, others: number, now: number): number {
    for (let [first] = this.#answered; first && first.until <= now; [first] = this.#answered) {
      this.#recent -= first.count;
      this.#answered.shift();
    }
    const allowed = this.#perMinute - others;
    let missing = Math.min(requests, allowed) + this.#out + this.#recent - allowed;
    if (missing <= 0) return 0;
    for (const { until, count } of this.#answered) {
      missing -= count;
      if (missing <= 0) return until - now;
    }
    return MINUTE_MS;
  }
}
