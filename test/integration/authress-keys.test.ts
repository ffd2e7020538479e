import { expect, inject, test } from 'vitest';
import { annotateAny, looked, ownClient, rotatedTo, worldOf } from '../helpers/any-world.ts';
import { calls, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import type { World } from '../helpers/world.ts';

type AuthressWorld = World<AuthressUpstream>;

/** A new key is given six minutes until it must be accepted: here six seconds. A minute's timeout is one second. */
const flags = ['--time-scale=60', '--concurrency=1'];
const provider = { connection: { timeout: '60s' } };

const make = async (): Promise<AuthressWorld> =>
  await worldOf(inject('kubeconfig'), await AuthressUpstream.start(), provider, flags);

const keysOf = (world: AuthressWorld, name: string): readonly string[] =>
  ownClient(world, name).credentials.map(({ id }) => id);

test('a key that is accepted late: the old one stays published until then, and nobody else waits', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('late', { rotation: { overlap: '1h' } });
  await world.ready('late');
  const before = await world.credential('late');
  const [former = ''] = keysOf(world, 'late');
  const generatedAt = simulator.clients()[0]?.keys[0]?.generatedAt ?? 0;
  const keyDelayMs = 3_000;
  await until('the first key is old enough', () => Date.now() > generatedAt + keyDelayMs);
  simulator.setSwitches({ keyDelayMs });
  await annotateAny(world, 'late', { 'rotate-requested': 'now' });
  const fresh = await until('a new key', () => keysOf(world, 'late')[1]);
  const mintedAt = simulator.clients()[0]?.keys[1]?.generatedAt ?? 0;
  await world.client('other');
  await world.ready('other');
  expect(Date.now()).toBeLessThan(mintedAt + keyDelayMs);
  expect(await world.credential('late')).toEqual(before);
  expect(await world.works('late')).toBe(true);

  const object = await until('the new key is published', async () => {
    const now = await world.get('late');
    return now.status?.secretVersion === 2 && now;
  });
  expect(Date.now()).toBeGreaterThanOrEqual(mintedAt + keyDelayMs);
  expect(await world.works('late')).toBe(true);
  expect(said(object, 'Ready')).toBe(works);
  expect(keysOf(world, 'late')).toEqual([former, fresh]);
  expect(calls(simulator, 'addKey')).toBe(3);
});

test('a key that is accepted late is kept while the provider stumbles, and no other one is asked for', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('late', { rotation: { overlap: '1h' } });
  await world.ready('late');
  const mintedAt = simulator.clients()[0]?.keys[0]?.generatedAt ?? 0;
  const keyDelayMs = 2_000;
  await until('the first key is old enough', () => Date.now() > mintedAt + keyDelayMs);
  simulator.setSwitches({ keyDelayMs });
  // The first one is the look at the client, the second one the first proof.
  simulator.setFaults([
    { operations: ['get'], nth: 3, fault: 'status', status: 503 },
    { operations: ['get'], nth: 4, fault: 'drop-before' },
  ]);
  await annotateAny(world, 'late', { 'rotate-requested': 'now' });
  await until('the new key is published', async () => (await world.get('late')).status?.secretVersion === 2);
  expect(simulator.faults().map(({ applied }) => applied)).toEqual([1, 1]);
  expect(await world.works('late')).toBe(true);
  expect(calls(simulator, 'addKey')).toBe(2);
});

test('a key that is never accepted is deleted again; the Secret stays, and it is tried again later', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  const before = await world.getSecret('worker');
  const [former = ''] = keysOf(world, 'worker');
  simulator.setSwitches({ keyDelayMs: 3_600_000 });
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  const fresh = await until('a new key', () => keysOf(world, 'worker')[1]);
  await until('it is deleted again', () => !keysOf(world, 'worker').includes(fresh));
  const failed = await until('it is said', async () => {
    const object = await world.get('worker');
    return object.status?.['failedAttempts'] !== undefined && object;
  });
  expect(said(failed, 'RotationInProgress')).toBe('False CredentialRefused: Authress proof: HTTP 401');
  expect(failed.status).toMatchObject({ failedAttempts: 1, secretVersion: 1 });
  expect(Date.parse(String(failed.status?.['nextRetryTime']))).not.toBeNaN();
  expect(await world.getSecret('worker')).toEqual(before);
  expect(keysOf(world, 'worker')).toContain(former);

  simulator.setSwitches({ keyDelayMs: 0 });
  await rotatedTo(world, 'worker', 2);
  expect(await world.works('worker')).toBe(true);
  expect(keysOf(world, 'worker')).not.toContain(former);
  expect((await world.get('worker')).status).not.toHaveProperty('failedAttempts');
});

test('all is lost while a key waits to be accepted: its refusal is no sign of life, and nothing is made again', async () => {
  await using world = await worldOf(
    inject('kubeconfig'),
    await AuthressUpstream.start(),
    { ...provider, resyncInterval: '1m' },
    flags,
  );
  const { simulator } = world;
  const names = ['one', 'two', 'three'];
  for (const name of names) await world.client(name);
  for (const name of names) await world.ready(name);
  simulator.setSwitches({ keyDelayMs: 3_600_000 });
  await annotateAny(world, 'one', { 'rotate-requested': 'now' });
  await until('a new key', () => keysOf(world, 'one')[1]);
  for (const { clientId } of simulator.clients()) simulator.act({ action: 'deleteClient', clientId });
  await world.providerCondition('MassChangeHeld', 'True', 'Held');
  for (const name of ['two', 'three']) await world.condition(name, 'Ready', 'False', 'MassChange');

  await until('the key is given up', () => calls(simulator, 'deleteKey') === 1);
  await world.condition('one', 'Ready', 'False', 'MassChange');
  const lists = calls(simulator, 'list');
  await until('all is listed twice again', () => calls(simulator, 'list') >= lists + 2);
  await world.providerCondition('MassChangeHeld', 'True', 'Held');
  expect(simulator.clients()).toEqual([]);
  expect(calls(simulator, 'create')).toBe(names.length);
});

test('a key of somebody else is named and kept, through a rotation of ours', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  const { clientId, createdAt } = ownClient(world, 'worker');
  // With another operation the creation is over; what comes within two settle times of it counts as made with it.
  await world.patch('worker', { spec: { displayName: 'Renamed' } });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  await until('the client is old enough', () => Date.now() > createdAt + 1_000);
  const { keyId: foreign = '', accessKey = '' } = simulator.act({ action: 'addKey', clientId });
  const named = await looked(world, 'worker');
  const says = `False ForeignCredential: credentials that are not ours are alive on the client and are left alone: ${foreign}`;
  expect(said(named, 'RotationInProgress')).toBe(says);
  expect(said(named, 'Ready')).toBe(works);
  const [former = ''] = keysOf(world, 'worker');

  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await until('the former key is deleted', () => !keysOf(world, 'worker').includes(former));
  const [kept, current = '', ...others] = keysOf(world, 'worker');
  expect([kept, others]).toEqual([foreign, []]);
  const rested = await until('the rotation is over', async () => {
    const object = await world.get('worker');
    return said(object, 'RotationInProgress') === says && object;
  });
  expect(rested.status?.['credentials']).toMatchObject([
    { id: foreign, state: 'Foreign' },
    { id: current, state: 'Current' },
  ]);
  expect(await world.works('worker')).toBe(true);
  expect(await world.upstream.ask(clientId, accessKey)).toBe('accepted');
  expect(calls(simulator, 'deleteKey')).toBe(1);
});
