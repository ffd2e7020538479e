import { setTimeout as sleep } from 'node:timers/promises';
import { settings } from '../../src/config.ts';
import { makeForeignSecrets } from './foreign-secrets.ts';
import { added, type Scrape, writesIn } from './metrics.ts';
import type { MeasuredOperator } from './operator.ts';
import { numbered, type Site } from './site.ts';

export interface AtRest {
  readonly clients: number;
  readonly restart: {
    /** From the start of the process until nothing is done any more. */
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly searchPages: number;
    readonly upstream: Readonly<Record<string, number>>;
    readonly writes: number;
    readonly requests: Readonly<Record<string, number>>;
    readonly residentBytes: number;
  };
  readonly idle: {
    readonly seconds: number;
    readonly writes: number;
    readonly upstream: number;
    readonly passes: number;
    readonly cpuSeconds: number;
    readonly residentBytes: number;
  };
  readonly removal: { readonly seconds: number };
  readonly foreign: { readonly secrets: number; readonly residentBytes: number; readonly deltaBytes: number };
}

/** To see that nothing follows, and that memory is what stays. */
const REST_MS = 5_000;
/** The operator's settle time, and something for the clocks. */
const SETTLED_MS = settings['settle-time'].fallback + 1_000;

export interface AtRestOptions {
  readonly clients: number;
  readonly idleSeconds: number;
  readonly foreignSecrets: number;
  readonly say: (line: string) => void;
}

/** What an operator does that has nothing to do, and at the end the deletion of everything. */
export const measureAtRest = async (site: Site, options: AtRestOptions): Promise<AtRest> => {
  const { clients, say } = options;
  const { stage } = site;
  const names = numbered('r', clients);
  say(`${clients} clients for what follows`);
  await site.create(names);
  {
    await using first = await stage.startOperator();
    await site.observer.ready(names);
    await first.settled();
    await first.stop();
  }

  say(`restart over ${clients} healthy clients`);
  const callsBefore = await site.calls();
  await using operator = await stage.startOperator();
  const settled = await operator.settled();
  await sleep(REST_MS);
  const rested = await operator.scrape();
  const upstream = added(callsBefore, await site.calls());
  const restart = {
    seconds: (settled.at - operator.startedAt) / 1000,
    cpuSeconds: settled.scrape.cpuSeconds,
    searchPages: upstream['search'] ?? 0,
    upstream,
    writes: writesIn(rested.requests),
    requests: rested.requests,
    residentBytes: rested.residentBytes,
  };

  say(`${options.idleSeconds} s of nothing`);
  const idle = await beIdle(site, operator, rested, options.idleSeconds);
  await operator.stop();

  say(`${options.foreignSecrets} foreign Secrets`);
  await makeForeignSecrets(stage.kube, options.foreignSecrets);
  await using other = await stage.startOperator();
  await other.settled();
  await sleep(REST_MS);
  const { residentBytes } = await other.scrape();

  // A client whose creation is younger than the settle time waits for it first: that is not what is measured.
  say('removal');
  const age = performance.now() - Math.max(...site.observer.fencedAt.values());
  await sleep(Math.max(0, SETTLED_MS - age));
  const begun = performance.now();
  await site.delete(names);
  await site.observer.only(0);
  const removal = { seconds: (performance.now() - begun) / 1000 };
  await other.stop();

  const deltaBytes = residentBytes - restart.residentBytes;
  return {
    clients,
    restart,
    idle,
    removal,
    foreign: { secrets: options.foreignSecrets, residentBytes, deltaBytes },
  };
};

const beIdle = async (
  site: Site,
  operator: MeasuredOperator,
  before: Scrape,
  seconds: number,
): Promise<AtRest['idle']> => {
  const callsBefore = await site.calls();
  await sleep(seconds * 1000);
  const after = await operator.scrape();
  const calls = Object.values(added(callsBefore, await site.calls()));
  return {
    seconds,
    writes: writesIn(added(before.requests, after.requests)),
    upstream: calls.reduce((total, count) => total + count, 0),
    passes: after.passes - before.passes,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    residentBytes: after.residentBytes,
  };
};
