import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Letter, Violation } from './findings.ts';
import type { Seed } from './seeds.ts';
import type { ProviderName } from './upstreams/upstream.ts';
import type { Report } from './worker.ts';

/** One schedule to run: the one that a seed makes, or one that once failed. */
export type Job = { readonly seed: Seed } | { readonly regression: string };

export interface Failure {
  readonly job: Job;
  readonly violations: readonly Violation[];
}

/** What was met in schedules of one provider. */
interface Met {
  readonly schedules: number;
  readonly limits: ReadonlyMap<Letter, number>;
  readonly counts: ReadonlyMap<string, number>;
  readonly covered: ReadonlyMap<string, number>;
}

export interface Tally extends Met {
  schedules: number;
  readonly limits: Map<Letter, number>;
  readonly counts: Map<string, number>;
  /** In how many of them. */
  readonly covered: Map<string, number>;
}

export interface Summary {
  readonly schedules: number;
  readonly failures: readonly Failure[];
  readonly tallies: ReadonlyMap<ProviderName, Tally>;
}

export interface RunOptions {
  readonly jobs: readonly Job[];
  readonly workers: number;
  /** After so many failures the rest is not worth the time. */
  readonly mostFailures: number;
  readonly onFailure: (failure: Failure) => void;
  readonly onProgress: (done: number, failures: number) => void;
  readonly onReport?: ((job: Job, report: Report) => void) | undefined;
}

const add = <K>(to: Map<K, number>, key: K, count: number): void => {
  to.set(key, (to.get(key) ?? 0) + count);
};

const noTally = (): Tally => ({ schedules: 0, limits: new Map(), counts: new Map(), covered: new Map() });

/** `more` put into what there is. */
export const addTally = (before: Tally | undefined, more: Met): Tally => {
  const tally = before ?? noTally();
  tally.schedules += more.schedules;
  for (const [letter, times] of more.limits) add(tally.limits, letter, times);
  for (const [what, times] of more.counts) add(tally.counts, what, times);
  for (const [what, times] of more.covered) add(tally.covered, what, times);
  return tally;
};

/** Most of what a world makes is short-lived, and dies in a larger nursery without being looked at again; memory is there. */
const resourceLimits = { maxYoungGenerationSizeMb: 96 };

/** On several threads; each schedule has a world of its own, so the order means nothing. */
export const runSchedules = async (options: RunOptions): Promise<Summary> => {
  const { jobs, workers, mostFailures, onFailure, onProgress, onReport } = options;
  const tallies = new Map<ProviderName, Tally>();
  const failures: Failure[] = [];
  let done = 0;
  const threads = new Set<Worker>();
  const waiting = [...jobs];
  const fail = (failure: Failure): void => {
    failures.push(failure);
    onFailure(failure);
    if (failures.length < mostFailures) return;
    waiting.length = 0;
    for (const thread of threads) void thread.terminate();
  };
  const count = ({ provider }: Seed, { limits, counts, covered }: Report): void => {
    const one = { schedules: 1, limits, counts, covered: new Map(covered.map((what) => [what, 1] as const)) };
    tallies.set(provider, addTally(tallies.get(provider), one));
  };
  const hear = (job: Job, report: Report): void => {
    done++;
    const { violations } = report;
    onReport?.(job, report);
    if ('seed' in job) count(job.seed, report);
    if (violations.length > 0) fail({ job, violations });
    onProgress(done, failures.length);
  };
  /** A thread and its jobs, one after the other, until there are no more or it dies of one. */
  const runThread = (): Promise<void> =>
    new Promise((resolve) => {
      const thread = new Worker(join(import.meta.dirname, 'worker.ts'), { resourceLimits });
      threads.add(thread);
      let job: Job | undefined;
      const next = (): void => {
        job = waiting.shift();
        thread.postMessage(job, []);
      };
      thread.on('message', (report: Report) => {
        if (job) hear(job, report);
        next();
      });
      thread.on('error', (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        if (job) fail({ job, violations: [{ invariant: 'crash', text, at: 0 }] });
      });
      thread.on('exit', () => {
        threads.delete(thread);
        resolve();
      });
      next();
    });
  const runNext = async (): Promise<void> => {
    while (waiting.length > 0) await runThread();
  };
  await Promise.all(Array.from({ length: workers }, runNext));
  return { schedules: done, failures, tallies };
};
