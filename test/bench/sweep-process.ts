/** Forked by sweeps.ts with --expose-gc: the operator's own inventory, and nothing else that would count. */
import { once } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import pino from 'pino';
import type { Inventory } from '../../src/providers/inventory.ts';
import { fullMark, makeMark } from '../../src/providers/mark.ts';
import { Pool } from '../../src/providers/pool.ts';
import { listMemory } from '../../src/runtime/allowance.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { until } from '../helpers/until.ts';
import { connectAccount, type Login, REQUEST_TIMEOUT_MS } from './connect.ts';

export interface SweepTask extends Login {
  readonly organization: string | undefined;
  readonly installation: string;
  readonly namespace: string;
  readonly names: readonly string[];
}

export interface Swept {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface SweepAnswer {
  readonly first: Swept;
  /** Nothing has changed since the one before. */
  readonly second: Swept;
  readonly found: number;
  readonly heapBytes: number;
  /** While the second one ran, over what stays. */
  readonly peakBytes: number;
  readonly lookUpsPerSecond: number;
}

const concurrency = 4;
/** No limit of the account's counts here: what a sweep takes under one is a matter of division. */
const limits = { requestsPerMinute: 600_000, burst: 10_000, concurrency };
const PATIENCE_MS = 600_000;

const heapNow = (): number => {
  if (!globalThis.gc) throw new Error('--expose-gc is missing');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

const timed = async (work: () => Promise<unknown>): Promise<Swept> => {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 };
};

const measure = async (task: SweepTask): Promise<SweepAnswer> => {
  const { organization, installation } = task;
  const account = connectAccount(task, concurrency);
  const member = { account, limits, resyncMs: 3_600_000, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const pool = new Pool(
    {
      installation,
      clock: systemClock,
      random: Math.random,
      log: pino({ level: 'silent' }),
      scale: (ms) => ms,
      memory: listMemory(getHeapStatistics().heap_size_limit),
      onTrouble: () => process.stderr.write(`${pool.trouble?.message ?? 'out of trouble'}\n`),
      onSwept: () => {},
      uses: () => true,
    },
    member,
  );
  pool.join('bench', member);
  pool.include(organization);
  const connected = pool.connected('bench', organization);
  if (!connected) throw new Error('not connected');
  const { inventory } = connected;
  const before = heapNow();
  const stop = new AbortController();
  let running = Promise.resolve();
  const first = await timed(async () => {
    running = pool.run(stop.signal);
    await sweptAfter(inventory, undefined);
  });
  const heapBytes = heapNow() - before;
  const { sweptAt } = inventory;
  let highest = 0;
  const sampler = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().heapUsed);
  }, 20);
  const second = await timed(async () => {
    connected.requestSweep(systemClock.now());
    await sweptAfter(inventory, sweptAt);
  });
  clearInterval(sampler);
  const found = task.names.filter((name) => isOne(inventory, task, name)).length;
  const lookUps = await timed(() => {
    for (const name of task.names) isOne(inventory, task, name);
    return Promise.resolve();
  });
  stop.abort();
  await running;
  await account.close();
  return {
    first,
    second,
    found,
    heapBytes,
    peakBytes: Math.max(0, highest - before - heapBytes),
    lookUpsPerSecond: task.names.length / lookUps.seconds,
  };
};

/** Where a list shows names alone, the short mark is all there is. */
const isOne = (inventory: Inventory, { installation, namespace }: SweepTask, name: string): boolean =>
  inventory.byMark(fullMark(installation, namespace, name)).length === 1 ||
  inventory.byMark(makeMark(installation, namespace, name).short).length === 1;

const sweptAfter = (inventory: Inventory, former: number | undefined): Promise<unknown> =>
  until('the account is swept', () => inventory.sweptAt !== undefined && inventory.sweptAt !== former, {
    timeoutMs: PATIENCE_MS,
  });

const [task] = (await once(process, 'message')) as [SweepTask];
const answer = await measure(task);
process.send?.(answer);
process.disconnect();
