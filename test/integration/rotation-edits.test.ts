import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secrets } from '../../src/kube/resource.ts';
import {
  accepts,
  annotate,
  inOverlap,
  publishedVersion,
  SHORT_OVERLAP,
  worldWithWhole,
} from '../helpers/rotating.ts';
import { calls, patchSecret, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, clientsOf, issuedTo, replaced } from '../helpers/upstream.ts';
import type { World } from '../helpers/world.ts';

/** A MachineClient is edited in the middle of a rotation. */
let world: World;

beforeAll(async () => {
  world = await worldWithWhole();
});
afterAll(() => world[Symbol.asyncDispose]());

const endOverlap = (name: string): Promise<unknown> =>
  world.patch(name, { spec: { rotation: { overlap: SHORT_OVERLAP } } });
const isGoneWithAll = (name: string, clientId: string): Promise<unknown> =>
  until(`${name}, its client and its Secret are gone`, async () => {
    const left = await world.kube.list<{ metadata: { name: string } }>(secrets, {
      namespace: world.namespace,
    });
    return (
      (await world.isGone(name)) &&
      !left.some(({ metadata }) => metadata.name === name) &&
      !world.simulator.clients().some((client) => client.clientId === clientId)
    );
  });

describe('while both credentials live', () => {
  test('scopes are changed at once, and the old credential lives on to the end of the overlap', async () => {
    const { old, fresh } = await inOverlap(world, 'scopes');
    await world.patch('scopes', { spec: { scopes: ['read:invoices', 'write:invoices'] } });
    await until('the new scopes', () => clientOf(world, 'scopes').scopes.includes('write:invoices'));
    await world.ready('scopes');
    expect([old, fresh].map((value) => accepts(world, 'scopes', value))).toEqual([true, true]);
    await endOverlap('scopes');
    await replaced(world, 'scopes', old);
    expect(clientOf(world, 'scopes').secret).toBe(fresh);
  });

  test('under another Secret name it is the same credential, and the former Secret works to the end', async () => {
    const { old, fresh } = await inOverlap(world, 'renamed');
    await world.patch('renamed', { spec: { secret: { name: 'renamed-new' } } });
    await until('the new Secret', async () => (await world.credential('renamed-new')).clientSecret === fresh);
    await world.ready('renamed');
    expect(await world.works('renamed')).toBe(true);
    expect(accepts(world, 'renamed', old)).toBe(true);
    await endOverlap('renamed');
    await replaced(world, 'renamed', old, 'renamed-new');
    await until(
      'the former Secret is removed',
      async () => (await world.getSecret('renamed').catch(() => undefined)) === undefined,
    );
    expect(issuedTo(world, clientOf(world, 'renamed').clientId)).toHaveLength(2);
  });

  test('a rotation that is asked for meanwhile follows when the open one has ended', async () => {
    const { old, fresh } = await inOverlap(world, 'again');
    await annotate(world, 'again', { 'rotate-requested': 'second' });
    await until('it was seen', async () => {
      const { status, metadata } = await world.get('again');
      return status?.observedGeneration === metadata.generation;
    });
    expect(accepts(world, 'again', old)).toBe(true);
    await endOverlap('again');
    await publishedVersion(world, 'again', 3);
    expect((await world.get('again')).status?.['lastHandledRotateRequest']).toBe('second');
    await replaced(world, 'again', fresh);
    expect(issuedTo(world, clientOf(world, 'again').clientId)).toHaveLength(3);
  });

  test('suspended, the old credential outlives its overlap; resumed, it is retired', async () => {
    const { old } = await inOverlap(world, 'suspended');
    await world.patch('suspended', {
      spec: { suspend: true, rotation: { overlap: '1s' }, description: 'changed meanwhile' },
    });
    await world.condition('suspended', 'RotationInProgress', 'True', 'Suspended');
    const rotated = calls(world.simulator, 'rotate');
    await annotate(world, 'suspended', { 'reconcile-requested': 'look' });
    await until('the look is answered', async () => {
      const { status } = await world.get('suspended');
      return status?.['lastHandledReconcileRequest'] === 'look';
    });
    expect(said(await world.get('suspended'), 'Ready')).toBe(works);
    expect(accepts(world, 'suspended', old)).toBe(true);
    expect(calls(world.simulator, 'rotate')).toBe(rotated);
    await world.patch('suspended', { spec: { suspend: false } });
    await replaced(world, 'suspended', old);
  });

  test('inactive, nothing is retired; active again, the rotation ends', async () => {
    const { old } = await inOverlap(world, 'inactive');
    await world.patch('inactive', { spec: { state: 'Inactive', rotation: { overlap: '1s' } } });
    await until('the client is inactive', () => clientOf(world, 'inactive').status === 'inactive');
    await until('it was seen', async () => {
      const { status, metadata } = await world.get('inactive');
      return status?.observedGeneration === metadata.generation;
    });
    expect(accepts(world, 'inactive', old)).toBe(true);
    await world.patch('inactive', { spec: { state: 'Active' } });
    await replaced(world, 'inactive', old);
    await world.ready('inactive');
    expect(await world.works('inactive')).toBe(true);
  });

  test('deleted, it leaves nothing behind', async () => {
    await inOverlap(world, 'deleted');
    const { clientId } = clientOf(world, 'deleted');
    await world.delete('deleted');
    await isGoneWithAll('deleted', clientId);
  });

  test('the Secret is deleted: what was published in it stays until its overlap ends, and then there is a new one', async () => {
    const { old, fresh } = await inOverlap(world, 'lost');
    await world.kube.delete(secrets, world.ref('lost'));
    // The provider has room for no third: whoever holds one of the two is not cut off for it.
    const held = await world.condition('lost', 'Ready', 'False', 'OverlapWithoutSecret');
    expect(said(held, 'Ready')).toContain('machine-client.dev/revoke-previous');
    expect([old, fresh].map((value) => accepts(world, 'lost', value))).toEqual([true, true]);
    await endOverlap('lost');
    await until('a new Secret', async () => await world.works('lost'));
    await replaced(world, 'lost', fresh);
  });

  test('a Secret that is edited is replaced after the overlap', async () => {
    const { fresh } = await inOverlap(world, 'edited');
    await patchSecret(world, 'edited', { stringData: { 'client-secret': 'a person wrote this' } });
    await world.condition('edited', 'Ready', 'False', 'OverlapWithoutSecret');
    await endOverlap('edited');
    await until('a new credential', async () => await world.works('edited'));
    await replaced(world, 'edited', fresh);
  });
});

