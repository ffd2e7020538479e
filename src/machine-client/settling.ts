import type { Clock } from '../runtime/clock.ts';
import { Recent } from '../runtime/recent.ts';
import type { Operation } from '../api/operation.ts';
import { isFresh } from './operation.ts';
import { longestOperation, type Timing } from './timing.ts';

/** Of operations that are not settled: far more than are under way at once. */
const MOST = 10_000;
/** Clocks that are kept by NTP differ by less. */
const SKEW_MS = 5_000;

/** K as this process may take it: `at` and `until` by its own clock. */
export interface SeenOperation extends Operation {
  /** Its date was so far in the future when it was first seen: one of the nodes has a wrong clock. Milliseconds. */
  readonly aheadMs?: number | undefined;
}

/**
 * How long an operation of another process, on another node, can still have effects. `until` was reckoned by the clock of
 * that node, which may be an hour ahead. But it was written before it was seen here, and no operation lasts longer than
 * its own length: so from when it was first seen, its length is enough, whatever its dates say.
 *
 * A process that starts sees it for the first time, and waits anew: longer than it must, and never for long.
 */
export class Settling {
  readonly #clock: Clock;
  readonly #timing: Timing;
  readonly #seen = new Recent<{ readonly at: number; readonly aheadMs: number }>(MOST);

  constructor(clock: Clock, timing: Timing) {
    this.#clock = clock;
    this.#timing = timing;
  }

  of(operation: Operation | undefined): SeenOperation | undefined {
    const now = this.#clock.now();
    if (!isFresh(operation, now)) return operation;
    const monotonic = this.#clock.monotonic();
    let seen = this.#seen.get(operation.id);
    if (!seen) {
      const ahead = operation.at - now;
      seen = { at: monotonic, aheadMs: ahead > SKEW_MS ? ahead : 0 };
      this.#seen.set(operation.id, seen);
    }
    // Anybody who may write the object may write any date there.
    const length = Math.min(Math.max(0, operation.until - operation.at), longestOperation(this.#timing));
    const until = Math.ceil(Math.min(operation.until, now + seen.at + length - monotonic));
    const { aheadMs } = seen;
    return { ...operation, until, ...(aheadMs > 0 && { aheadMs, at: operation.at - aheadMs }) };
  }
}

/** For the end of a sentence about it. */
export const clockOf = (operation: SeenOperation): string => {
  const { aheadMs } = operation;
  return aheadMs === undefined
    ? ''
    : `; it is dated ${Math.round(aheadMs / 1_000)} s in the future, so the clock of a node that the operator ran on, or of this one, is wrong`;
};
