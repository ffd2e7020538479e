import type { Logger } from 'pino';
import { isConflict, KubeError } from '../kube/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { BudgetLine, Waited } from '../runtime/budget-line.ts';
import type { Crew } from '../runtime/crew.ts';
import type { Next } from '../runtime/next.ts';
import type { Taken, WorkQueue } from '../runtime/work-queue.ts';

export interface WorkerOptions {
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crew: Crew;
  /** Its keys that wait for a budget, where there are such. */
  readonly line?: BudgetLine | undefined;
  /** `waited`: for what is there when it begins. */
  readonly work: (taken: Taken, signal: AbortSignal, waited: Waited | undefined) => Promise<Next>;
  /** Told how long a key stood in the queue, and how long its pass took. Seconds. */
  readonly onTaken: (seconds: number) => void;
  readonly onWorked: (seconds: number) => void;
}

/** Timers are re-armed by the clock, yet nothing is gained by looking further ahead than this. */
const LONGEST_DELAY_MS = 24 * 3_600_000;

/** Takes keys until the signal is aborted; what is under way then is finished. */
export const runWorkers = async (
  { queue, line, clock, log, crew, work, onTaken, onWorked }: WorkerOptions,
  taking: AbortSignal,
  working: AbortSignal,
): Promise<void> => {
  const one = async (goesHome: () => boolean): Promise<void> => {
    for (;;) {
      const taken = await queue.take(taking);
      if (!taken) return;
      onTaken(taken.waitedMs / 1_000);
      const begunAt = clock.monotonic();
      const { key, lane } = taken;
      using waited = line?.take(key);
      try {
        const next = await work(taken, working, waited);
        if (next.kind === 'failed') {
          if (next.atLeastMs !== undefined) queue.addAfter(key, next.atLeastMs, next.lane ?? lane);
          else queue.addRateLimited(key, next.lane ?? lane);
        } else {
          queue.forget(key);
          if (next.kind === 'busy') line?.wait(key, next.need, waited);
          if (next.kind === 'after')
            queue.addAfter(key, Math.min(Math.max(next.ms, 0), LONGEST_DELAY_MS), next.lane ?? lane);
        }
      } catch (error) {
        if (working.aborted) return;
        // One key's failure never stops the others. A conflict is none: the watch will bring what somebody else has
        // written, and wake the key. A watch may be far behind, so until then it is tried ever more rarely.
        if (!(error instanceof KubeError)) log.error({ key, err: error }, 'pass failed');
        else if (!isConflict(error)) log.warn({ key, err: error }, 'pass failed');
        queue.addRateLimited(key, lane);
      } finally {
        queue.done(key);
        onWorked((clock.monotonic() - begunAt) / 1_000);
      }
      if (goesHome()) return;
    }
  };
  await crew.run(one);
};
