import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { KubeError } from './errors.ts';
import type { RawObject } from './list-pager.ts';
import { judge } from './reflector-failure.ts';
import { Reflector, type ReflectorOptions, type ReflectorTimings } from './reflector.ts';
import { configMaps } from './resource.ts';
import { type Change, Store, type Stored } from './store.ts';
import {
  bookmark,
  breakAfter,
  fallSilent,
  isInitialWatch,
  isList,
  isResumedWatch,
  isWatch,
  refuse,
  sendAndEnd,
  UnkindServer,
} from './testing/unkind-server.ts';
import { testTransport } from './testing/test-transport.ts';

interface Thing extends Stored {
  readonly colour: string;
}
const project = (raw: RawObject): Thing | undefined => {
  const { namespace = '', name, uid, resourceVersion } = raw.metadata;
  const colour = (raw['data'] as { colour?: string } | undefined)?.colour ?? 'none';
  if (colour === 'bad') throw new Error('cannot be read');
  return colour === 'ignored' ? undefined : { namespace, name, uid, resourceVersion, colour };
};

const TIMINGS: Partial<ReflectorTimings> = { shortWatchMs: 20, backoff: { firstMs: 5, mostMs: 40 } };

const start = async (
  options: Partial<ReflectorOptions<Thing>> = {},
  timings: Partial<ReflectorTimings> = {},
) => {
  const server = await UnkindServer.start();
  const made = testTransport(server.url);
  const store = new Store<Thing>({ clock: systemClock });
  const changes: string[] = [];
  store.subscribe((change: Change<Thing>) => void changes.push(`${change.type} ${change.key}`));
  const bad: string[] = [];
  const reflector = new Reflector<Thing>({
    transport: made.transport,
    resource: configMaps,
    store,
    project,
    onBadObject: (key) => void bad.push(key),
    clock: systemClock,
    random: Math.random,
    timings: { ...TIMINGS, ...timings },
    ...options,
  });
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    server,
    store,
    changes,
    bad,
    reflector,
    records: made.records,
    run: () => {
      running = reflector.run(stop.signal);
      return reflector.whenSynced(stop.signal);
    },
    /** The store shows these, soon. */
    shows: (expected: Record<string, string>) =>
      expect
        .poll(() => Object.fromEntries([...store.values()].map((one) => [one.name, one.colour])), {
          interval: 2,
        })
        .toEqual(expected),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('over'));
      await running;
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};
const path = (name: string, namespace = 'ns') => `/api/v1/namespaces/${namespace}/configmaps/${name}`;
const colour = (is: string) => ({ kind: 'ConfigMap', data: { colour: is } });
const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };

test('one watch brings all objects, and then every change', async () => {
  await using world = await start();
  const { server, shows } = world;
  server.objects.create(path('a'), colour('red'));
  server.objects.create(path('b', 'other'), colour('blue'));
  await world.run();
  await shows({ a: 'red', b: 'blue' });
  server.objects.patch(path('a'), colour('green'));
  server.objects.create(path('c'), colour('red'));
  server.objects.delete(path('b', 'other'));
  await shows({ a: 'green', c: 'red' });
  expect(world.changes).toEqual([
    'added ns/a',
    'added other/b',
    'updated ns/a',
    'added ns/c',
    'deleted other/b',
  ]);
  expect([...world.reflector.relists]).toEqual([['start', 1]]);
  expect(server.requests.length).toBe(1);
  const { query, headers } = server.requests[0] ?? {};
  expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
  query?.delete('timeoutSeconds');
  expect([String(query), headers?.accept]).toEqual([
    'watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    'application/json',
  ]);
});

