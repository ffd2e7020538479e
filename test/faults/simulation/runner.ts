import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Letter, letters, type Violation } from './findings.ts';
import type { Seed } from './seeds.ts';
import type { ProviderName } from './upstreams/upstream.ts';
import type { Order, Report } from './worker.ts';

export interface Failure {
  readonly seed: Seed;
  readonly violations: readonly Violation[];
}

/** What was met in the schedules of one provider. */
export interface Tally {
  schedules: number;
  readonly limits: Map<Letter, number>;
  readonly counts: Map<string, number>;
}

export interface Summary {
  readonly schedules: number;
  readonly failures: readonly Failure[];
  readonly tallies: ReadonlyMap<ProviderName, Tally>;
}

export interface RunOptions {
  readonly seeds: readonly Seed[];
  readonly workers: number;
  /** After so many failures the rest is not worth the time. */
  readonly mostFailures: number;
  readonly onFailure: (failure: Failure) => void;
  readonly onProgress: (done: number, failures: number) => void;
}

const add = <K>(to: Map<K, number>, key: K, count: number): void => {
  to.set(key, (to.get(key) ?? 0) + count);
};

/**
 * Of a world that has ended something stays: a process that is killed in it never ends, and neither do its promises. So
 * a thread lives for so many of them.
 */
const OF_A_THREAD = 100;

/** On several threads; each schedule has a world of its own, so the order means nothing. */
export const runSchedules = async (options: RunOptions): Promise<Summary> => {
  const { seeds, workers, mostFailures, onFailure, onProgress } = options;
  const tallies = new Map<ProviderName, Tally>();
  const failures: Failure[] = [];
  let done = 0;
  const threads = new Set<Worker>();
  // The first of each hundred, the second of each, and so on: threads of one length, whatever a provider costs.
  const size = Math.ceil(seeds.length / OF_A_THREAD);
  const orders = Array.from({ length: size }, (_, index) =>
    seeds.filter((_seed, place) => place % size === index),
  );
  const fail = (failure: Failure): void => {
    failures.push(failure);
    onFailure(failure);
    if (failures.length < mostFailures) return;
    orders.length = 0;
    for (const thread of threads) void thread.terminate();
  };
  const hear = ({ seed, limits, counts, violations }: Extract<Report, { kind: 'done' }>): void => {
    done++;
    const tally = tallies.get(seed.provider) ?? { schedules: 0, limits: new Map(), counts: new Map() };
    tallies.set(seed.provider, tally);
    tally.schedules++;
    for (const letter of letters) if (limits.has(letter)) add(tally.limits, letter, limits.get(letter) ?? 0);
    for (const [what, count] of counts) add(tally.counts, what, count);
    if (violations.length > 0) fail({ seed, violations });
    onProgress(done, failures.length);
  };
  const run = (order: Order): Promise<void> =>
    new Promise((resolve) => {
      const thread = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData: order });
      threads.add(thread);
      let [seed] = order;
      thread.on('message', (report: Report) => {
        if (report.kind === 'begins') ({ seed } = report);
        else hear(report);
      });
      thread.on('error', (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        if (seed) fail({ seed, violations: [{ invariant: 'crash', text, at: 0 }] });
      });
      thread.on('exit', () => {
        threads.delete(thread);
        resolve();
      });
    });
  const runNext = async (): Promise<void> => {
    for (let order = orders.shift(); order; order = orders.shift()) await run(order);
  };
  await Promise.all(Array.from({ length: workers }, runNext));
  return { schedules: done, failures, tallies };
};
