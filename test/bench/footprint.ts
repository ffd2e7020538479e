import { setTimeout as sleep } from 'node:timers/promises';
import { defaultNamespace } from '../../src/api/group.ts';
import { namespaces } from '../../src/kube/resource.ts';
import { until } from '../helpers/until.ts';
import { makeForeignSecrets } from './foreign-secrets.ts';
import type { MeasuredOperator } from './operator.ts';
import { numbered, Site } from './site.ts';
import type { Program, Stage } from './stage.ts';
import { percentile } from './statistics.ts';

/** What one bundle takes; every list has one number for each repetition. */
export interface Footprint {
  readonly program: Program;
  readonly foreignSecrets: number;
  /** From before the process is made until the API server has accepted its watch of MachineClients; an empty cluster. */
  readonly untilWatchMs: readonly number[];
  /** Until its log says that all caches are filled. */
  readonly untilFilledMs: readonly number[];
  /** Until the Secret of a MachineClient that waits for it is seen on a watch. */
  readonly untilSecretMs: readonly number[];
  readonly empty: Memory;
  /** Each with the foreign Secrets; the first one without MachineClients. */
  readonly sizes: readonly Size[];
}

export interface Memory {
  /** At rest, after a scrape. */
  readonly residentBytes: readonly number[];
  /** At any time since the start, by samples. */
  readonly peakBytes: readonly number[];
  /** After a full collection. */
  readonly heapBytes: readonly number[];
}

export interface Size extends Memory {
  readonly clients: number;
  /** Of a start over so many that are Ready. */
  readonly untilFilledMs: readonly number[];
  readonly untilSettledMs: readonly number[];
}

export interface FootprintOptions {
  /** Each is measured by turns with the others. */
  readonly programs: readonly Program[];
  /** Rising. */
  readonly clients: readonly number[];
  readonly foreignSecrets: number;
  readonly starts: number;
  readonly memoryRuns: number;
  readonly say: (line: string) => void;
}

/** Long enough for V8 to give back what it needed for the start. */
const REST_MS = 15_000;
const LOOK_EVERY_MS = 20;
/** Rarely: with 10,000 clients a scrape is work, and what it takes would be measured too. */
const SETTLE_EVERY_MS = 1_000;
const WATCH = 'watch machineclients.machine-client.dev';

/**
 * Start-up and memory of the operator as the image starts it, with its lease. The provider of the first Secret was
 * seen and found Ready by an operator before; each process still has to connect and to sweep its account.
 */
export const measureFootprint = async (stage: Stage, options: FootprintOptions): Promise<Footprint[]> => {
  const { programs, foreignSecrets, say } = options;
  const { kube } = stage;
  const metadata = { name: defaultNamespace };
  // Whose provisioning is not measured.
  const [first] = programs;
  if (!first) throw new Error('nothing to measure');
  await kube.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata });

  const starts = await byTurns(programs, options.starts, async (program, turn) => {
    say(`start ${turn + 1} of ${options.starts} in an empty cluster`);
    await using operator = await start(stage, program);
    const untilWatchMs = await untilWatch(operator);
    const untilFilledMs = await untilFilled(operator);
    await operator.stop();
    return { untilWatchMs, untilFilledMs };
  });
  const empty = await byTurns(programs, options.memoryRuns, async (program) => {
    say('an empty cluster');
    await using operator = await start(stage, program);
    await operator.settled({ idle: true });
    return await memoryOf(operator);
  });

  await using site = await Site.make(stage, 0);
  await provision(site, first, numbered('first', 1));
  const firsts = await byTurns(programs, options.starts, async (program, turn) => {
    say(`first Secret ${turn + 1} of ${options.starts}`);
    const name = `s${programs.indexOf(program)}-${turn}`;
    await site.create([name]);
    await using operator = await start(stage, program);
    await site.observer.ready([name]);
    await operator.stop();
    return (site.observer.secretAt.get(name) ?? Number.NaN) - operator.startedAt;
  });
  await removeAll(site, first);

  say(`${foreignSecrets} foreign Secrets`);
  await makeForeignSecrets(kube, foreignSecrets);
  const sizes: (readonly (readonly Size[])[])[] = [];
  let made = 0;
  for (const clients of [0, ...options.clients]) {
    say(`${clients} MachineClients`);
    await provision(site, first, numbered('m', clients).slice(made));
    made = clients;
    sizes.push(await byTurns(programs, options.memoryRuns, (program) => measureSize(site, program, clients)));
  }

  return programs.map((program, index) => ({
    program,
    foreignSecrets,
    untilWatchMs: (starts[index] ?? []).map(({ untilWatchMs }) => untilWatchMs),
    untilFilledMs: (starts[index] ?? []).map(({ untilFilledMs }) => untilFilledMs),
    untilSecretMs: firsts[index] ?? [],
    empty: together(empty[index] ?? []),
    sizes: sizes.map((bySize) => {
      const runs = bySize[index] ?? [];
      return {
        clients: runs[0]?.clients ?? 0,
        ...together(runs),
        untilFilledMs: runs.flatMap(({ untilFilledMs }) => untilFilledMs),
        untilSettledMs: runs.flatMap(({ untilSettledMs }) => untilSettledMs),
      };
    }),
  }));
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Of the medians: what one MachineClient adds to the heap. */
export const heapPerClient = (sizes: readonly Size[], size: Size): number =>
  (median(size.heapBytes) - median(sizes[0]?.heapBytes ?? [])) / size.clients;

