import { describe, expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { Prober, readers } from '../helpers/prober.ts';
import { isAside, isWrite, type KubeCall } from '../helpers/recording-proxy.ts';
import { type Replica, Replicas } from '../helpers/replicas.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/**
 * Two replicas for real. The lease is no fence (docs/protocol.md), so what is asked of them is not that never two work at once, but
 * that nothing comes of it: one client, one credential that works at every moment, nothing of a leader that is no more.
 */
const OVERLAP_MS = 2_000;
const name = 'worker';

/** A fifth of all waits: a lease of 3 s, and calls that are settled after 4 s. */
const quick = ['--time-scale=5'];

interface Act {
  readonly what: string;
  /** Its upstream write. */
  readonly mint: string;
  /** Its write of the Secret. */
  readonly publish: (call: KubeCall) => boolean;
  readonly before: (world: World) => Promise<unknown>;
  readonly begin: (world: World) => Promise<unknown>;
  readonly isDone: (status: Readonly<Record<string, unknown>>) => boolean;
}

const make = (world: World) => world.client(name, { rotation: { overlap: `${OVERLAP_MS / 1_000}s` } });
const ofSecret = (method: string) => (call: KubeCall) =>
  call.method === method && call.resource === 'secrets' && !call.query.includes('dryRun');

const acts: readonly Act[] = [
  {
    what: 'a creation',
    mint: 'create',
    publish: ofSecret('POST'),
    before: async () => {},
    begin: make,
    isDone: ({ secretVersion }) => secretVersion !== undefined,
  },
  {
    what: 'a rotation',
    mint: 'rotateStart',
    publish: ofSecret('PATCH'),
    before: async (world) => {
      await make(world);
      await world.ready(name);
    },
    begin: (world) =>
      world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: 'a' } } }),
    isDone: ({ lastHandledRotateRequest }) => lastHandledRotateRequest === 'a',
  },
];

/** Done, one client with one credential, and it works. */
const isRight = async (world: World, act: Act): Promise<void> => {
  await until(
    `${act.what} is done`,
    async () => {
      const { status = {} } = await world.get(name);
      const [client, ...others] = world.simulator.clients();
      return act.isDone(status) && client?.nextSecret === null && others.length === 0;
    },
    {
      timeoutMs: 60_000,
      explain: async () => {
        const said = world.operators.map(({ output }) => output.slice(-3).join('\n'));
        return [JSON.stringify((await world.get(name)).status, undefined, 1), ...said].join('\n\n');
      },
    },
  );
  await world.ready(name);
  expect(await world.works(name)).toBe(true);
};

/** Begins it, and waits until the upstream write is done and its answer held back. */
const beginAndHold = async (world: World, act: Act): Promise<void> => {
  world.simulator.setFaults([{ operations: [act.mint], fault: 'hold-after', times: 1 }]);
  await act.begin(world);
  await until('a call that is held', () => world.simulator.held().length > 0);
};

const releaseAll = (world: World): void => {
  for (const { id } of world.simulator.held()) world.simulator.release(id);
};

