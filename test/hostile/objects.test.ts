import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text as streamText } from 'node:stream/consumers';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineClients } from '../../src/api/objects.ts';
import type { IdentityProviderController } from '../../src/controllers/identity-provider.ts';
import { makeCaches } from '../../src/controllers/caches.ts';
import { wireTriggers } from '../../src/controllers/triggers.ts';
import {
  isInitialWatch,
  isList,
  isResumedWatch,
  refuse,
  UnkindServer,
} from '../../src/kube/testing/unkind-server.ts';
import { testTransport } from '../../src/kube/testing/test-transport.ts';
import { decide } from '../../src/machine-client/decide.ts';
import { isRest } from '../../src/machine-client/plan.ts';
import { statusOf, statusPatch } from '../../src/machine-client/status/status.ts';
import { facts, given } from '../../src/machine-client/testing/facts.ts';
import { registerObjectMetrics } from '../../src/observability/object-metrics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { printable } from '../../src/runtime/printable.ts';
import { Secret } from '../../src/runtime/secret.ts';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { asInTheChart } from '../helpers/in-the-chart.ts';
import { until } from '../helpers/until.ts';
import { hostileObjects } from './objects.ts';

/**
 * Hostile objects on their way from the API server to the status, beside a healthy neighbour: at the first list, in pages
 * and as a stream, and as events.
 */
let server: UnkindServer;
beforeAll(async () => {
  server = await UnkindServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const fillCaches = join(import.meta.dirname, 'fill-caches.ts');
const PROVIDER = '"providerRef":{"name":"stytch"}';
const objectText = (name: string, version: number, members = `"spec":{${PROVIDER}}`, metadata = ''): string =>
  `{"apiVersion":"machine-client.dev/v1beta1","kind":"MachineClient","metadata":{"annotations":{},${metadata}"generation":1,"name":"${name}","namespace":"ns","resourceVersion":"${version}","uid":"uid-${name}"},${members}}`;
const eventText = (type: string, object: string): string => `{"type":"${type}","object":${object}}\n`;
const bookmark = eventText(
  'BOOKMARK',
  '{"metadata":{"resourceVersion":"10","annotations":{"k8s.io/initial-events-end":"true"}}}',
);

/** An operator's caches, triggers and metrics over what the server is told to send. */
const observed = async (first: 'pages' | 'stream', hostile: (name: string, version: number) => string) => {
  const queue = () =>
    new WorkQueue({ clock: systemClock, random: Math.random, backoff: { firstMs: 1, mostMs: 2 } });
  const queues = { machineClients: queue(), providers: queue() };
  const made = testTransport(server.url);
  const caches = makeCaches({
    transport: made.transport,
    clock: systemClock,
    random: Math.random,
    log: pino({ level: 'silent' }),
    integrity: { id: 'k', key: new Secret('a2V5') },
    watchNamespaces: ['ns'],
  });
  const controller: Pick<IdentityProviderController, 'referenceChanged'> = { referenceChanged: () => [] };
  wireTriggers(caches, queues, controller as IdentityProviderController);
  const found = caches.reflectors.find(({ name }) => name.startsWith(machineClients.plural));
  if (!found) throw new Error('MachineClients are not watched');

  server.becomeKind();
  const listed = [hostile('hostile', 1), objectText('healthy', 2), hostile('last', 3)];
  if (first === 'pages') server.always(isInitialWatch, refuse(400, 'BadRequest'));
  server.always(isInitialWatch, (response) =>
    response.writeHead(200).end(listed.map((object) => eventText('ADDED', object)).join('') + bookmark),
  );
  server.always(isList, (response) =>
    response.writeHead(200).end(`{"metadata":{"resourceVersion":"10"},"items":[${listed.join(',')}]}`),
  );
  server.once(isResumedWatch, (response) =>
    response
      .writeHead(200)
      .write(
        [
          eventText('MODIFIED', hostile('hostile', 11)),
          eventText('ADDED', hostile('live', 12)),
          eventText('MODIFIED', objectText('healthy', 13)),
          eventText('ADDED', objectText('beside', 14)),
        ].join(''),
      ),
  );
  const stop = new AbortController();
  const running = found.reflector.run(stop.signal);
  await until('the neighbours are served', () => caches.machineClients.get('ns/beside') !== undefined, {
    everyMs: 1,
  });
  const registry = new Registry();
  registerObjectMetrics(registry, {
    machineClients: () => caches.machineClients.values(),
    accounts: () => [],
    perObject: true,
  });
  return {
    caches,
    queues,
    metrics: () => registry.metrics(),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('over'));
      await running;
      for (const one of Object.values(queues)) one.shutDown();
      await made[Symbol.asyncDispose]();
    },
  };
};

