import { setTimeout as sleep } from 'node:timers/promises';
import { findCondition } from '../../src/api/conditions.ts';
import { machineClients } from '../../src/api/objects.ts';
import { until } from '../helpers/until.ts';
import type { MachineClientWire } from '../helpers/world.ts';
import { numbered, type Site } from './site.ts';
import { type Spread, spread } from './statistics.ts';

export interface DueTogether {
  readonly clients: number;
  readonly requestsPerMinute: number;
  /** From the first moment that any was due until the last old credential was retired. */
  readonly seconds: number;
  /** All that arrived at the provider in that time, by operation. */
  readonly upstream: Readonly<Record<string, number>>;
  readonly refused: number;
  /** The most calls in any 60 seconds. */
  readonly busiestMinute: number;
  /** Without those of the person. */
  readonly requestsPerRotation: number;
  /** Of a person's creations before anything is due. */
  readonly quietUntilSecretMs: Spread;
  readonly person: { readonly clients: number; readonly untilSecretMs: Spread; readonly mostMs: number };
}

export interface DueTogetherOptions {
  readonly clients: number;
  readonly say: (line: string) => void;
}

const MINUTE_MS = 60_000;
/** Of the provider's limit; the jitter of a schedule with this period is below a minute. */
const PERIOD_MINUTES = 10;
const REQUESTS_A_CLIENT = 1.2;
/** Before they are due they are made, and then the provider's minute must pass. */
const CREATING_MS = 60_000;
const PERSON_EVERY_MS = 1_000;
const DONE_WITHIN_MS = 15 * MINUTE_MS;

/**
 * So many rotations due in the same minute, with a budget that is exactly what the provider allows, and far below what
 * they need in that minute. Meanwhile a person makes one client after the other.
 */
export const measureDueTogether = async (site: Site, options: DueTogetherOptions): Promise<DueTogether> => {
  const { clients, say } = options;
  const requestsPerMinute = Math.ceil(clients * REQUESTS_A_CLIENT);
  await using operator = await site.stage.startOperator();
  await operator.settled();

  const dueAt = Math.ceil((Date.now() + CREATING_MS + MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  const minute = new Date(dueAt).getUTCMinutes();
  const minutes = Array.from({ length: 60 / PERIOD_MINUTES }, (_, n) => (minute + n * PERIOD_MINUTES) % 60);
  const schedule = `${minutes.toSorted((a, b) => a - b).join(',')} * * * *`;
  say(`${clients} clients that are due in one minute, at ${new Date(dueAt).toISOString()}`);
  const names = numbered('d', clients);
  await site.create(names, { rotation: { schedule, overlap: '5s' } });
  await site.observer.ready(names);
  if (Date.now() > dueAt - MINUTE_MS) throw new Error('creating them took too long; they are due already');
  await site.limit({ requestsPerMinute, burst: 20, concurrency: 8 }, requestsPerMinute);
  // What the machine takes when nothing is due: others may use it too.
  const pause = new AbortController();
  const beforeDue = playPerson(site, 'q', pause.signal);
  await sleep(dueAt - MINUTE_MS / 2 - Date.now());
  pause.abort();
  const quiet = spread(await beforeDue);
  await sleep(dueAt - Date.now());

  say(`rotations at ${requestsPerMinute} requests a minute`);
  const before = (await site.requests()).at(-1)?.seq ?? 0;
  const begun = performance.now();
  const stop = new AbortController();
  const person = playPerson(site, 'p', stop.signal);
  await Promise.race([allRotated(site, clients), person]);
  const seconds = (performance.now() - begun) / 1000;
  stop.abort();
  const waits = await person;
  await until('all statuses to say so', () => isAllSaid(site, names), { everyMs: 500, timeoutMs: 60_000 });

  const requests = await site.requests(before);
  const upstream: Record<string, number> = {};
  for (const { operation } of requests) upstream[operation] = (upstream[operation] ?? 0) + 1;
  await operator.stop();
  return {
    clients,
    requestsPerMinute,
    seconds,
    upstream,
    refused: requests.filter(({ status }) => status === 429).length,
    busiestMinute: most(requests.map(({ at }) => at)),
    requestsPerRotation: (requests.length - (upstream['create'] ?? 0)) / clients,
    quietUntilSecretMs: quiet,
    person: { clients: waits.length, untilSecretMs: spread(waits), mostMs: Math.max(...waits) },
  };
};

/** How long each of its clients took, in milliseconds. */
const playPerson = async (site: Site, prefix: string, stop: AbortSignal): Promise<number[]> => {
  const begun = new Map<string, number>();
  for (let n = 0; !stop.aborted; n++) {
    const name = `${prefix}-${String(n).padStart(4, '0')}`;
    for (const [key, at] of await site.create([name])) begun.set(key, at);
    await sleep(PERSON_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
  await site.observer.ready([...begun.keys()]);
  return [...begun].map(([name, at]) => (site.observer.secretAt.get(name) ?? Number.NaN) - at);
};

const allRotated = async (site: Site, clients: number): Promise<void> => {
  let done = 0;
  const isDone = async (): Promise<boolean> => {
    done = (await site.committed())['rotate'] ?? 0;
    return done >= clients;
  };
  const explain = (): string => `${done} of ${clients} are`;
  await until('all to be rotated', isDone, { everyMs: 250, timeoutMs: DONE_WITHIN_MS, explain });
};

const isAllSaid = async ({ stage, namespace }: Site, names: readonly string[]): Promise<boolean> => {
  const statuses = await Promise.all(
    names.map(
      async (name) => (await stage.kube.get<MachineClientWire>(machineClients, { namespace, name })).status,
    ),
  );
  return statuses.every(
    (status) =>
      status?.secretVersion === 2 &&
      findCondition(status.conditions, 'RotationInProgress')?.status !== 'True',
  );
};

/** The most of these moments (ascending) that lie within one minute. */
const most = (moments: readonly number[]): number => {
  let first = 0;
  let found = 0;
  for (const [index, at] of moments.entries()) {
    while (at - (moments[first] ?? at) >= MINUTE_MS) first++;
    found = Math.max(found, index - first + 1);
  }
  return found;
};
