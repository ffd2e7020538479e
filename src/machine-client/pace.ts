import { scaled, type Timing } from './timing.ts';

/** A slow write is forgotten after about ten quick ones. */
const FADES = 0.8;
/** Room for one that takes twice as long as the slowest of late. */
const ROOM = 2;
/** A write that takes longer than half of this is given up by the transport. */
const MOST_MS = 30_000;

/**
 * How long the API server takes for a fence, in milliseconds. W, the time in which an upstream call may leave after its
 * fence, follows it: with a W that is shorter than a write takes (a webhook that is slow, an etcd that is), no call
 * ever leaves. Longer, an operation of unknown result settles that much later, for `until` is reckoned with it.
 */
export class FencePace {
  readonly #timing: Timing;
  #slowestMs = 0;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  took(ms: number): void {
    this.#slowestMs = Math.max(ms, this.#slowestMs * FADES);
  }

  /** W of the next operation. */
  get leaveMs(): number {
    const { leaveMs } = this.#timing;
    return Math.min(
      Math.max(leaveMs, ROOM * this.#slowestMs),
      Math.max(leaveMs, scaled(this.#timing, MOST_MS)),
    );
  }
}