/** What the status of an object would say, as far as it comes to that. */
const judged = (
  object: NonNullable<ReturnType<Awaited<ReturnType<typeof observed>>['caches']['machineClients']['get']>>,
) => {
  const known = facts(given({ object }));
  const plan = decide(known);
  const rest = isRest(plan) ? plan : ({ kind: 'wait', reason: 'Creating', message: plan.kind } as const);
  const status = statusOf(known, { rest, setback: undefined, proof: undefined });
  return { plan, status, patch: JSON.stringify(statusPatch(object.status, status)) };
};

const prove = async (first: 'pages' | 'stream', hostile: (name: string, version: number) => string) => {
  await using world = await observed(first, hostile);
  const { caches, queues } = world;
  expect(caches.machineClients.get('ns/healthy')?.resourceVersion).toBe('13');
  for (const object of caches.machineClients.values()) {
    const { status, patch } = judged(object);
    // Bounded in memory, in what is written, and for whoever reads it on a terminal.
    expect(JSON.stringify(object).length).toBeLessThan(150_000);
    expect(patch.length).toBeLessThan(50_000);
    for (const { message } of status.conditions ?? []) expect(message).toBe(printable(message));
  }
  expect(judged(caches.machineClients.get('ns/healthy') as never).plan).toMatchObject({ kind: 'create' });
  const metrics = await world.metrics();
  for (const name of ['healthy', 'beside']) expect(metrics).toContain(`namespace="ns",name="${name}"`);
  const { waiting } = queues.machineClients.stats();
  expect(Object.values(waiting).reduce((sum, each) => sum + each, 0)).toBe(caches.machineClients.size);
  expect(caches.machineClients.size).toBe(5);
  return ['hostile', 'last', 'live'].map((name) => caches.machineClients.get(`ns/${name}`)?.invalid);
};

