import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { holderPodOf, podOfEnvironment, withHolderPod } from './lease-holder.ts';
import { isPodGet, PATH, PERIOD_MS, STEP_MS, timings, World } from './testing/lease-world.ts';
import { isWatch, isWrite, refuse, type Reply, type Seen } from './testing/unkind-server.ts';

const pod = { name: 'operator-7d9c8b6f5-x2k4z', uid: '0d3f9c1e-5a52-4c0e-9a53-6a8a3b1c2d4e' };
const other = { name: 'operator-7d9c8b6f5-b8n6m', uid: '5b7e2a90-1f0c-4f6e-8d2b-9c3d4e5f6a7b' };
/** From the last sign of the holder on. */
const SILENCE_MS = 1.5 * timings.retryPeriodMs;
const claimOf = (holder: string, of: object = pod): string => JSON.stringify({ holder, ...of });
const isGet = ({ method, path }: Seen): boolean => method === 'GET' && path === PATH;
const asked = (world: World): number => world.server.count(isPodGet);

describe('a holder', () => {
  test('says in which pod it runs, and takes that back when it releases the lease', async () => {
    await using world = await World.start();
    world.pods.set(pod.name, pod.uid);
    const a = await world.leader('a', { pod });
    expect(JSON.parse(world.claim ?? '')).toEqual({ holder: 'a', ...pod });
    world.claims('something else');
    await world.pass(2 * timings.retryPeriodMs);
    expect(JSON.parse(world.claim ?? '')).toEqual({ holder: 'a', ...pod });
    expect(asked(world)).toBe(1);
    a.stop();
    expect([await a.ended, world.claim]).toEqual(['stopped', undefined]);
  });

  test.each([
    ['is told none', undefined],
    ['is told one that is not in the namespace of the lease', other],
    [
      'is told one whose uid the API server does not know, as that of a static pod',
      { ...pod, uid: other.uid },
    ],
  ])('that %s says nothing, and leaves nothing that the last holder said', async (_, told) => {
    await using world = await World.start();
    world.pods.set(pod.name, pod.uid);
    world.heldBy('');
    world.claims(claimOf('last', other));
    const a = await world.leader('a', told && { pod: told });
    expect([world.claim, a.warnings]).toEqual([undefined, []]);
  });

  test('that may not read its own pod says nothing, and that only once in the log', async () => {
    await using world = await World.start();
    world.answerForPod = refuse(403, 'Forbidden');
    const a = await world.leader('a', { pod });
    await world.pass(30_000);
    expect([world.claim, asked(world)]).toEqual([undefined, 1]);
    expect(a.warnings).toEqual([
      'cannot read the pod of the holder of the lease, which is taken over only when it has expired',
    ]);
  });
});