/** A, B, A, B, …: what the machine does meanwhile meets all of them. By program. */
const byTurns = async <T>(
  programs: readonly Program[],
  turns: number,
  work: (program: Program, turn: number) => Promise<T>,
): Promise<T[][]> => {
  const results = programs.map((): T[] => []);
  for (let turn = 0; turn < turns; turn++)
    for (const [index, program] of programs.entries()) results[index]?.push(await work(program, turn));
  return results;
};

const together = (runs: readonly Memory[]): Memory => ({
  residentBytes: runs.flatMap(({ residentBytes }) => residentBytes),
  peakBytes: runs.flatMap(({ peakBytes }) => peakBytes),
  heapBytes: runs.flatMap(({ heapBytes }) => heapBytes),
});

const start = (stage: Stage, program: Program): Promise<MeasuredOperator> =>
  stage.startOperator({ program, leaderElect: true });

const untilWatch = async (operator: MeasuredOperator): Promise<number> => {
  const isOpen = async (): Promise<boolean> => ((await operator.scrape()).requests[WATCH] ?? 0) > 0;
  await until('the watch of MachineClients', isOpen, { everyMs: LOOK_EVERY_MS, timeoutMs: 60_000 });
  return performance.now() - operator.startedAt;
};

const untilFilled = async (operator: MeasuredOperator): Promise<number> => {
  const ask = async (): Promise<number | undefined> => (await operator.said('caches are filled'))[0];
  const at = await until('the caches to be filled', ask, { timeoutMs: 120_000 });
  return at - performance.timeOrigin - operator.startedAt;
};

/** Stops it. */
const memoryOf = async (operator: MeasuredOperator): Promise<Memory> => {
  await sleep(REST_MS);
  const residentBytes = [await operator.residentBytes()];
  const peakBytes = [operator.peak.bytes];
  const heapBytes = [await operator.liveHeapBytes()];
  await operator.stop();
  return { residentBytes, peakBytes, heapBytes };
};

const measureSize = async (site: Site, program: Program, clients: number): Promise<Size> => {
  await using operator = await start(site.stage, program);
  const untilFilledMs = [await untilFilled(operator)];
  const { at } = await operator.settled({ everyMs: SETTLE_EVERY_MS });
  const untilSettledMs = [at - operator.startedAt];
  return { clients, untilFilledMs, untilSettledMs, ...(await memoryOf(operator)) };
};

const provision = async (site: Site, program: Program, names: readonly string[]): Promise<void> => {
  await site.create(names);
  await using operator = await start(site.stage, program);
  await site.observer.ready(names);
  await operator.settled({ everyMs: SETTLE_EVERY_MS });
  await operator.stop();
};

const removeAll = async (site: Site, program: Program): Promise<void> => {
  await using operator = await start(site.stage, program);
  await site.delete([...site.observer.readyAt.keys()]);
  await site.observer.only(0);
  await operator.stop();
};
