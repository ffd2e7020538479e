import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { calls, mints, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, clientsOf, replaced } from '../helpers/upstream.ts';
import { World, type MachineClientWire } from '../helpers/world.ts';

/** Fields of the client at the provider, who may change them, and what is put back. */
let world: World;

beforeAll(async () => {
  world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  // The mass guard would hold back a repair of all known clients, however few: these stay whole.
  await Promise.all(['whole-1', 'whole-2', 'whole-3'].map((name) => world.client(name)));
  await Promise.all(['whole-1', 'whole-2', 'whole-3'].map((name) => world.ready(name)));
});
afterAll(() => world[Symbol.asyncDispose]());

/** Waits until the object was looked at again for this request, and gives it. */
const requested = async (name: string, token: string): Promise<MachineClientWire> => {
  await world.patch(name, { metadata: { annotations: { 'machine-client.dev/reconcile-requested': token } } });
  return await until('the request is answered', async () => {
    const object = await world.get(name);
    return object.status?.['lastHandledReconcileRequest'] === token && object;
  });
};

const metadataOf = (name: string): Record<string, unknown> => {
  const { 'machine-client.dev': _, ...others } = clientOf(world, name).trustedMetadata as Record<
    string,
    unknown
  >;
  return others;
};

test('every field follows the spec, with one update for all that differ', async () => {
  await world.client('fields', {
    displayName: 'First',
    description: 'one',
    scopes: ['read:a', 'read:b'],
    customMetadata: { tier: 'gold', region: 'no', nested: { a: [1] } },
  });
  await world.ready('fields');
  const { clientId } = clientOf(world, 'fields');
  expect(clientOf(world, 'fields')).toMatchObject({
    name: 'First',
    description: 'one',
    scopes: ['read:a', 'read:b'],
    status: 'active',
  });
  expect(metadataOf('fields')).toEqual({ tier: 'gold', region: 'no', nested: { a: [1] } });
  world.simulator.act({
    action: 'changeClient',
    clientId,
    fields: { trusted_metadata: { theirs: 'kept' } },
  });

  const updates = calls(world.simulator, 'update');
  await world.patch('fields', {
    spec: {
      displayName: 'Second',
      description: 'two',
      scopes: ['read:c'],
      customMetadata: { tier: 'silver', region: null, nested: { a: [2] } },
    },
  });
  const object = await world.condition('fields', 'ClientSynced', 'True', 'Synced');
  expect(said(object, 'ClientSynced')).toBe('True Synced: the client is as the spec wants it');
  expect(calls(world.simulator, 'update')).toBe(updates + 1);
  expect(clientOf(world, 'fields')).toMatchObject({ name: 'Second', description: 'two', scopes: ['read:c'] });
  expect(metadataOf('fields')).toEqual({ tier: 'silver', nested: { a: [2] }, theirs: 'kept' });

  await world.patch('fields', { spec: { scopes: [] } });
  await world.condition('fields', 'ClientSynced', 'True');
  expect(clientOf(world, 'fields').scopes).toEqual([]);
  // Absent is not managed, and not emptied.
  await world.patch('fields', { spec: { displayName: null, description: null, scopes: null } });
  await world.condition('fields', 'ClientSynced', 'True');
  expect(clientOf(world, 'fields')).toMatchObject({ name: 'Second', description: 'two', scopes: [] });
  expect((await world.get('fields')).status?.secretVersion).toBe(1);
});

test('an inactive client gets no tokens, and an active one does again', async () => {
  await world.client('switched');
  await world.ready('switched');
  await world.patch('switched', { spec: { state: 'Inactive' } });
  await until('it is inactive', () => clientOf(world, 'switched').status === 'inactive');
  expect(await world.works('switched')).toBe(false);
  await world.patch('switched', { spec: { state: 'Active' } });
  await until('it is active', () => clientOf(world, 'switched').status === 'active');
  await world.ready('switched');
  expect(await world.works('switched')).toBe(true);
  expect((await world.get('switched')).status?.secretVersion).toBe(1);
});

test('what was changed in the console is put back on request, and what is not managed stays', async () => {
  await world.client('drifting', { displayName: 'Mine' });
  await world.ready('drifting');
  const { clientId } = clientOf(world, 'drifting');
  world.simulator.act({
    action: 'changeClient',
    clientId,
    fields: { client_name: 'Theirs', client_description: 'a note', scopes: ['read:everything'] },
  });
  const object = await requested('drifting', 'look');
  await until('it is put back', () => clientOf(world, 'drifting').name === 'Mine');
  expect(clientOf(world, 'drifting')).toMatchObject({
    name: 'Mine',
    description: 'a note',
    scopes: ['read:invoices'],
  });
  expect(said(object, 'Drifted')).toBe('False InSync: nothing differs');
  await world.ready('drifting');
});

test('what was changed in the console is put back by the next resync', async () => {
  await using other = await World.make(inject('kubeconfig'));
  other.operator();
  // 60 s are three.
  await other.provider({ resyncInterval: '1m' });
  await other.client('drifting', { displayName: 'Mine' });
  await other.ready('drifting');
  const { clientId } = clientOf(other, 'drifting');
  other.simulator.act({ action: 'changeClient', clientId, fields: { client_name: 'Theirs' } });
  await until('it is put back', () => clientOf(other, 'drifting').name === 'Mine');
  await other.ready('drifting');
});