describe('a lease whose holder is silent', () => {
  const silent = async (claim = claimOf('frozen')): Promise<World> => {
    const world = await World.start();
    world.heldBy('frozen');
    world.claims(claim);
    return world;
  };

  test.each([
    ['is gone', () => {}],
    ['has a successor of the same name', (world: World) => void world.pods.set(pod.name, other.uid)],
  ])('is taken after one and a half retry periods where its pod %s', async (_, prepare) => {
    await using world = await silent();
    prepare(world);
    const b = await world.standby('b');
    await world.pass(SILENCE_MS - 1);
    expect([b.leading, asked(world)]).toEqual([false, 0]);
    await world.pass(1);
    await b.leads();
    expect([asked(world), b.warnings]).toEqual([1, []]);
    expect(world.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 8 });
  });

  test('is taken as soon by one that cannot watch it', async () => {
    await using world = await silent();
    world.server.always(isWatch, refuse(403, 'Forbidden'));
    const b = world.candidate('b');
    await world.settle();
    expect(await world.passUntil(() => b.leading, 60_000)).toBeLessThanOrEqual(SILENCE_MS + STEP_MS);
  });

  test.each<[string, string, Reply | undefined]>([
    ['its pod is there', claimOf('frozen'), (response) => response.end(JSON.stringify({ metadata: pod }))],
    ['its pod may not be read', claimOf('frozen'), refuse(403, 'Forbidden')],
    ['the answer is an error', claimOf('frozen'), refuse(500, 'InternalError')],
    ['nobody serves pods there', claimOf('frozen'), refuse(404, 'Unknown')],
    ['the answer is no pod', claimOf('frozen'), (response) => response.end('{}')],
    ['another holder said it', claimOf('somebody'), undefined],
    ['nobody said whose pod it is', JSON.stringify(pod), undefined],
    ['the name leads elsewhere', claimOf('frozen', { ...pod, name: '../../../secrets/x' }), undefined],
    ['the name is a text that no pod has', claimOf('frozen', { ...pod, name: 'X_1' }), undefined],
    ['the name is too long', claimOf('frozen', { ...pod, name: 'a'.repeat(254) }), undefined],
    ['the name is no text', claimOf('frozen', { ...pod, name: ['a'] }), undefined],
    ['the uid is empty', claimOf('frozen', { ...pod, uid: '' }), undefined],
    ['the uid is too long', claimOf('frozen', { ...pod, uid: 'a'.repeat(65) }), undefined],
    ['the uid has other characters', claimOf('frozen', { ...pod, uid: 'a\u001b[2J' }), undefined],
    ['the annotation is huge', claimOf('frozen', { more: 'a'.repeat(100_000), ...pod }), undefined],
    ['the annotation is not JSON', '{', undefined],
    ['the annotation is null', 'null', undefined],
    ['the annotation is empty', '', undefined],
  ])('is taken only when it has expired where %s', async (_, claim, answer) => {
    await using world = await silent(claim);
    if (answer) world.answerForPod = answer;
    const b = await world.standby('b');
    await world.pass(timings.leaseDurationMs - 1);
    expect(b.leading).toBe(false);
    await world.pass(1);
    await b.leads();
    const most = (timings.leaseDurationMs - SILENCE_MS) / timings.retryPeriodMs;
    expect(asked(world)).toBeGreaterThanOrEqual(answer ? most - 2 : 0);
    expect(asked(world)).toBeLessThanOrEqual(answer ? most : 0);
    expect(b.warnings.length).toBeLessThanOrEqual(1);
  });

  test('is taken when it has expired where nobody answers for the pod', async () => {
    await using world = await silent();
    world.answerForPod = () => {};
    const b = await world.standby('b');
    let passed = 0;
    for (; passed < timings.leaseDurationMs - STEP_MS; passed += STEP_MS) {
      world.clock.advance(STEP_MS);
      // Not `pass`, which waits for all answers.
      for (let turns = 0; turns < 20; turns++) await turn();
    }
    expect([b.leading, asked(world) > 1, asked(world) <= 6]).toEqual([false, true, true]);
    await world.pass(STEP_MS);
    await b.leads();
    expect(b.warnings).toHaveLength(1);
  });

  test('is not asked about where no answer would come before it expires', async () => {
    await using world = await silent();
    const askedAt: number[] = [];
    world.answerForPod = (response) => {
      askedAt.push(world.clock.monotonic() - begunAt);
      response.end(JSON.stringify({ metadata: pod }));
    };
    const b = await world.standby('b');
    const begunAt = world.clock.monotonic();
    // It was held up once, so that its questions do not fall together with the expiry.
    world.clock.advance(timings.leaseDurationMs - 5 * timings.retryPeriodMs - 400);
    await world.pass(timings.leaseDurationMs - (world.clock.monotonic() - begunAt) - 1);
    expect([b.leading, askedAt.length]).toEqual([false, 5]);
    expect(Math.max(...askedAt)).toBeLessThanOrEqual(timings.leaseDurationMs - timings.retryPeriodMs / 2);
    await world.pass(1);
    await b.leads();
  });

  test('is taken within a retry period of the end of its pod', async () => {
    await using world = await silent();
    world.pods.set(pod.name, pod.uid);
    const b = await world.standby('b');
    await world.pass(7_000);
    expect(b.leading).toBe(false);
    world.pods.clear();
    expect(await world.passUntil(() => b.leading, 60_000)).toBeLessThanOrEqual(PERIOD_MS + STEP_MS);
  });

  /** Answers so, and the holder renews before it. */
  const renewedBefore =
    (world: World, reply: Reply): Reply =>
    (response, request) => {
      world.renews();
      reply(response, request);
    };

  test.each<[string, (world: World) => void]>([
    ['its pod is asked for', (world) => (world.answerForPod = renewedBefore(world, refuse(404, 'NotFound')))],
    [
      'the lease is read again',
      (world) =>
        world.server.always(
          isGet,
          renewedBefore(world, (response) => response.end(JSON.stringify(world.server.objects.get(PATH)))),
        ),
    ],
    [
      'the lease is written',
      (world) => world.server.always(isWrite, renewedBefore(world, refuse(409, 'Conflict'))),
    ],
  ])('is not taken from one that renews in the moment in which %s', async (_, prepare) => {
    await using world = await silent();
    const b = await world.standby('b');
    prepare(world);
    await world.pass(60_000);
    expect([b.leading, world.spec?.['holderIdentity']]).toEqual([false, 'frozen']);
    expect(asked(world)).toBeGreaterThan(60_000 / (SILENCE_MS + timings.retryPeriodMs) - 2);
  });
});

test('one that renews is never robbed, though its pod is gone', async () => {
  await using world = await World.start();
  world.pods.set(pod.name, pod.uid);
  const a = await world.leader('a', { pod });
  const b = await world.standby('b');
  world.pods.clear();
  await world.pass(90_000);
  expect([a.leading, b.leading, asked(world)]).toEqual([true, false, 1]);
});

test('of one that renews late the pod is asked for, and the lease stays where the pod is there', async () => {
  await using world = await World.start();
  world.pods.set(pod.name, pod.uid);
  world.heldBy('slow');
  world.claims(claimOf('slow'));
  const b = await world.standby('b');
  for (let round = 0; round < 10; round++) {
    await world.pass(8_000);
    world.renews();
  }
  expect([b.leading, world.server.count(isWrite)]).toEqual([false, 0]);
  expect(asked(world)).toBeLessThanOrEqual(80_000 / timings.retryPeriodMs);
});

test('the downward API tells the pod of this process, or it is in none', () => {
  expect(podOfEnvironment({ POD_NAME: pod.name, POD_UID: pod.uid })).toEqual(pod);
  for (const environment of [
    {},
    { POD_NAME: pod.name },
    { POD_UID: pod.uid },
    { POD_NAME: '', POD_UID: pod.uid },
    { POD_NAME: '..', POD_UID: pod.uid },
    { POD_NAME: pod.name, POD_UID: ' ' },
  ])
    expect(podOfEnvironment(environment)).toBeUndefined();
});

test('what a holder writes is what another one reads, and the rest of the annotations stays', () => {
  const written = withHolderPod({ team: 'platform' }, 'a', pod);
  expect(holderPodOf(written, 'a')).toEqual(pod);
  expect([holderPodOf(written, 'b'), holderPodOf(written, ''), holderPodOf(undefined, 'a')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(withHolderPod(written, 'b', undefined)).toEqual({ team: 'platform' });
});
