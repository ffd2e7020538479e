import { expect, inject, test } from 'vitest';
import {
  annotateAny,
  dataOf,
  ownClient,
  quickFlags,
  quickSweeps,
  rotatedTo,
  worldOf,
} from '../helpers/any-world.ts';
import { calls, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import type { World } from '../helpers/world.ts';

type AuthressWorld = World<AuthressUpstream>;
type Options = Parameters<typeof AuthressUpstream.start>[0];

const make = async (options: Options = {}): Promise<AuthressWorld> =>
  await worldOf(inject('kubeconfig'), await AuthressUpstream.start(options), quickSweeps, quickFlags);

const formerDefault = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'token-url', field: 'TokenURL' },
];
const keysOf = async (world: AuthressWorld, name: string): Promise<readonly string[]> =>
  Object.keys(await dataOf(world, name)).toSorted();

test('a service that gives no client secrets: the Secret holds the access key, and it is rotated', async () => {
  await using world = await make({ switches: { clientSecrets: 'absent' } });
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  expect(await keysOf(world, 'worker')).toEqual(['access-key', 'client-id']);
  expect(await world.works('worker')).toBe(true);
  expect(calls(world.simulator, 'addKey')).toBe(2);
});

test('an entry that asks for one in vain: the new key is deleted again, and the entry is named', async () => {
  await using world = await make({ switches: { clientSecrets: 'absent' } });
  await world.client('worker', { secret: { entries: formerDefault } });
  const failed = await until('it is said', async () => {
    const object = await world.get('worker');
    return object.status?.['failedAttempts'] !== undefined && object;
  });
  expect(said(failed, 'Ready')).toContain('the provider gave no ClientSecret with the new credential');
  await until('the key is gone', () => ownClient(world, 'worker').credentials.length === 0);
});

test('only what is published is proven', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { secret: { entries: formerDefault }, rotation: { overlap: '0s' } });
  await world.ready('worker');
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  const { clientId } = ownClient(world, 'worker');
  const proofs = simulator.requests({ operation: 'token' });
  expect(proofs.map((one) => [one.clientId, one.status])).toContainEqual([clientId, 200]);
  // Whoever proves an access key logs in with it; the operator's own key is another client's.
  expect(simulator.requests({ operation: 'get' }).filter(({ status }) => status === 404)).toEqual([]);
});

test('a Secret from before access keys were the default keeps its keys when nobody names entries', async () => {
  await using world = await make();
  await world.client('worker', { secret: { entries: formerDefault }, rotation: { overlap: '0s' } });
  await world.ready('worker');
  const before = await world.getSecret('worker');
  const object = await world.patch('worker', { spec: { secret: { entries: null } } });
  await until('the new spec was looked at', async () => {
    const { status } = await world.get('worker');
    return status?.observedGeneration === object.metadata.generation;
  });
  expect(await world.getSecret('worker')).toEqual(before);
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  expect(await keysOf(world, 'worker')).toEqual(['client-id', 'client-secret', 'token-url']);
  expect(calls(world.simulator, 'addKey')).toBe(2);
});