test('a client that was deleted in the console is created again under a new id, and the Secret follows', async () => {
  await world.client('lost', { displayName: 'Mine' });
  await world.ready('lost');
  const before = await world.credential('lost');
  const { uid } = (await world.getSecret('lost')).metadata;
  world.simulator.act({ action: 'deleteClient', clientId: before.clientId });
  await requested('lost', 'look');
  await until('there is a new client', () => clientsOf(world, 'lost').length === 1);
  await until('the Secret works', async () => {
    const { clientId } = await world.credential('lost');
    return clientId !== before.clientId && (await world.works('lost'));
  });
  const { clientId, name } = clientOf(world, 'lost');
  expect(name).toBe('Mine');
  // The status is written after the Secret.
  await until('the status says so', async () => (await world.get('lost')).status?.clientId === clientId);
  expect((await world.ready('lost')).status?.secretVersion).toBe(2);
  expect((await world.getSecret('lost')).metadata.uid).toBe(uid);
});

test('Observe says what it would change, and changes nothing', async () => {
  const { clientId = '' } = world.simulator.act({
    action: 'createClient',
    fields: { client_name: 'Foreign', scopes: ['read:x'] },
  });
  const after = world.simulator.requests().at(-1)?.seq ?? 0;
  await world.client('watching', {
    clientId,
    managementPolicy: 'Observe',
    displayName: 'Mine',
    scopes: ['read:invoices'],
  });
  const object = await world.condition('watching', 'Drifted', 'True', 'WouldChange');
  expect(said(object, 'Drifted')).toBe(
    'True WouldChange: these fields differ at the provider: displayName, scopes',
  );
  expect(said(object, 'Ready')).toBe('True Observed: the client exists; managementPolicy is Observe');
  expect(object.metadata.finalizers).toBeUndefined();
  expect(object.metadata.annotations).toBeUndefined();
  await expect(world.getSecret('watching')).rejects.toThrow('NotFound');

  await world.patch('watching', { spec: { displayName: null, scopes: ['read:x'] } });
  await world.condition('watching', 'Drifted', 'False', 'InSync');
  await world.delete('watching');
  await until('the object is gone', () => world.isGone('watching'));
  expect(world.simulator.clients().find((client) => client.clientId === clientId)).toMatchObject({
    name: 'Foreign',
    scopes: ['read:x'],
  });
  const asked = new Set(world.simulator.requests({ after, clientId }).map(({ operation }) => operation));
  expect([...asked]).toEqual(['get']);
});

test('Observe of a client that does not exist makes none', async () => {
  const before = mints(world.simulator);
  await world.client('absent', { clientId: 'm2m-client-nowhere', managementPolicy: 'Observe' });
  const object = await world.condition('absent', 'Ready', 'False', 'ClientNotFound');
  expect(said(object, 'Ready')).toBe(
    'False ClientNotFound: the client does not exist at the provider, and managementPolicy Observe makes none',
  );
  expect(object.metadata.finalizers).toBeUndefined();
  expect(mints(world.simulator)).toBe(before);
});

test('suspended nothing happens, and yet it can be deleted', async () => {
  await world.client('paused', { suspend: true });
  const object = await world.condition('paused', 'Ready', 'False', 'Suspended');
  expect(said(object, 'Ready')).toBe(
    'False Suspended: spec.suspend is true: nothing is done until it is false',
  );
  expect(said(object, 'Stalled')).toBe('False Idle: nothing stands in the way');
  expect(clientsOf(world, 'paused')).toEqual([]);
  await world.patch('paused', { spec: { suspend: false } });
  await world.ready('paused');
  await world.patch('paused', { spec: { suspend: true, displayName: 'Later' } });
  await until('the status is of this generation', async () => {
    const { metadata, status } = await world.get('paused');
    return status?.observedGeneration === metadata.generation;
  });
  expect(clientOf(world, 'paused').name).toBe('paused');
  expect(said(await world.get('paused'), 'Ready')).toMatch(/^True Ready/);
  await world.delete('paused');
  await until('the object is gone', () => world.isGone('paused'));
  expect(clientsOf(world, 'paused')).toEqual([]);
});

test('a rotation somebody else has open is theirs; the Secret goes on working', async () => {
  await world.client('disturbed', { rotation: { overlap: '0s' } });
  await world.ready('disturbed');
  const before = await world.credential('disturbed');
  world.simulator.act({ action: 'rotateStart', clientId: before.clientId });
  await world.patch('disturbed', {
    metadata: { annotations: { 'machine-client.dev/rotate-requested': 'a' } },
  });
  const held = await world.condition('disturbed', 'RotationBlocked', 'True', 'ForeignRotationOpen');
  expect(said(held, 'Ready')).toMatch(/^True Ready/);
  expect(clientOf(world, 'disturbed').nextSecret).not.toBeNull();
  world.simulator.act({ action: 'rotateCancel', clientId: before.clientId });
  await requested('disturbed', 'look');
  await replaced(world, 'disturbed', before.clientSecret);
  expect((await world.get('disturbed')).status?.['lastHandledRotateRequest']).toBe('a');
});
