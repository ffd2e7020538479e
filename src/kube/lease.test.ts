import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { aborted } from '../runtime/linked-abort.ts';
import { createKubeClient } from './client.ts';
import { LeaderElection, LeaseLost, leaseIdentity } from './lease.ts';
import { isWrite, refuse, UnkindServer } from './testing/unkind-server.ts';
import { testTransport } from './testing/test-transport.ts';

/** A machine under load may stand still for half a second. */
const timings = { durationMs: 1_500, renewDeadlineMs: 1_000, retryMs: 40, lookMs: 20 };
const PATH = '/apis/coordination.k8s.io/v1/namespaces/system/leases/operator';

const startServer = async () => {
  const server = await UnkindServer.start();
  const spec = () => {
    const found = server.objects.list((path) => path === PATH)[0];
    return found?.['spec'] as Record<string, unknown> | undefined;
  };
  return { server, spec, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};

/** One process that wants to lead. */
const candidate = (
  server: UnkindServer,
  identity: string,
  whenStopped: () => Promise<void> = async () => {},
) => {
  const made = testTransport(server.url);
  const stop = new AbortController();
  const seen = { leading: false, reason: undefined as unknown, stopped: 0 };
  const election = new LeaderElection({
    client: createKubeClient(made.transport, 'lease'),
    namespace: 'system',
    name: 'operator',
    identity,
    clock: systemClock,
    random: Math.random,
    timings,
  });
  const ended = election.run({
    signal: stop.signal,
    onStartedLeading: async (leading) => {
      seen.leading = true;
      await aborted(leading);
      seen.reason = leading.reason;
      seen.leading = false;
      await whenStopped();
    },
    onStoppedLeading: () => void seen.stopped++,
  });
  return {
    seen,
    election,
    ended,
    stop: () => stop.abort(new Error('stop')),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('over'));
      await ended;
      await made[Symbol.asyncDispose]();
    },
  };
};

test('the first leads, the second waits, and a release hands over at once', async () => {
  await using world = await startServer();
  await using a = candidate(world.server, 'a');
  await expect.poll(() => a.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  expect(a.election.isLeader).toBe(true);
  await using b = candidate(world.server, 'b');
  await wait(400);
  expect([a.seen.leading, b.seen.leading]).toEqual([true, false]);
  expect(world.spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 2, leaseTransitions: 0 });
  expect(world.spec()?.['renewTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  a.stop();
  expect(await a.ended).toBe('stopped');
  expect([a.seen.stopped, a.election.isLeader]).toEqual([1, false]);
  const releasedAt = performance.now();
  await expect.poll(() => b.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  expect(performance.now() - releasedAt).toBeLessThan(timings.durationMs / 2);
  expect(world.spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('a holder that is silent for the duration is succeeded, and not before', async () => {
  await using world = await startServer();
  world.server.objects.create(PATH, {
    // Its time stamp is of another clock, and means nothing.
    spec: { holderIdentity: 'frozen', renewTime: '2001-01-01T00:00:00.000000Z', leaseTransitions: 7 },
  });
  const begun = performance.now();
  await using b = candidate(world.server, 'b');
  await expect.poll(() => b.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(timings.durationMs);
  expect(world.spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 8 });
});

test('a leader whose renewals fail stops before another one may start', async () => {
  await using world = await startServer();
  await using a = candidate(world.server, 'a');
  await expect.poll(() => a.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  world.server.always(isWrite, refuse(500, 'InternalError'));
  const begun = performance.now();
  expect(await a.ended).toBe('lost');
  expect(performance.now() - begun).toBeLessThan(timings.durationMs);
  expect(a.seen.reason).toBeInstanceOf(LeaseLost);
  expect([a.seen.stopped, a.election.isLeader, a.election.problem?.status]).toEqual([1, false, 500]);
});

test('a leader whose requests hang stops in time too', async () => {
  await using world = await startServer();
  await using a = candidate(world.server, 'a');
  await expect.poll(() => a.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  world.server.always(
    () => true,
    () => {},
  );
  const begun = performance.now();
  expect(await a.ended).toBe('lost');
  expect(performance.now() - begun).toBeLessThan(timings.durationMs);
});

test('a leader whom another one has replaced stops at once, and does not release', async () => {
  await using world = await startServer();
  await using a = candidate(world.server, 'a');
  await expect.poll(() => a.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  world.server.objects.patch(PATH, { spec: { holderIdentity: 'thief' } });
  expect(await a.ended).toBe('lost');
  expect(world.spec()).toMatchObject({ holderIdentity: 'thief' });
});

test('short trouble, and an answer that was lost, do not end the leadership', async () => {
  await using world = await startServer();
  await using a = candidate(world.server, 'a');
  await expect.poll(() => a.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  world.server.once(isWrite, refuse(429, 'TooManyRequests'));
  world.server.once(isWrite, (response, request) => {
    world.server.objects.replace(PATH, request.body as never);
    response.socket?.resetAndDestroy();
  });
  await wait(400);
  expect([a.seen.leading, a.election.isLeader, a.election.problem]).toEqual([true, true, undefined]);
});

test('a stopped leader gives the lease up before it has finished what is under way', async () => {
  await using world = await startServer();
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  await using a = candidate(world.server, 'a', () => finished);
  await expect.poll(() => a.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  await using b = candidate(world.server, 'b');
  a.stop();
  await expect.poll(() => b.seen.leading, { interval: 2, timeout: 10_000 }).toBe(true);
  expect([a.seen.leading, a.election.isLeader, a.seen.stopped]).toEqual([false, false, 0]);
  finish();
  expect(await a.ended).toBe('stopped');
  expect([b.seen.leading, world.spec()?.['holderIdentity']]).toEqual([true, 'b']);
});

test('of two that start together one leads', async () => {
  await using world = await startServer();
  await using a = candidate(world.server, 'a');
  await using b = candidate(world.server, 'b');
  for (let i = 0; i < 40; i++) {
    await wait(10);
    expect(a.seen.leading && b.seen.leading).toBe(false);
  }
  expect(a.seen.leading || b.seen.leading).toBe(true);
});

test('a candidate that is stopped before it led has changed nothing', async () => {
  await using world = await startServer();
  world.server.always(() => true, refuse(403, 'Forbidden'));
  const a = candidate(world.server, 'a');
  await expect.poll(() => a.election.problem?.status, { interval: 2, timeout: 10_000 }).toBe(403);
  a.stop();
  expect([await a.ended, a.seen.stopped, world.server.count(isWrite)]).toEqual(['stopped', 0, 0]);
  await a[Symbol.asyncDispose]();
});

test('two processes of one host have two identities', () => {
  expect(leaseIdentity('host', () => 0.5)).toBe('host_800000000000');
  expect(leaseIdentity('host', () => 0)).toBe('host_000000000000');
});