describe('while the new credential is on its way to the Secret', () => {
  /** Begins a rotation, and keeps its proof back: the new credential exists upstream, and nowhere else. */
  const underWay = async (name: string): Promise<{ old: string; goOn: () => Promise<void> }> => {
    await world.client(name, { rotation: { overlap: SHORT_OVERLAP } });
    await world.ready(name);
    const { clientId, clientSecret: old } = await world.credential(name);
    world.simulator.setFaults([{ fault: 'hold-before', operations: ['token'], clientId, times: 1 }]);
    await annotate(world, name, { 'rotate-requested': 'now' });
    const held = await until('the proof is held back', () =>
      world.simulator.held().find((request) => request.clientId === clientId),
    );
    return {
      old,
      goOn: async () => {
        world.simulator.release(held.id);
        world.simulator.setFaults([]);
      },
    };
  };

  test('edits of the spec come to both sides, and one credential is spent', async () => {
    const { old, goOn } = await underWay('midway');
    await world.patch('midway', { spec: { scopes: ['write:invoices'], secret: { name: 'midway-new' } } });
    await goOn();
    await replaced(world, 'midway', old, 'midway-new');
    await world.ready('midway');
    expect(clientOf(world, 'midway').scopes).toEqual(['write:invoices']);
    expect(issuedTo(world, clientOf(world, 'midway').clientId)).toHaveLength(2);
  });

  test('a deletion leaves nothing behind', async () => {
    const { goOn } = await underWay('midway-deleted');
    const { clientId } = clientOf(world, 'midway-deleted');
    await world.delete('midway-deleted');
    await goOn();
    await isGoneWithAll('midway-deleted', clientId);
    expect(clientsOf(world, 'midway-deleted')).toEqual([]);
  });

  test('suspended, what was published stays published and nothing is retired', async () => {
    const { old, goOn } = await underWay('midway-suspended');
    await world.patch('midway-suspended', { spec: { suspend: true, rotation: { overlap: '1s' } } });
    await goOn();
    const object = await world.condition('midway-suspended', 'RotationInProgress', 'True', 'Suspended');
    expect(said(object, 'Ready')).toBe(works);
    expect(accepts(world, 'midway-suspended', old)).toBe(true);
    expect(await world.works('midway-suspended')).toBe(true);
    await world.patch('midway-suspended', { spec: { suspend: false } });
    await replaced(world, 'midway-suspended', old);
  });
});

test('the provider gets another management credential in the middle of a rotation, which ends with it', async () => {
  await using other = await worldWithWhole();
  const { old } = await inOverlap(other, 'login');
  const { credentials } = other.simulator.act({ action: 'rotateManagementSecret' });
  await annotate(other, 'login', { 'reconcile-requested': 'look' });
  await other.providerCondition('CredentialsValid', 'False');
  await other.patch('login', { spec: { rotation: { overlap: '1s' } } });
  expect(accepts(other, 'login', old)).toBe(true);
  expect(await other.works('login')).toBe(true);
  await patchSecret(other, 'stytch-management', { stringData: { secret: credentials?.secret ?? '' } });
  await replaced(other, 'login', old);
});
