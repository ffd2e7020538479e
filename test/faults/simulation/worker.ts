import { parentPort, workerData } from 'node:worker_threads';
import type { Letter, Violation } from './findings.ts';
import { generate } from './generate.ts';
import { simulate } from './simulate.ts';

export interface Order {
  readonly from: number;
  readonly until: number;
  readonly every: number;
}

export type Report =
  | { readonly kind: 'begins'; readonly seed: number }
  | {
      readonly kind: 'done';
      readonly seed: number;
      readonly violations: readonly Violation[];
      readonly limits: ReadonlyMap<Letter, number>;
      readonly counts: ReadonlyMap<string, number>;
    };

const port = parentPort;
if (!port) throw new Error('worker.ts runs in a worker thread: see runner.ts');
const { from, until, every } = workerData as Order;
const tell = (report: Report): void => port.postMessage(report);
for (let seed = from; seed < until; seed += every) {
  // Should the thread die of it, this is the seed to replay.
  tell({ kind: 'begins', seed });
  const { violations, limits, counts } = await simulate(generate(seed));
  tell({ kind: 'done', seed, violations, limits, counts });
}