test('it sends its selectors and namespace with each request, and asks for metadata alone', async () => {
  await using world = await start({
    namespace: 'ns',
    labelSelector: 'a=b',
    fieldSelector: 'type=Opaque',
    metadataOnly: true,
  });
  const { server } = world;
  server.objects.create(path('a', 'other'), colour('red'));
  server.once(isInitialWatch, refuse(422, 'Invalid'));
  await world.run();
  expect(world.store.size).toBe(0);
  await expect.poll(() => server.requests.length).toBe(3);
  for (const request of server.requests) {
    expect(request.path).toBe('/api/v1/namespaces/ns/configmaps');
    expect(request.query.get('labelSelector')).toBe('a=b');
    expect(request.query.get('fieldSelector')).toBe('type=Opaque');
    expect(request.headers.accept).toContain('as=PartialObjectMetadata');
  }
  expect(server.requests[1]?.headers.accept).toContain('PartialObjectMetadataList');
});

describe('beginning', () => {
  test.each([400, 422])(
    'a server that refuses initial events (%d) is listed in pages, and then watched',
    async (status) => {
      await using world = await start();
      const { server, shows } = world;
      for (let i = 0; i < 501; i++) server.objects.create(path(`a${i}`), colour('red'));
      server.always(isInitialWatch, refuse(status, 'Invalid'));
      await world.run();
      expect(world.store.size).toBe(501);
      await expect.poll(() => server.count(isResumedWatch)).toBe(1);
      server.objects.delete(path('a0'));
      await expect.poll(() => world.store.size).toBe(500);
      server.once(isResumedWatch, refuse(410, 'Expired'));
      server.breakConnections();
      await expect.poll(() => world.reflector.relists.get('gone')).toBe(1);
      expect(server.count(isInitialWatch), 'it is not asked again').toBe(1);
      void shows;
    },
  );

  test('a server that never says that the initial events are over is listed instead', async () => {
    await using world = await start({}, { initialEventsMs: 50 });
    const { server, shows } = world;
    server.objects.create(path('a'), colour('red'));
    server.once(isWatch, fallSilent(bookmark('1')));
    await world.run();
    await shows({ a: 'red' });
    expect(server.count(isList)).toBe(1);
  });

  test('a watch that is cut again and again before it is complete gives way to a list', async () => {
    await using world = await start();
    const { server, shows } = world;
    server.objects.create(path('a'), colour('red'));
    server.always(isInitialWatch, breakAfter());
    await world.run();
    await shows({ a: 'red' });
    expect([server.count(isInitialWatch), server.count(isList)]).toEqual([2, 1]);
  });

  test('a continue token that has expired begins the list again', async () => {
    await using world = await start();
    const { server } = world;
    for (let i = 0; i < 1_100; i++) server.objects.create(path(`a${i}`), colour('red'));
    server.always(isInitialWatch, refuse(422, 'Invalid'));
    server.once((request) => isList(request) && request.query.has('continue'), refuse(410, 'Expired'));
    await world.run();
    expect(world.store.size).toBe(1_100);
    expect(server.count(isList)).toBe(5);
  });

  test('a missing CRD and a missing permission are named, and healed by trying again', async () => {
    await using world = await start();
    const { server, reflector } = world;
    server.always(isWatch, refuse(404, 'NotFound'));
    server.always(isList, refuse(404, 'NotFound'));
    const synced = world.run();
    await expect.poll(() => reflector.problem?.status).toBe(404);
    expect(reflector.hasSynced).toBe(false);
    server.becomeKind();
    const message = 'configmaps is forbidden: User "x" cannot watch resource "configmaps" in API group ""';
    server.once(() => true, refuse(403, 'Forbidden', { message }));
    await expect.poll(() => reflector.problem?.rbacDenied, { interval: 1 }).toBe(true);
    await synced;
    expect(reflector.problem).toBeUndefined();
  });
});

