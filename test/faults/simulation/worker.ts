import { parentPort, workerData } from 'node:worker_threads';
import type { Letter, Violation } from './findings.ts';
import { generate } from './generate.ts';
import type { Seed } from './seeds.ts';
import { simulate } from './simulate.ts';

export type Order = readonly Seed[];

export type Report =
  | { readonly kind: 'begins'; readonly seed: Seed }
  | {
      readonly kind: 'done';
      readonly seed: Seed;
      readonly violations: readonly Violation[];
      readonly limits: ReadonlyMap<Letter, number>;
      readonly counts: ReadonlyMap<string, number>;
    };

const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread: see runner.ts');
const tell = (report: Report): void => port.postMessage(report);
for (const seed of workerData as Order) {
  // Should the thread die of it, this is the seed to replay.
  tell({ kind: 'begins', seed });
  const { violations, limits, counts } = await simulate(generate(seed));
  tell({ kind: 'done', seed, violations, limits, counts });
}
