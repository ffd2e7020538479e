import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LeaseLost, leaseIdentity } from './lease.ts';
import { PATH, PERIOD_MS, STEP_MS, timings, World } from './testing/lease-world.ts';
import {
  bookmark,
  fallSilent,
  isInitialWatch,
  isResumedWatch,
  isWatch,
  isWrite,
  refuse,
  type Reply,
  type Seen,
  sendAndEnd,
  type UnkindServer,
} from './testing/unkind-server.ts';

const isGet = (request: Seen): boolean => request.method === 'GET' && request.path === PATH;
const isRenewal = (request: Seen): boolean => request.method === 'PUT';
const isFrom =
  (holderIdentity: string) =>
  ({ body }: Seen): boolean =>
    (body['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity === holderIdentity;
/** A stream that is half open from the beginning, or after it has shown what there is. */
const halfOpen =
  (server: UnkindServer): Reply =>
  (response, request) => {
    const objects = isInitialWatch(request) ? server.objects.list((path) => path === PATH) : [];
    const end = bookmark(server.objects.revision, { 'k8s.io/initial-events-end': 'true' });
    fallSilent(...objects.map((object) => ({ type: 'ADDED', object })), end)(response, request);
  };
const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };

describe('a standby', () => {
  test('waits while the lease is renewed, and asks for nothing meanwhile', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    const b = await world.standby('b');
    const asked = world.server.count((request) => !isRenewal(request));
    await world.pass(60_000);
    expect([a.leading, a.election.isLeader, b.leading, b.election.isLeader]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(world.server.count((request) => !isRenewal(request))).toBe(asked);
    expect(world.server.count(isRenewal)).toBe(60_000 / timings.retryPeriodMs);
    expect(world.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(world.spec?.['renewTime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('selects the one Lease by its name, as a rule with resourceNames demands', async () => {
    await using world = await World.start();
    world.heldBy('somebody');
    world.server.once(isInitialWatch, refuse(422, 'Invalid'));
    const b = world.candidate('b');
    await world.passUntil(() => world.server.count(isResumedWatch) > 0, timings.leaseDurationMs);
    const asked = world.server.requests.filter(({ path }) => path !== PATH);
    expect(asked.map((request) => [isWatch(request), request.query.get('fieldSelector')])).toEqual([
      [true, 'metadata.name=operator'],
      [false, 'metadata.name=operator'],
      [true, 'metadata.name=operator'],
    ]);
    expect(b.leading).toBe(false);
  });

  test('sees a release at once', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    const b = await world.standby('b');
    a.stop();
    expect(await a.ended).toBe('stopped');
    expect([a.stopped, a.election.isLeader]).toEqual([1, false]);
    // No time passes at all.
    await b.leads();
    expect(world.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('sees at once that the Lease was deleted', async () => {
    await using world = await World.start();
    world.heldBy('somebody');
    const b = await world.standby('b');
    world.server.objects.delete(PATH);
    await b.leads();
    expect(world.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 0 });
  });

  test('sees at once that the Lease was deleted before the watch began', async () => {
    await using world = await World.start();
    world.heldBy('somebody');
    world.server.once(isGet, (response) => {
      const body = JSON.stringify(world.server.objects.get(PATH));
      world.server.objects.delete(PATH);
      response.writeHead(200).end(body);
    });
    const b = world.candidate('b');
    await b.leads();
  });

  test('of two that see a release one leads, and the other one goes back to its watch', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    const [b, c] = [await world.standby('b'), await world.standby('c')];
    a.stop();
    await a.ended;
    await expect.poll(() => b.leading || c.leading, { interval: 1, timeout: 10_000 }).toBe(true);
    await world.pass(PERIOD_MS);
    const asked = world.server.count(isGet);
    for (let second = 0; second < 30; second++) {
      await world.pass(1_000);
      expect([b.leading, c.leading].filter(Boolean)).toHaveLength(1);
    }
    expect(world.server.count(isGet)).toBe(asked);
    expect([b.warnings, c.warnings]).toEqual([[], []]);
    const [leader, other] = b.leading ? [b, c] : [c, b];
    leader.stop();
    await other.leads();
    expect(world.spec).toMatchObject({ leaseTransitions: 2 });
  });

  test('takes over from a holder that is silent for the duration, and not before', async () => {
    await using world = await World.start();
    // Its time stamp is of another clock, and means nothing.
    world.heldBy('frozen', { renewTime: '2001-01-01T00:00:00.000000Z' });
    const b = await world.standby('b');
    await world.pass(timings.leaseDurationMs - 1);
    expect([b.leading, world.server.count(isGet)]).toEqual([false, 1]);
    await world.pass(1);
    await b.leads();
    expect(world.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 8 });
  });

  test('does not take what somebody writes into the metadata for a sign of life', async () => {
    await using world = await World.start();
    world.heldBy('frozen');
    const b = await world.standby('b');
    const touched = (): boolean => {
      world.server.objects.patch(PATH, {
        metadata: { annotations: { at: String(world.clock.monotonic()) } },
      });
      return b.leading;
    };
    expect(await world.passUntil(touched, 60_000)).toBeLessThanOrEqual(timings.leaseDurationMs + STEP_MS);
  });

  test('that stood still for longer than the lease lasts reads it before it takes it for expired', async () => {
    await using world = await World.start();
    world.server.always(isWatch, halfOpen(world.server));
    world.heldBy('a', { renewTime: 'before' });
    const b = await world.standby('b');
    world.server.objects.patch(PATH, { spec: { renewTime: 'meanwhile' } });
    world.clock.stall(timings.leaseDurationMs * 2);
    await world.pass(timings.leaseDurationMs);
    expect([b.leading, world.spec?.['holderIdentity']]).toEqual([false, 'a']);
    // Nothing has changed for the duration since that read.
    await world.passUntil(() => b.leading, PERIOD_MS);
  });

  test('of a stream that has fallen silent opens it again before the lease expires', async () => {
    await using world = await World.start();
    world.heldBy('a');
    world.server.once(isInitialWatch, halfOpen(world.server));
    const b = await world.standby('b');
    world.server.objects.patch(PATH, { spec: { holderIdentity: '' } });
    expect(await world.passUntil(() => b.leading, 60_000)).toBeLessThan(timings.leaseDurationMs);
  });

  test('whose streams are all silent takes nothing from a holder that renews, and succeeds one that does not', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    world.server.always(isWatch, halfOpen(world.server));
    const b = await world.standby('b');
    await world.pass(90_000);
    expect([a.leading, b.leading]).toEqual([true, false]);
    world.server.always(isFrom('a'), refuse(500, 'InternalError'));
    const took = await world.passUntil(() => b.leading, 60_000);
    expect(a.stopped).toBe(1);
    expect(took).toBeLessThanOrEqual(2 * timings.leaseDurationMs + PERIOD_MS);
  });

  describe.each([
    ['is forbidden', isWatch, refuse(403, 'Forbidden')],
    [
      'is forbidden, as a list is',
      (request: Seen) => !isGet(request) && !isWrite(request),
      refuse(403, 'Forbidden'),
    ],
    ['is not answered in order', isWatch, refuse(500, 'InternalError')],
    ['is too old to go on', isWatch, sendAndEnd(gone)],
    ['ends at once', isWatch, sendAndEnd()],
    ['breaks', isWatch, (response) => void response.socket?.destroy()],
  ] as const satisfies [string, (request: Seen) => boolean, Reply][])('whose watch %s', (_, match, reply) => {
    test('reads the lease, and sees a release within a period', async () => {
      await using world = await World.start();
      const a = await world.leader('a');
      world.server.always(match, reply);
      const b = world.candidate('b');
      await world.pass(60_000);
      expect([a.leading, b.leading]).toEqual([true, false]);
      const reads = world.server.count(isGet);
      expect(reads).toBeGreaterThan(60_000 / PERIOD_MS - 5);
      expect(reads).toBeLessThanOrEqual(60_000 / timings.retryPeriodMs + 2);
      expect(b.warnings.filter((text) => text.startsWith('cannot watch')).length).toBeLessThanOrEqual(1);
      a.stop();
      await a.ended;
      expect(await world.passUntil(() => b.leading, 60_000)).toBeLessThanOrEqual(PERIOD_MS + STEP_MS);
    });

    test('takes over once the lease has expired', async () => {
      await using world = await World.start();
      world.server.always(match, reply);
      world.heldBy('frozen');
      const b = world.candidate('b');
      await world.settle();
      const took = await world.passUntil(() => b.leading, 60_000);
      expect(took).toBeGreaterThanOrEqual(timings.leaseDurationMs);
      expect(took).toBeLessThanOrEqual(timings.leaseDurationMs + PERIOD_MS);
    });
  });

  test('says once that it may not watch, and tries again ever more rarely', async () => {
    await using world = await World.start();
    world.heldBy('somebody');
    world.server.always(isWatch, refuse(403, 'Forbidden'));
    const b = world.candidate('b');
    const renewed = (): boolean => {
      world.server.objects.patch(PATH, { spec: { renewTime: String(world.clock.monotonic()) } });
      return false;
    };
    await expect(world.passUntil(renewed, 120_000)).rejects.toThrow('not within');
    expect(b.warnings).toEqual(['cannot watch the lease, which is read periodically instead']);
    expect(world.server.count(isWatch)).toBeLessThan(15);
  });

  test('whose watch heals asks for nothing again', async () => {
    await using world = await World.start();
    await world.leader('a');
    world.server.always(isWatch, refuse(503, 'ServiceUnavailable'));
    const b = world.candidate('b');
    await world.pass(10_000);
    world.server.becomeKind();
    // At the end of the backoff.
    await world.pass(3 * timings.leaseDurationMs);
    const asked = world.server.count(isGet);
    await world.pass(30_000);
    expect([world.server.count(isGet), b.leading]).toEqual([asked, false]);
  });

  test('is not misled by an event that comes late', async () => {
    await using world = await World.start();
    world.heldBy('a');
    const { metadata, ...held } = world.server.objects.get(PATH);
    let say: (line: object) => void = () => {};
    world.server.once(isInitialWatch, (response, request) => {
      halfOpen(world.server)(response, request);
      say = (line) => void response.write(`${JSON.stringify(line)}\n`);
    });
    const b = await world.standby('b');
    const reads = world.server.count(isGet);
    const released = {
      ...held,
      metadata: { ...metadata, resourceVersion: '7' },
      spec: { holderIdentity: '' },
    };
    say({ type: 'MODIFIED', object: released });
    await expect.poll(() => world.server.count(isGet), { interval: 1, timeout: 10_000 }).toBe(reads + 1);
    await world.pass(1_000);
    expect([b.leading, world.server.count(isWrite)]).toEqual([false, 0]);
  });

  test('that is stopped before it led has changed nothing', async () => {
    await using world = await World.start();
    world.server.always(() => true, refuse(403, 'Forbidden'));
    const a = world.candidate('a');
    await expect.poll(() => a.election.problem?.status, { interval: 1, timeout: 10_000 }).toBe(403);
    await world.pass(10_000);
    a.stop();
    expect([await a.ended, a.stopped, world.server.count(isWrite)]).toEqual(['stopped', 0, 0]);
  });
});

describe('a leader', () => {
  test('whose renewals fail stops before another one may start', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    world.server.always(isWrite, refuse(500, 'InternalError'));
    const took = await world.passUntil(() => a.stopped > 0, timings.leaseDurationMs);
    expect(took).toBeLessThanOrEqual(timings.renewDeadlineMs + STEP_MS);
    expect(await a.ended).toBe('lost');
    expect(a.reason).toBeInstanceOf(LeaseLost);
    expect([a.stopped, a.election.isLeader, a.election.problem?.status]).toEqual([1, false, 500]);
  });

  test('whose requests hang stops in time too', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    world.server.always(
      () => true,
      () => {},
    );
    while (a.stopped === 0 && world.clock.monotonic() < timings.leaseDurationMs) {
      world.clock.advance(STEP_MS);
      await turn();
    }
    expect(await a.ended).toBe('lost');
    expect(world.clock.monotonic()).toBeLessThanOrEqual(timings.renewDeadlineMs + STEP_MS);
  });

  test('whom another one has replaced stops at once, and does not release', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    world.server.objects.patch(PATH, { spec: { holderIdentity: 'thief' } });
    await world.passUntil(() => a.stopped > 0, 2 * timings.retryPeriodMs);
    expect(await a.ended).toBe('lost');
    expect(world.spec).toMatchObject({ holderIdentity: 'thief' });
  });

  test('goes on through short trouble, and through an answer that was lost', async () => {
    await using world = await World.start();
    const a = await world.leader('a');
    world.server.once(isWrite, refuse(429, 'TooManyRequests'));
    world.server.once(isWrite, (response, request) => {
      world.server.objects.replace(PATH, request.body as never);
      response.socket?.resetAndDestroy();
    });
    await world.pass(20_000);
    expect([a.leading, a.election.isLeader, a.election.problem]).toEqual([true, true, undefined]);
  });

  test('that is stopped gives the lease up before it has finished what is under way', async () => {
    await using world = await World.start();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const a = await world.leader('a', { whenStopped: () => finished });
    const b = await world.standby('b');
    a.stop();
    await b.leads();
    expect([a.leading, a.election.isLeader, a.stopped]).toEqual([false, false, 0]);
    finish();
    expect(await a.ended).toBe('stopped');
    expect([b.leading, world.spec?.['holderIdentity']]).toEqual([true, 'b']);
  });
});

test('of two that start together one leads, and nobody has anything to complain of', async () => {
  await using world = await World.start();
  const [a, b] = [world.candidate('a'), world.candidate('b')];
  for (let second = 0; second < 40; second++) {
    await world.pass(1_000);
    expect(a.leading && b.leading).toBe(false);
  }
  expect(a.leading || b.leading).toBe(true);
  expect([a.warnings, b.warnings]).toEqual([[], []]);
});

test('two processes of one host have two identities', () => {
  expect(leaseIdentity('host', () => 0.5)).toBe('host_800000000000');
  expect(leaseIdentity('host', () => 0)).toBe('host_000000000000');
});