describe.each(['pages', 'stream'] as const)('as %s', (first) => {
  test.each(hostileObjects.map((one) => [one.name, one] as const))(
    '%s',
    async (_, { object, metadata, ends }) => {
      const more = Object.entries(metadata ?? {}).map(
        ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)},`,
      );
      const said = await prove(first, (name, version) =>
        objectText(name, version, `"spec":{${PROVIDER},${object}}`, more.join('')),
      );
      for (const invalid of said) expect(invalid === undefined).toBe(ends !== 'InvalidSpec');
    },
  );
});

// ---- memory ----------------------------------------------------------------------------------------------------------

/** All of them at one time, as a start finds them: with the image's flags, and the memory that Node takes in the chart. */
test.each([
  ['36 of 1.2 MB, in pages', 'pages', 36, '{}', 1_200_000],
  ['36 of 1.2 MB, as a stream', 'stream', 36, '{}', 1_200_000],
  ['60 of 1.4 MB in texts, in one page', 'pages', 60, '"xxxxxxxxxxxxxxxx"', 1_400_000],
  ['1,000 of 17 KB', 'pages', 1_000, '{}', 17_000],
  ['150 of 250 KB', 'stream', 150, '"a"', 250_000],
] as const)('a start with %s', { timeout: 120_000 }, async (_, first, count, part, bytes) => {
  const { nodeFlags, limitMiB } = await asInTheChart();
  const big = `[${`${part},`.repeat(bytes / (part.length + 1))}${part}]`;
  const one = (index: number): string =>
    objectText(`large-${index}`, index, `"spec":{${PROVIDER},"customMetadata":{"a":${big}}}`);
  await using alone = await UnkindServer.start();
  const isOurs = ({ path }: { readonly path: string }): boolean => path.endsWith(machineClients.plural);
  /** One after the other, for together they are more than this process should have. */
  const send = async (
    response: ServerResponse,
    begin: string,
    between: string,
    end: string,
    wrap: (text: string) => string,
  ) => {
    response.writeHead(200).write(begin);
    for (let index = 0; index < count; index++)
      if (!response.write((index === 0 ? '' : between) + wrap(one(index)))) await once(response, 'drain');
    response.write(end);
  };
  if (first === 'pages')
    alone.always((seen) => isOurs(seen) && isInitialWatch(seen), refuse(400, 'BadRequest'));
  alone.always(
    (seen) => isOurs(seen) && isInitialWatch(seen),
    (response) => void send(response, '', '', bookmark, (text) => eventText('ADDED', text)),
  );
  alone.always(
    (seen) => isOurs(seen) && isList(seen),
    (response) =>
      void send(response, '{"metadata":{"resourceVersion":"10"},"items":[', ',', ']}', (text) => text).then(
        () => response.end(),
      ),
  );

  const child = spawn(process.execPath, [...nodeFlags, fillCaches, String(alone.url)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = await Promise.all([streamText(child.stdout), once(child, 'close')]);
  expect(child.exitCode).toBe(0);
  const told = JSON.parse(printed) as { objects: number; invalid: number; peakMiB: number };
  expect(told).toMatchObject({ objects: count, invalid: count });
  expect(told.peakMiB).toBeLessThan(limitMiB);
});

// ---- and any other ---------------------------------------------------------------------------------------------------

const nested = fc
  .record({
    levels: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 4_200, max: 4_600 })),
    brackets: fc.constantFrom(['{"a":', '}'], ['[', ']'], ['{"__proto__":', '}'], ['[{"constructor":', '}]']),
  })
  .map(({ levels, brackets: [open = '', close = ''] }) => `${open.repeat(levels)}0${close.repeat(levels)}`);
const long = fc
  .record({
    bytes: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 1_400_000 })),
    part: fc.constantFrom('{}', '[]', '0', 'null', '"a"', '"\\u001b"', '{"a":{"b":[]}}'),
  })
  .map(({ bytes, part }) => {
    const count = Math.floor(bytes / (part.length + 1));
    return `[${`${part},`.repeat(count)}${part}]`;
  });
const text = fc
  .integer({ min: 0, max: 1_400_000 })
  .chain((length) =>
    fc.constantFrom('x', '\u202e', '\u001b[2J', '😀').map((unit) => unit.repeat(length / unit.length)),
  )
  .map((value) => JSON.stringify(value));
const hostileKey = fc.oneof(
  fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty', 'length', ''),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const anyJson = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.dictionary(hostileKey, tie('value'), { noNullPrototype: true }),
      fc.array(tie('value'), { maxLength: 5 }),
    ),
  }))
  .value.map((value) => JSON.stringify(value));
const value = fc.oneof(nested, long, text, anyJson);

/** Where it stands in the object. */
const place = fc.constantFrom<((json: string) => readonly [members: string, metadata?: string])[]>(
  (json) => [`"spec":{${PROVIDER},"customMetadata":${json}}`],
  (json) => [`"spec":{${PROVIDER},"customMetadata":{"a":${json}}}`],
  (json) => [`"spec":{${PROVIDER},"displayName":${json}}`],
  (json) => [`"spec":{${PROVIDER},"scopes":${json}}`],
  (json) => [`"spec":{${PROVIDER},"secret":{"labels":${json}}}`],
  (json) => [`"spec":{${PROVIDER},"rotation":{"windows":[{"schedule":${json},"duration":"1h"}]}}`],
  (json) => [`"spec":{${PROVIDER},"authress":{"options":${json}}}`],
  (json) => [`"spec":{"providerRef":${json}}`],
  (json) => [`"spec":${json}`],
  (json) => [`"spec":{${PROVIDER}},"status":${json}`],
  (json) => [`"spec":{${PROVIDER}},"status":{"observedGeneration":1,"conditions":${json}}`],
  (json) => [`"spec":{${PROVIDER}}`, `"managedFields":${json},`],
);

test('whatever is stored, the neighbours are served', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      place,
      value,
      fc.constantFrom('pages' as const, 'stream' as const),
      async (at, json, first) => {
        const [members, metadata] = at(json);
        await prove(first, (name, version) => objectText(name, version, members, metadata));
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});
