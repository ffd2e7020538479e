import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Letter, letters, type Violation } from './findings.ts';
import type { Order, Report } from './worker.ts';

export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

export interface Summary {
  readonly schedules: number;
  readonly failures: readonly Failure[];
  readonly limits: ReadonlyMap<Letter, number>;
  readonly counts: ReadonlyMap<string, number>;
}

export interface RunOptions {
  readonly from: number;
  readonly schedules: number;
  readonly workers: number;
  /** After so many failures the rest is not worth the time. */
  readonly mostFailures: number;
  readonly onFailure: (failure: Failure) => void;
  readonly onProgress: (done: number, failures: number) => void;
}

/** Seeds `from`, `from + 1`, … on several threads; each schedule has a world of its own, so the order means nothing. */
export const runSchedules = async (options: RunOptions): Promise<Summary> => {
  const { from, schedules, workers, mostFailures, onFailure, onProgress } = options;
  const limits = new Map<Letter, number>();
  const counts = new Map<string, number>();
  const failures: Failure[] = [];
  let done = 0;
  const threads: Worker[] = [];
  const fail = (failure: Failure): void => {
    failures.push(failure);
    onFailure(failure);
    if (failures.length >= mostFailures) for (const thread of threads) void thread.terminate();
  };
  const hear = (report: Extract<Report, { kind: 'done' }>): void => {
    done++;
    for (const letter of letters) {
      const count = report.limits.get(letter);
      if (count !== undefined) limits.set(letter, (limits.get(letter) ?? 0) + count);
    }
    for (const [what, count] of report.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    if (report.violations.length > 0) fail({ seed: report.seed, violations: report.violations });
    onProgress(done, failures.length);
  };
  const run = (index: number): Promise<void> =>
    new Promise((resolve) => {
      const order: Order = { from: from + index, until: from + schedules, every: workers };
      const thread = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData: order });
      threads.push(thread);
      let seed = order.from;
      thread.on('message', (report: Report) => {
        if (report.kind === 'begins') ({ seed } = report);
        else hear(report);
      });
      thread.on('error', (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        fail({ seed, violations: [{ invariant: 'crash', text, at: 0 }] });
      });
      thread.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: workers }, (_, index) => run(index)));
  return { schedules: done, failures, limits, counts };
};
