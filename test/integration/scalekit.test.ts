import { expect, inject, test } from 'vitest';
import { parseDescription } from '../../src/providers/scalekit/description-mark.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import {
  annotateAny,
  dataOf,
  isDeleted,
  looked,
  ownClient,
  quickFlags,
  quickSweeps,
  rotatedTo,
  worldOf,
} from '../helpers/any-world.ts';
import { calls, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import type { World } from '../helpers/world.ts';

type ScalekitWorld = World<ScalekitUpstream>;

const make = async (
  spec: Record<string, unknown> = {},
  flags: readonly string[] = [],
): Promise<ScalekitWorld> => await worldOf(inject('kubeconfig'), await ScalekitUpstream.start(), spec, flags);

const fieldsOf = (world: ScalekitWorld) => {
  const [client, ...others] = world.simulator.clients();
  if (!client || others.length > 0) throw new Error('there is not one client');
  const { name, description, scopes, audience, customClaims, expiry } = client;
  return { name, description: parseDescription(description).text, scopes, audience, customClaims, expiry };
};

test('a client of its organization and a Secret that works; what changes is written once, and what is missing never', async () => {
  await using world = await make(quickSweeps, quickFlags);
  const { simulator } = world;
  const { organizationId } = simulator.credentials;
  await world.client('worker', {
    displayName: 'Worker',
    description: 'reads invoices',
    audiences: ['https://api.example.com'],
    organizationId,
    customClaims: [{ key: 'team', value: 'billing' }],
    accessTokenLifetime: '10m',
  });
  const object = await world.ready('worker');
  expect(said(object, 'Ready')).toBe(works);
  const [client] = simulator.clients();
  expect(client?.organizationId).toBe(organizationId);
  const made = {
    name: 'Worker',
    description: 'reads invoices',
    scopes: ['read:invoices'],
    audience: ['https://api.example.com'],
    customClaims: [{ key: 'team', value: 'billing' }],
    expiry: 600,
  };
  expect(fieldsOf(world)).toEqual(made);
  const { id: secretId, value } = client?.secrets[0] ?? {};
  expect(await dataOf(world, 'worker')).toEqual({
    'client-id': client?.clientId,
    'client-secret': value,
    'token-url': `${world.upstream.url}/oauth/token`,
  });
  expect(await world.works('worker')).toBe(true);
  expect(object.status).toMatchObject({
    clientId: client?.clientId,
    secretVersion: 1,
    secretSuffix: `****${value?.slice(-4)}`,
    credentials: [{ id: secretId, suffix: `****${value?.slice(-4)}`, state: 'Current' }],
  });

  const before = await world.getSecret('worker');
  await world.patch('worker', {
    spec: {
      scopes: ['read:invoices', 'read:payments'],
      customClaims: [{ key: 'team', value: 'payments' }],
      accessTokenLifetime: '20m',
    },
  });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  const changed = {
    ...made,
    scopes: ['read:invoices', 'read:payments'],
    customClaims: [{ key: 'team', value: 'payments' }],
    expiry: 1200,
  };
  expect(fieldsOf(world)).toEqual(changed);
  // The lifetime comes back as a text: that must not read as another one.
  const lists = calls(simulator, 'list');
  await until('three more sweeps', () => calls(simulator, 'list') >= lists + 3);
  await looked(world, 'worker');
  expect(calls(simulator, 'update')).toBe(1);

  // Nothing of the wire can clear a list.
  await world.patch('worker', { spec: { scopes: [] } });
  const stalled = await world.condition('worker', 'Stalled', 'True', 'FieldNotSupported');
  const says =
    'FieldNotSupported: spec.scopes is empty, and Scalekit cannot clear it: keep a value, or delete the MachineClient and make a new one';
  expect(said(stalled, 'Stalled')).toBe(`True ${says}`);
  expect(said(stalled, 'Ready')).toBe(`False ${says}`);
  expect(fieldsOf(world)).toEqual(changed);
  await world.patch('worker', { spec: { scopes: ['read:payments'] } });
  expect(said(await world.ready('worker'), 'Ready')).toBe(works);
  expect(fieldsOf(world)).toEqual({ ...changed, scopes: ['read:payments'] });
  expect(calls(simulator, 'update')).toBe(2);
  expect(await world.getSecret('worker')).toEqual(before);
  expect(calls(simulator, 'create', 'addSecret', 'deleteSecret')).toBe(1);
});

test('a client that was changed or deleted in the console is put right', async () => {
  await using world = await make(quickSweeps, quickFlags);
  const { simulator } = world;
  await world.client('worker', { description: 'ours' });
  await world.ready('worker');
  const { clientId } = ownClient(world, 'worker');
  simulator.act({ action: 'changeClient', clientId, fields: { scopes: ['read:everything'], name: 'Mine' } });
  await until('the scopes are back', () => simulator.clients()[0]?.scopes.join() === 'read:invoices');
  // A field that the spec leaves out is nobody's business.
  expect(fieldsOf(world)).toMatchObject({ name: 'Mine', description: 'ours' });
  expect(await world.works('worker')).toBe(true);

  simulator.act({ action: 'deleteClient', clientId });
  await annotateAny(world, 'worker', { 'reconcile-requested': 'now' });
  await until('another client', async () => {
    const { status } = await world.get('worker');
    return status?.clientId !== undefined && status.clientId !== clientId;
  });
  await world.ready('worker');
  expect(simulator.clients()).toHaveLength(1);
  expect(await world.works('worker')).toBe(true);
});

test('a secret that expires is announced, and replaced before it does', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s', rotateBefore: '10m' } });
  await world.ready('worker');
  const { clientId, credentials } = ownClient(world, 'worker');
  const [former] = credentials;
  const expiresAfter = (ms: number): number => {
    const at = Date.now() + ms;
    simulator.act({ action: 'setSecretExpiry', clientId, secretId: former?.id ?? '', at });
    return at;
  };
  const tomorrow = expiresAfter(86_400_000);
  const { status } = await looked(world, 'worker');
  // Ten minutes are half a minute here; status tells whole seconds.
  const due = Date.parse(String(status?.['nextRotationTime']));
  expect(Math.abs(tomorrow - 30_000 - due)).toBeLessThan(1_001);
  expect(status?.['credentials']).toMatchObject([{ state: 'Current', expiryTime: expect.any(String) }]);

  const soon = expiresAfter(31_500);
  await looked(world, 'worker');
  await until('the secret is replaced', async () => {
    const { status: now } = await world.get('worker');
    return now?.secretVersion === 2;
  });
  expect(Date.now()).toBeLessThan(soon);
  expect((await world.credential('worker')).clientSecret).not.toBe(former?.value);
  expect(await world.works('worker')).toBe(true);
  await until('no rotation is planned any more', async () => {
    return !('nextRotationTime' in ((await world.get('worker')).status ?? {}));
  });
});

