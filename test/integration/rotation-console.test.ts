import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events as eventResource } from '../../src/kube/resource.ts';
import { accepts, annotate, inOverlap, SHORT_OVERLAP, worldWithWhole } from '../helpers/rotating.ts';
import { calls, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, issuedTo } from '../helpers/upstream.ts';
import type { World } from '../helpers/world.ts';

/** Somebody rotates, cancels and promotes in the provider's console in the middle of what we do. */
let world: World;

beforeAll(async () => {
  world = await worldWithWhole();
});
afterAll(() => world[Symbol.asyncDispose]());

let looks = 0;
/** The console tells nobody: the next sweep would find it, or somebody who asks for a look. */
const look = (name: string): Promise<unknown> =>
  annotate(world, name, { 'reconcile-requested': `${++looks}` });
const act = (action: 'rotateStart' | 'rotate' | 'rotateCancel', name: string): unknown =>
  world.simulator.act({ action, clientId: clientOf(world, name).clientId });
const hasEvent = (name: string, reason: string): Promise<unknown> =>
  until(`event ${reason} of ${name}`, async () => {
    const all = await world.kube.list<{ reason: string; regarding?: { name?: string } }>(eventResource, {
      namespace: world.namespace,
    });
    return all.some((event) => event.reason === reason && event.regarding?.name === name);
  });
const atRest = (name: string): Promise<unknown> =>
  until(
    `${name} works, and nothing is open`,
    async () => (await world.works(name)) && clientOf(world, name).nextSecret === null,
    { timeoutMs: 30_000, explain: async () => JSON.stringify((await world.get(name)).status) },
  );
const started = (name: string): Promise<unknown> =>
  annotate(world, name, { 'rotate-requested': `started-${++looks}` });

describe('while both credentials live', () => {
  test('our rotation is ended in the console: it has ended, and no credential is made for it', async () => {
    const { fresh } = await inOverlap(world, 'ended');
    act('rotate', 'ended');
    await look('ended');
    await world.condition('ended', 'RotationInProgress', 'False', 'Idle');
    await world.ready('ended');
    expect((await world.credential('ended')).clientSecret).toBe(fresh);
    expect(await world.works('ended')).toBe(true);
    expect(issuedTo(world, clientOf(world, 'ended').clientId)).toHaveLength(2);
  });

  test('our rotation is cancelled in the console: the published credential is gone, so there is a new one', async () => {
    const { old, fresh } = await inOverlap(world, 'cancelled');
    act('rotateCancel', 'cancelled');
    await look('cancelled');
    await until('a new credential', async () => {
      const { clientSecret } = await world.credential('cancelled');
      return clientSecret !== fresh && (await world.works('cancelled'));
    });
    await hasEvent('cancelled', 'RotationDisturbed');
    // Whoever still holds the first one is not cut off for what the console did to the second.
    expect(accepts(world, 'cancelled', old)).toBe(true);
    await world.patch('cancelled', { spec: { rotation: { overlap: SHORT_OVERLAP } } });
    await atRest('cancelled');
    expect(accepts(world, 'cancelled', old)).toBe(false);
  });

  test('cancelled, and another one begun there: it is named, and not touched', async () => {
    const { old } = await inOverlap(world, 'swapped');
    act('rotateCancel', 'swapped');
    act('rotateStart', 'swapped');
    await look('swapped');
    const held = await world.condition('swapped', 'Ready', 'False', 'ForeignRotationOpen');
    expect(said(held, 'Ready')).toContain(`****${clientOf(world, 'swapped').nextSecret?.slice(-4)}`);
    expect(held.status?.['credentials']).toContainEqual(expect.objectContaining({ state: 'Foreign' }));
    expect(accepts(world, 'swapped', old)).toBe(true);
    act('rotateCancel', 'swapped');
    await look('swapped');
    await until('a new credential', () => world.works('swapped'));
  });
});