const prepare = async (act: Act) => {
  const stack = new AsyncDisposableStack();
  const world = stack.use(await World.make(inject('kubeconfig')));
  const replicas = stack.use(await Replicas.start(world, quick));
  await world.provider();
  await act.before(world);
  const prober = stack.use(new Prober(world, [readers(() => OVERLAP_MS)], 50));
  return { world, prober, ...(await replicas.parts()), [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

/** What it asked the API server to change, and the API server did. What has left is answered, whoever has gone. */
const changes = async ({ proxy }: Replica, after: number): Promise<readonly KubeCall[]> => {
  const asked = () => proxy.calls(after).filter((call) => isWrite(call) && !isAside(call));
  await until('all that it asked for is answered', () => asked().every(({ status }) => status !== null));
  return asked().filter(({ status }) => (status ?? 0) < 400);
};

describe.each(acts)('in the middle of $what', (act) => {
  test('the leader is killed, and the other replica brings it to its end', { timeout: 180_000 }, async () => {
    await using scene = await prepare(act);
    const { world, prober, leader } = scene;
    await beginAndHold(world, act);
    await leader.process.kill('SIGKILL');
    releaseAll(world);
    await isRight(world, act);
    expect(prober.refusals).toEqual([]);
  });

  test('a leader that slept until its lease was gone wakes with an answer, and writes nothing', {
    timeout: 180_000,
  }, async () => {
    await using scene = await prepare(act);
    const { world, prober, leader } = scene;
    await beginAndHold(world, act);
    leader.process.signal('SIGSTOP');
    releaseAll(world);
    await isRight(world, act);
    const [before, asked, said] = [
      await world.getSecret(name),
      world.simulator.requests().length,
      leader.proxy.last,
    ];
    leader.process.signal('SIGCONT');
    expect(await leader.process.exited).toBe(1);
    expect(leader.process.output.at(-1)).toContain('MCO_LEASE_LOST');
    expect(await changes(leader, said)).toEqual([]);
    expect(await world.getSecret(name)).toEqual(before);
    const writes = world.simulator
      .requests()
      .slice(asked)
      .filter(({ operation }) => operation !== 'token');
    expect(writes.filter(({ operation }) => !['get', 'search'].includes(operation))).toEqual([]);
    await isRight(world, act);
    expect(prober.refusals).toEqual([]);
  });

  test('the Secret of a leader that sleeps arrives late, and is refused', { timeout: 180_000 }, async () => {
    await using scene = await prepare(act);
    const { world, prober, leader } = scene;
    const hold = leader.proxy.hold(act.publish, 'before');
    await act.begin(world);
    const late = await hold.first();
    leader.process.signal('SIGSTOP');
    await isRight(world, act);
    const before = await world.getSecret(name);
    hold.release();
    await until(
      'the answer to the late write',
      () => leader.proxy.calls().find(({ seq }) => seq === late.seq)?.status ?? undefined,
    );
    expect(leader.proxy.calls().find(({ seq }) => seq === late.seq)?.status).toBe(409);
    leader.process.signal('SIGCONT');
    expect(await leader.process.exited).toBe(1);
    expect(await world.getSecret(name)).toEqual(before);
    await isRight(world, act);
    expect(prober.refusals).toEqual([]);
  });
});

test('SIGTERM hands over within two seconds, warm, while what is under way is finished', {
  timeout: 180_000,
}, async () => {
  await using world = await World.make(inject('kubeconfig'));
  // Waits as in production.
  await using replicas = await Replicas.start(world, ['--time-scale=1']);
  await world.provider();
  await world.client('before');
  await world.ready('before');
  const { leader, standby } = await replicas.parts();
  const [act] = acts;
  if (!act) throw new Error('no act');
  await beginAndHold(world, act);

  const said = standby.proxy.last;
  const askedAt = Date.now();
  leader.process.signal('SIGTERM');
  await until('another leader', async () => (await replicas.parts()).leader === standby);
  const handOverMs = (await replicas.acquiredAt()) - askedAt;
  console.log(`hand-over: ${Math.round(handOverMs)} ms`);
  expect(handOverMs).toBeLessThan(2_000);
  // It has seen the release in its watch: until then it had asked for nothing.
  const ofLease = standby.proxy.calls(said).filter(({ resource }) => resource === 'leases');
  expect(ofLease.slice(0, 2).map(({ method, watch }) => [method, watch])).toEqual([
    ['GET', false],
    ['PUT', false],
  ]);
  await world.client('after');
  await world.ready('after');
  // It had listed everything long ago.
  const lists = standby.proxy
    .calls(said)
    .filter((call) => call.method === 'GET' && call.name === undefined && !call.watch);
  expect(lists).toEqual([]);

  expect(leader.process.hasEnded).toBe(false);
  releaseAll(world);
  expect(await leader.process.exited).toBe(0);
  expect(leader.proxy.calls().filter(act.publish).at(-1)).toMatchObject({ name: undefined, status: 201 });
  await world.ready(name);
  expect(await world.works(name)).toBe(true);
  expect(world.simulator.clients()).toHaveLength(3);
  const issued = world.simulator.issuedSecrets().filter(({ kind }) => kind !== 'management');
  expect(issued).toHaveLength(3);
});