test('management tokens that end in the middle of the work are nobody’s trouble', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  const provider = await world.providerCondition('Ready', 'True');
  const { clientId } = ownClient(world, 'worker');
  // Ended at rest, and then while a request is on its way: each is asked for once more, with a new token.
  simulator.act({ action: 'expireTokens' });
  simulator.setFaults([{ operations: ['update'], clientId, times: 1, fault: 'hold-before' }]);
  await world.patch('worker', { spec: { displayName: 'Renamed' } });
  const held = await until('the update is on its way', () => simulator.held()[0]);
  simulator.act({ action: 'expireTokens' });
  simulator.release(held.id);
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  expect(fieldsOf(world).name).toBe('Renamed');

  simulator.act({ action: 'expireTokens' });
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  expect(await world.works('worker')).toBe(true);
  expect(simulator.counters().committed).toMatchObject({ create: 1, update: 1, addSecret: 1 });
  expect((await world.getProvider()).status?.conditions).toEqual(provider.status?.conditions);
});

test('deletion: the client goes with its object, or stays and says that it was let go', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('leaving');
  await world.client('staying', {
    description: 'for the auditors',
    deletionPolicy: 'Retain',
    secret: { deletionPolicy: 'Retain' },
  });
  await world.ready('leaving');
  await world.ready('staying');
  const { clientId } = ownClient(world, 'staying');
  for (const name of ['leaving', 'staying']) await world.delete(name);
  for (const name of ['leaving', 'staying']) await isDeleted(world, name);
  await expect(world.getSecret('leaving')).rejects.toSatisfy(isNotFound);
  expect(simulator.clients().map((client) => client.clientId)).toEqual([clientId]);
  const { description = '' } = simulator.clients()[0] ?? {};
  expect(description).toMatch(/^\[mco released mco-/);
  expect(parseDescription(description)).toMatchObject({ released: true, text: 'for the auditors' });
  expect(await world.works('staying')).toBe(true);

  // What was let go is nobody's: a new object of the name makes a client of its own.
  await world.client('staying', { secret: { name: 'another' } });
  const again = await world.ready('staying');
  expect(again.status?.clientId).not.toBe(clientId);
  expect(simulator.clients()).toHaveLength(2);
});
