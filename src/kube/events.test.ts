import { expect, test } from 'vitest';
import { makeLogger } from '../observability/log.ts';
import { systemClock } from '../runtime/clock.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { createKubeClient } from './client.ts';
import { EventRecorder, type EventInput } from './events.ts';
import { refuse, UnkindServer } from './testing/unkind-server.ts';
import { testTransport } from './testing/test-transport.ts';

const start = async (clock: ManualClock | typeof systemClock = systemClock) => {
  const server = await UnkindServer.start();
  const lines: string[] = [];
  const made = testTransport(server.url);
  const recorder = new EventRecorder({
    client: createKubeClient(made.transport),
    clock,
    random: Math.random,
    controller: 'machine-client.dev/operator',
    instance: 'pod-1',
    backoff: { firstMs: 1, mostMs: 5 },
    log: makeLogger('info', { write: (line: string) => void lines.push(line) }),
  });
  return {
    server,
    lines,
    recorder,
    stored: () => server.objects.list(() => true),
    idle: () => recorder.idle(),
    async [Symbol.asyncDispose]() {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};
const input = (more: Partial<EventInput> = {}): EventInput => ({
  regarding: {
    apiVersion: 'machine-client.dev/v1beta1',
    kind: 'MachineClient',
    namespace: 'ns',
    name: 'a',
    uid: 'u',
  },
  type: 'Normal',
  reason: 'Published',
  action: 'Publish',
  note: 'the Secret holds a new credential',
  ...more,
});

test('an event is an object of events.k8s.io/v1 beside what it tells of', async () => {
  await using world = await start(new ManualClock());
  world.recorder.event(input());
  await world.idle();
  const [event] = world.stored();
  expect(world.server.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/ns/events');
  expect(event?.metadata.name).toMatch(/^a\.[0-9a-f]+$/);
  expect({ ...event, metadata: undefined }).toEqual({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: undefined,
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'machine-client.dev/operator',
    reportingInstance: 'pod-1',
    action: 'Publish',
    reason: 'Published',
    type: 'Normal',
    note: 'the Secret holds a new credential',
    regarding: input().regarding,
  });
});

test.each([
  ['no namespace', {}],
  ['an empty one, as caches have it', { namespace: '' }],
])(
  'about a cluster-scoped object, with %s, it stands in the namespace default; a long note is cut at a character',
  async (_, namespace) => {
    await using world = await start();
    const regarding = {
      apiVersion: 'v1',
      kind: 'ClusterIdentityProvider',
      name: 'p',
      uid: 'u',
      ...namespace,
    };
    world.recorder.event(input({ regarding, note: 'å'.repeat(600) }));
    await world.idle();
    const [event] = world.stored();
    expect(event?.metadata.namespace).toBe('default');
    expect(Buffer.byteLength(String(event?.['note']))).toBeLessThanOrEqual(1024);
    expect(event?.['note']).toBe(`${'å'.repeat(510)}…`);
  },
);

test('repetitions are counted in a series: written at the second, and then once a minute', async () => {
  const clock = new ManualClock();
  await using world = await start(clock);
  for (let i = 0; i < 5; i++) {
    world.recorder.event(input());
    await world.idle();
  }
  expect(world.server.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  expect(world.stored()[0]?.['series']).toEqual({
    count: 2,
    lastObservedTime: '2026-01-01T00:00:00.000000Z',
  });
  clock.advance(60_000);
  world.recorder.event(input());
  world.recorder.event(input({ note: 'something else' }));
  await world.idle();
  expect(world.stored().map((event) => event['series'])).toEqual([
    { count: 6, lastObservedTime: '2026-01-01T00:01:00.000000Z' },
    undefined,
  ]);
});

test('what is counted but not written is written at the stop', async () => {
  await using world = await start(new ManualClock());
  for (let i = 0; i < 5; i++) {
    world.recorder.event(input());
    await world.idle();
  }
  await world.recorder.stop(1_000);
  expect(world.stored()[0]?.['series']).toMatchObject({ count: 5 });
  world.recorder.event(input({ note: 'too late' }));
  await world.idle();
  expect([world.stored().length, world.recorder.dropped]).toEqual([1, 1]);
});

test('an event that has expired in the cluster is made again', async () => {
  const clock = new ManualClock();
  await using world = await start(clock);
  world.recorder.event(input());
  await world.idle();
  world.server.objects.delete(
    `/apis/events.k8s.io/v1/namespaces/ns/events/${world.stored()[0]?.metadata.name}`,
  );
  world.recorder.event(input());
  await world.idle();
  expect(world.stored()[0]?.['series']).toMatchObject({ count: 2 });
});

test('a noisy object is quietened, and others are not', async () => {
  await using world = await start(new ManualClock());
  for (let i = 0; i < 100; i++) world.recorder.event(input({ note: `note ${i}` }));
  world.recorder.event(input({ regarding: { ...input().regarding, name: 'b' } }));
  await world.idle();
  expect([world.stored().length, world.recorder.dropped]).toEqual([26, 75]);
});

test('a namespace that goes away, or is gone, gets none, and nobody hears of it', async () => {
  await using world = await start();
  const { server, recorder } = world;
  const details = { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] };
  server.once(() => true, refuse(403, 'Forbidden', { details }));
  server.once(() => true, refuse(404, 'NotFound'));
  for (const note of ['1', '2', '3']) recorder.event(input({ note }));
  await world.idle();
  expect([server.requests.length, world.stored().map((event) => event['note']), recorder.dropped]).toEqual([
    3,
    ['3'],
    2,
  ]);
});

test('trouble is tried again a few times, an answer that was lost included', async () => {
  await using world = await start();
  const { server, recorder } = world;
  server.once(() => true, refuse(503, 'ServiceUnavailable'));
  server.once(
    () => true,
    (response, request) => {
      const { metadata } = request.body as { metadata: { name: string } };
      server.objects.create(`${request.path}/${metadata.name}`, request.body);
      response.socket?.resetAndDestroy();
    },
  );
  recorder.event(input());
  await world.idle();
  expect([server.requests.length, world.stored().length, recorder.dropped]).toEqual([3, 1, 0]);
  server.always(() => true, refuse(500, 'InternalError'));
  recorder.event(input({ note: 'other' }));
  await world.idle();
  expect([server.requests.length, recorder.dropped]).toEqual([6, 1]);
});

test('the queue is bounded, and a stop waits no longer than it is told', async () => {
  await using world = await start();
  const { server, recorder } = world;
  server.always(
    () => true,
    () => {},
  );
  for (let i = 0; i < 1_500; i++)
    recorder.event(input({ regarding: { ...input().regarding, name: `a${i}` } }));
  expect(recorder.dropped).toBe(499);
  const begun = performance.now();
  await recorder.stop(50);
  expect(performance.now() - begun).toBeLessThan(500);
});

test('an event that cannot be made is dropped and counted, and keeps neither its pass nor the next event', async () => {
  await using world = await start();
  // A note that somebody made of what is none: no code of ours does so, and what comes from outside might bring it about.
  world.recorder.event(input({ note: undefined as unknown as string }));
  world.recorder.event(input());
  await world.idle();
  expect([world.recorder.dropped, world.stored().length]).toEqual([1, 1]);
  expect(world.lines.join('')).toContain('event not written');
});
