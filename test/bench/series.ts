import { setTimeout as sleep } from 'node:timers/promises';
import { measureFloor, readTemplate } from './floor.ts';
import { added, type Scrape } from './metrics.ts';
import type { MeasuredOperator } from './operator.ts';
import { numbered, type Site } from './site.ts';
import { type Spread, spread } from './statistics.ts';

/** What some work cost the operator. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly steadyBytes: number;
  readonly loopP99Ms: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly upstream: Readonly<Record<string, number>>;
}

export interface Series {
  readonly clients: number;
  readonly latencyMs: number;
  /** From the process's start, so its own start is in the cost. */
  readonly backlog: Cost & { readonly perSecond: number; readonly wallSeconds: number };
  readonly burst: Cost & { readonly untilSecretMs: Spread; readonly perSecond: number };
  readonly light: { readonly clients: number; readonly untilSecretMs: Spread };
  readonly floorPerSecond: number;
  /** Of the backlog. */
  readonly floorRatio: number;
}

/** For events, timers and the collector. */
const REST_MS = 2_000;
const LIGHT_EVERY_MS = 100;

export interface SeriesOptions {
  readonly clients: number;
  readonly latencyMs: number;
  readonly lightClients: number;
  readonly say: (line: string) => void;
}

/** One load after the other; the floor between them, when no operator runs. */
export const runSeries = async (site: Site, options: SeriesOptions): Promise<Series> => {
  const { clients, latencyMs, say } = options;
  const { stage, observer } = site;
  const backlogNames = numbered('b', clients);
  say(`${clients} clients, ${latencyMs} ms: backlog`);
  await site.create(backlogNames);
  const backlog = await measureBacklog(site, backlogNames);

  // At once: others may use this machine too, and only what is measured side by side can be compared.
  say(`${clients} clients, ${latencyMs} ms: floor`);
  const floorPerSecond = await measureFloor(stage, await readTemplate(site, backlogNames[0] ?? ''), clients);
  const floorRatio = backlog.perSecond / floorPerSecond;

  await using operator = await stage.startOperator();
  await operator.settled();
  say(`${clients} clients, ${latencyMs} ms: burst`);
  const before = await mark(site, operator);
  const burstNames = numbered('u', clients);
  const begun = await site.create(burstNames);
  await observer.ready(burstNames);
  const burst = {
    ...(await costOf(site, operator, before)),
    untilSecretMs: spread(untilSecret(site, begun)),
    perSecond: rate(
      clients,
      Math.min(...begun.values()),
      Math.max(...burstNames.map((name) => observer.secretAt.get(name) ?? 0)),
    ),
  };

  say(`${clients} clients, ${latencyMs} ms: light load`);
  const lightNames = numbered('l', options.lightClients);
  const light = { clients: options.lightClients, untilSecretMs: spread(await lightLoad(site, lightNames)) };
  return { clients, latencyMs, backlog, burst, light, floorPerSecond, floorRatio };
};

const measureBacklog = async (site: Site, names: readonly string[]): Promise<Series['backlog']> => {
  const { stage, observer } = site;
  await using operator = await stage.startOperator();
  await observer.ready(names);
  const wallSeconds = (performance.now() - operator.startedAt) / 1000;
  const cost = await costOf(site, operator, { cpuSeconds: 0, requests: {}, calls: {} });
  await operator.stop();
  const first = Math.min(...observer.fencedAt.values());
  const last = Math.max(...observer.secretAt.values());
  return { ...cost, perSecond: rate(names.length, first, last), wallSeconds };
};

const rate = (count: number, from: number, to: number): number => count / ((to - from) / 1000);

interface Mark {
  readonly cpuSeconds: number;
  readonly requests: Scrape['requests'];
  readonly calls: Readonly<Record<string, number>>;
}

const mark = async (site: Site, operator: MeasuredOperator): Promise<Mark> => {
  const { cpuSeconds, requests } = await operator.scrape();
  operator.peak.bytes = 0;
  return { cpuSeconds, requests, calls: await site.calls() };
};

/** Since `before`. What the loop did is read at once: the rest that follows would hide it. */
const costOf = async (site: Site, operator: MeasuredOperator, before: Mark): Promise<Cost> => {
  const busy = await operator.scrape();
  await sleep(REST_MS);
  const after = await operator.scrape();
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    peakBytes: operator.peak.bytes,
    steadyBytes: after.residentBytes,
    loopP99Ms: busy.loopP99Ms,
    requests: added(before.requests, after.requests),
    upstream: added(before.calls, await site.calls()),
  };
};

const untilSecret = (site: Site, begun: ReadonlyMap<string, number>): number[] =>
  [...begun].map(([name, at]) => (site.observer.secretAt.get(name) ?? Number.NaN) - at);

/** One create after the other, ten a second, whatever the ones before came to. */
const lightLoad = async (site: Site, names: readonly string[]): Promise<number[]> => {
  const begun: Promise<ReadonlyMap<string, number>>[] = [];
  for (const name of names) {
    begun.push(site.create([name]));
    await sleep(LIGHT_EVERY_MS);
  }
  await site.observer.ready(names);
  return (await Promise.all(begun)).flatMap((one) => untilSecret(site, one));
};