describe('going on', () => {
  test('a watch that ends in good order goes on from where it was', async () => {
    await using world = await start({}, { watchSeconds: [0, 0] });
    const { server, shows } = world;
    server.objects.create(path('a'), colour('red'));
    await world.run();
    const { revision } = server.objects;
    await expect.poll(() => server.count(isResumedWatch)).toBeGreaterThan(0);
    expect(server.requests.find(isResumedWatch)?.query.get('resourceVersion')).toBe(revision);
    server.objects.create(path('b'), colour('blue'));
    await shows({ a: 'red', b: 'blue' });
    expect([...world.reflector.relists]).toEqual([['start', 1]]);
  });

  test('very short watches are failures: it waits longer and longer', async () => {
    await using world = await start({}, { backoff: { firstMs: 20, mostMs: 1_000 } });
    const { server } = world;
    await world.run();
    server.always(isResumedWatch, sendAndEnd());
    server.breakConnections();
    await wait(200);
    expect(server.count(isResumedWatch)).toBeLessThan(8);
  });

  test('a connection that breaks in the middle of an object loses nothing and repeats nothing', async () => {
    await using world = await start();
    const { server, shows } = world;
    server.objects.create(path('a'), colour('red'));
    await world.run();
    const b = server.objects.create(path('b'), colour('blue'));
    await shows({ a: 'red', b: 'blue' });
    const { events } = { events: world.changes.length };
    server.once(isResumedWatch, breakAfter({ type: 'ADDED', object: b }));
    server.breakConnections();
    server.objects.create(path('c'), colour('green'));
    await shows({ a: 'red', b: 'blue', c: 'green' });
    expect(world.changes.slice(events)).toEqual(['added ns/c']);
    expect([...world.reflector.relists]).toEqual([['start', 1]]);
  });

  test('a silent connection is given up, and the stream goes on from the last bookmark', async () => {
    await using world = await start({}, { staleMs: 60 });
    const { server, shows } = world;
    await world.run();
    server.once(isResumedWatch, fallSilent(bookmark(server.objects.revision)));
    server.breakConnections();
    await expect.poll(() => server.count(isResumedWatch)).toBe(1);
    server.objects.create(path('a'), colour('red'));
    await shows({ a: 'red' });
    expect([...world.reflector.relists]).toEqual([['start', 1]]);
  });

  test('a bookmark moves the place from which it goes on', async () => {
    await using world = await start();
    const { server } = world;
    await world.run();
    server.once(isResumedWatch, sendAndEnd(bookmark('777')));
    server.breakConnections();
    await expect.poll(() => server.requests.at(-1)?.query.get('resourceVersion')).toBe('777');
  });

  test.each([
    ['as an answer', refuse(410, 'Expired'), 'gone'],
    ['within the stream', sendAndEnd(gone), 'gone'],
    [
      'as a version of the future, after etcd was restored',
      refuse(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'x' }] } }),
      'version-too-large',
    ],
    ['as an invalid version', refuse(400, 'BadRequest'), 'version-invalid'],
  ])(
    'a version that is too old, %s, reads all again and finds what was deleted',
    async (_, reply, reason) => {
      await using world = await start();
      const { server, shows } = world;
      server.objects.create(path('a'), colour('red'));
      server.objects.create(path('b'), colour('blue'));
      await world.run();
      await shows({ a: 'red', b: 'blue' });
      server.once(isResumedWatch, reply);
      server.breakConnections();
      server.objects.delete(path('a'));
      await shows({ b: 'blue' });
      expect(world.reflector.relists.get(reason)).toBe(1);
      expect(world.changes).toEqual(['added ns/a', 'added ns/b', 'deleted ns/a']);
    },
  );

  test('a definition that comes back is watched soon: what fails for another reason than before is tried anew', async () => {
    const waits: (readonly [reason: string, waitMs: number])[] = [];
    const info = (fields: object): void => {
      const { reason, waitMs } = fields as { reason: string; waitMs: number };
      waits.push([reason, waitMs]);
    };
    await using world = await start({ log: { debug: info, info, warn: info }, random: () => 1 });
    const { server, shows } = world;
    server.objects.create(path('of-before'), colour('red'));
    await world.run();
    server.always(isWatch, refuse(404, 'NotFound'));
    server.always(isList, refuse(404, 'NotFound'));
    server.breakConnections();
    await expect.poll(() => waits.length).toBeGreaterThan(6);
    server.objects.delete(path('of-before'));
    server.objects.create(path('of-now'), colour('blue'));
    server.becomeKind();
    server.once(() => true, refuse(403, 'Forbidden'));
    await shows({ 'of-now': 'blue' });
    const [first, ...others] = waits
      .filter(([reason]) => reason === 'not-served')
      .map(([, waitMs]) => waitMs);
    expect(first).toBe(15);
    expect(others.slice(0, 2)).toEqual([40, 40]);
    expect(waits.at(-1)).toEqual(['http-403', 15]);
    // Its versions are others: nothing goes on from those of before.
    expect(world.reflector.relists.get('not-served')).toBe(1);
  });

  test('429 is waited for as long as it says', async () => {
    await using world = await start();
    const { server, shows } = world;
    await world.run();
    server.once(isResumedWatch, refuse(429, 'TooManyRequests', { headers: { 'retry-after': '1' } }));
    const at = performance.now();
    server.breakConnections();
    await expect.poll(() => server.count(isResumedWatch), { timeout: 3_000 }).toBe(2);
    expect(performance.now() - at).toBeGreaterThan(950);
    server.objects.create(path('a'), colour('red'));
    await shows({ a: 'red' });
  });

  test('500s, errors within the stream and nonsense are only pauses', async () => {
    await using world = await start();
    const { server, shows } = world;
    await world.run();
    server.once(isResumedWatch, refuse(500, 'InternalError'));
    server.once(
      isResumedWatch,
      sendAndEnd({ type: 'ERROR', object: { kind: 'Status', code: 500, reason: 'InternalError' } }),
    );
    server.once(isResumedWatch, (response) => response.writeHead(200).end('no JSON\n'));
    server.once(
      isResumedWatch,
      sendAndEnd({ type: 'SURPRISE', object: { metadata: { resourceVersion: '1' } } }),
    );
    server.breakConnections();
    server.objects.create(path('a'), colour('red'));
    await shows({ a: 'red' });
    expect(server.count(isResumedWatch)).toBe(5);
    expect([...world.reflector.relists]).toEqual([['start', 1]]);
  });
});