describe('while nothing is under way', () => {
  test('a rotation of the console is named and left alone, and ours waits for its end', async () => {
    await world.client('foreign', { rotation: { overlap: SHORT_OVERLAP } });
    await world.ready('foreign');
    act('rotateStart', 'foreign');
    await look('foreign');
    const held = await world.condition('foreign', 'RotationBlocked', 'True', 'ForeignRotationOpen');
    expect(said(held, 'Ready')).toMatch(/^True/);
    expect(held.status?.['credentials']).toContainEqual(expect.objectContaining({ state: 'Foreign' }));
    const before = calls(world.simulator, 'rotateStart', 'rotate', 'rotateCancel');
    await started('foreign');
    await world.condition('foreign', 'RotationBlocked', 'True', 'ForeignRotationOpen');
    expect(calls(world.simulator, 'rotateStart', 'rotate', 'rotateCancel')).toBe(before);
    act('rotateCancel', 'foreign');
    await look('foreign');
    await until('ours goes on', async () => (await world.get('foreign')).status?.secretVersion === 2);
    await atRest('foreign');
  });

  test('a rotation of the console that is ended there leaves us without a credential, and a new one is made', async () => {
    await world.client('taken', { rotation: { overlap: SHORT_OVERLAP } });
    await world.ready('taken');
    const { clientSecret } = await world.credential('taken');
    act('rotateStart', 'taken');
    act('rotate', 'taken');
    await look('taken');
    await until('a new credential', async () => {
      return (await world.credential('taken')).clientSecret !== clientSecret && (await world.works('taken'));
    });
    await hasEvent('taken', 'RotationDisturbed');
    await atRest('taken');
  });
});

describe('while our new credential is on its way to the Secret', () => {
  /** Our start is answered, and the token request that proves it is kept back. */
  const underWay = async (name: string): Promise<() => void> => {
    await world.client(name, { rotation: { overlap: SHORT_OVERLAP } });
    await world.ready(name);
    const { clientId } = clientOf(world, name);
    world.simulator.setFaults([{ fault: 'hold-before', operations: ['token'], clientId, times: 1 }]);
    await started(name);
    const held = await until('the proof is held back', () =>
      world.simulator.held().find((request) => request.clientId === clientId),
    );
    return () => {
      world.simulator.release(held.id);
      world.simulator.setFaults([]);
    };
  };

  test('cancelled in the console: it is not published, and made again', async () => {
    const goOn = await underWay('early-cancelled');
    const { clientSecret: old } = await world.credential('early-cancelled');
    act('rotateCancel', 'early-cancelled');
    goOn();
    // Refused at the token endpoint: the old one stays where it is, and works.
    await world.condition('early-cancelled', 'Ready', 'True');
    expect((await world.credential('early-cancelled')).clientSecret).toBe(old);
    await started('early-cancelled');
    await until('the next try', async () => {
      return (await world.get('early-cancelled')).status?.secretVersion === 2;
    });
    await atRest('early-cancelled');
  });

  test('cancelled, and another one begun there: that one is never touched', async () => {
    const goOn = await underWay('early-swapped');
    const { clientSecret: old } = await world.credential('early-swapped');
    act('rotateCancel', 'early-swapped');
    act('rotateStart', 'early-swapped');
    const before = calls(world.simulator, 'rotate', 'rotateCancel');
    goOn();
    await world.condition('early-swapped', 'RotationBlocked', 'True', 'ForeignRotationOpen');
    expect(calls(world.simulator, 'rotate', 'rotateCancel')).toBe(before);
    expect((await world.credential('early-swapped')).clientSecret).toBe(old);
    expect(await world.works('early-swapped')).toBe(true);
  });

  test('refused because another one was begun there, while a person edits the object: that one is never touched', async () => {
    const name = 'refused';
    await world.client(name, { rotation: { overlap: SHORT_OVERLAP } });
    await world.ready(name);
    const { clientId } = clientOf(world, name);
    world.simulator.setFaults([{ fault: 'hold-before', operations: ['rotateStart'], clientId, times: 1 }]);
    await started(name);
    const held = await until('our start is on its way', () =>
      world.simulator.held().find((request) => request.clientId === clientId),
    );
    act('rotateStart', name);
    // That it was refused is to be written down all the same: the object is another one than the fence saw.
    await world.patch(name, { metadata: { labels: { edited: 'meanwhile' } } });
    const before = calls(world.simulator, 'rotate', 'rotateCancel');
    world.simulator.release(held.id);
    world.simulator.setFaults([]);
    await world.condition(name, 'RotationBlocked', 'True', 'ForeignRotationOpen');
    expect(calls(world.simulator, 'rotate', 'rotateCancel')).toBe(before);
    act('rotateCancel', name);
    await look(name);
    await until('ours goes on', async () => (await world.get(name)).status?.secretVersion === 2);
    await atRest(name);
  });

  test('ended in the console: it is published, and works', async () => {
    const goOn = await underWay('early-ended');
    act('rotate', 'early-ended');
    goOn();
    await until('published', async () => (await world.get('early-ended')).status?.secretVersion === 2);
    await look('early-ended');
    await atRest('early-ended');
    expect(issuedTo(world, clientOf(world, 'early-ended').clientId)).toHaveLength(2);
  });
});