test('what is not served is asked for every two seconds at most, however long it is away', () => {
  const attempt = { verb: 'watch', resource: configMaps } as const;
  const missing = new KubeError(attempt, { status: 404, reason: 'NotFound', outcome: 'rejected' });
  expect(judge(missing, false)).toMatchObject({ relist: true, atOnce: false, mostMs: 2_000 });
});

describe('one object', () => {
  test('that cannot be read is reported, keeps what was known of it, and stops no other', async () => {
    await using world = await start();
    const { server, shows } = world;
    server.objects.create(path('a'), colour('bad'));
    server.objects.create(path('b'), colour('blue'));
    await world.run();
    await shows({ b: 'blue' });
    server.objects.patch(path('b'), colour('bad'));
    server.objects.create(path('c'), colour('green'));
    await shows({ b: 'blue', c: 'green' });
    expect(world.bad).toEqual(['ns/a', 'ns/b']);
    server.once(isResumedWatch, refuse(410, 'Expired'));
    server.breakConnections();
    await expect.poll(() => world.reflector.relists.get('gone')).toBe(1);
    await shows({ b: 'blue', c: 'green' });
    server.objects.patch(path('b'), colour('pink'));
    server.objects.delete(path('a'));
    await shows({ b: 'pink', c: 'green' });
  });

  test('that is not wanted any more leaves the store', async () => {
    await using world = await start();
    const { server, shows } = world;
    server.objects.create(path('a'), colour('red'));
    await world.run();
    server.objects.patch(path('a'), colour('ignored'));
    await shows({});
    server.objects.patch(path('a'), colour('red'));
    await shows({ a: 'red' });
  });

  test('with a line separator of Unicode in it is one object', async () => {
    await using world = await start();
    const { server, shows } = world;
    await world.run();
    server.objects.create(path('a'), colour('red\u2028\u2029blå'));
    await shows({ a: 'red\u2028\u2029blå' });
  });
});

test('it ends with its signal, wherever it is, and leaves no connection behind', async () => {
  const world = await start();
  world.server.always(isWatch, (response) => response.writeHead(200).flushHeaders());
  const synced = world.run();
  await expect.poll(() => world.server.requests.length).toBe(1);
  await world[Symbol.asyncDispose]();
  await expect(synced).rejects.toThrow('over');
});
