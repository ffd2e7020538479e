import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { calls, mints, patchSecret, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, clientsOf, issuedTo, replaced } from '../helpers/upstream.ts';
import { World } from '../helpers/world.ts';

/** Clients that exist already, values that exist already, and two objects that want the same. */
let world: World;

beforeAll(async () => {
  world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ clientPolicy: { adoption: 'Allow' } });
});
afterAll(() => world[Symbol.asyncDispose]());

const create = (id: string): { clientId: string; secret: string } => {
  const { clientId = '', secret = '' } = world.simulator.act({
    action: 'createClient',
    fields: {
      client_id: id,
      client_name: 'Foreign',
      scopes: ['read:invoices'],
      trusted_metadata: { theirs: 1 },
    },
  });
  return { clientId, secret };
};
const foreign = (id: string) => world.simulator.clients().find(({ clientId }) => clientId === id);
const writes = (): number =>
  calls(world.simulator, 'create', 'update', 'delete', 'rotateStart', 'rotate', 'rotateCancel');

test('without both switches a foreign client is left alone', async () => {
  const { clientId } = create('foreign-refused');
  const before = writes();
  await world.client('refused', { clientId });
  const object = await world.condition('refused', 'Stalled', 'True', 'AdoptionNotAllowed');
  expect(said(object, 'Ready')).toBe(
    'False AdoptionNotAllowed: the client foreign-refused exists and is not ours; to take it over, set spec.adoptionPolicy: Existing here and clientPolicy.adoption: Allow on the provider',
  );
  await world.patchProvider({ spec: { clientPolicy: { adoption: 'Deny' } } });
  await world.patch('refused', { spec: { adoptionPolicy: 'Existing' } });
  const waiting = await world.condition('refused', 'Ready', 'False', 'AdoptionNotAllowed');
  expect(said(waiting, 'Stalled')).toBe('False Idle: nothing stands in the way');
  expect(writes()).toBe(before);
  expect(foreign(clientId)?.trustedMetadata).toEqual({ theirs: 1 });

  await world.patchProvider({ spec: { clientPolicy: { adoption: 'Allow' } } });
  await world.ready('refused');
  expect(clientOf(world, 'refused').clientId).toBe(clientId);
});

test('a client without a Secret is taken over with a new credential; the former one lives for the overlap', async () => {
  const { clientId, secret } = create('foreign-bare');
  await world.client('bare', { clientId, adoptionPolicy: 'Existing', rotation: { overlap: '20s' } });
  await world.ready('bare');
  await replaced(world, 'bare', secret);
  const publishedAt = Date.parse(
    (await world.getSecret('bare')).metadata.annotations?.['machine-client.dev/published-at'] ?? '',
  );
  const [former] = issuedTo(world, clientId);
  expect(former?.value).toBe(secret);
  expect(former?.revokedAt).toBeGreaterThanOrEqual(publishedAt + 1_000);
  expect(foreign(clientId)?.trustedMetadata).toMatchObject({ theirs: 1 });
  expect(await world.works('bare')).toBe(true);
});

test('a Secret that proves valid is kept, value and identity', async () => {
  const { clientId, secret } = create('foreign-valid');
  const { uid } = (
    await world.secret('valid', { 'client-id': clientId, 'client-secret': secret, more: 'theirs' })
  ).metadata;
  const before = mints(world.simulator);
  await world.client('valid', { clientId, adoptionPolicy: 'Existing' });
  await world.ready('valid');
  expect(await world.works('valid')).toBe(true);
  const kept = await world.getSecret('valid');
  expect(kept.metadata.uid).toBe(uid);
  expect(await world.credential('valid')).toMatchObject({ clientId, clientSecret: secret });
  expect(Buffer.from(kept.data?.['more'] ?? '', 'base64').toString()).toBe('theirs');
  expect(mints(world.simulator)).toBe(before);
  expect(clientOf(world, 'valid').nextSecret).toBeNull();
});

test('with Merge a Secret that proves valid stays somebody else’s: only our keys go at the end', async () => {
  const { clientId, secret } = create('foreign-merged');
  const { uid } = (
    await world.secret('merged', { 'client-id': clientId, 'client-secret': secret, more: 'theirs' })
  ).metadata;
  const merge = { creationPolicy: 'Merge' };
  await world.client('merged', { clientId, adoptionPolicy: 'Existing', secret: merge });
  await world.ready('merged');
  expect((await world.credential('merged')).clientSecret).toBe(secret);
  await world.delete('merged');
  await until('the object is gone', () => world.isGone('merged'));
  const left = await world.getSecret('merged');
  expect(left.metadata.uid).toBe(uid);
  expect(Object.keys(left.data ?? {})).toEqual(['more']);
});

test('a Secret that does not prove valid is not overwritten', async () => {
  const { clientId } = create('foreign-invalid');
  await world.secret('invalid', { 'client-id': clientId, 'client-secret': 'something else' });
  const before = mints(world.simulator);
  await world.client('invalid', { clientId, adoptionPolicy: 'Existing' });
  const object = await world.condition('invalid', 'Stalled', 'True', 'SecretNotOurs');
  expect(said(object, 'Ready')).toContain("the Secret invalid exists and is not this MachineClient's");
  expect((await world.credential('invalid')).clientSecret).toBe('something else');
  expect((await world.getSecret('invalid')).metadata.labels).toBeUndefined();
  expect(mints(world.simulator)).toBe(before);
});

test('an import creates the client with the given id and secret', async () => {
  const value = 'imported-secret-0123456789abcdef';
  await world.client('imported', {
    clientId: 'imported-id',
    credential: { importSecretRef: { name: 'to-import', key: 'value' } },
  });
  const missing = await world.condition('imported', 'Ready', 'False', 'ImportSecretMissing');
  expect(said(missing, 'Ready')).toBe(
    'False ImportSecretMissing: spec.credential.importSecretRef: there is no Secret to-import',
  );
  await world.secret('to-import', { other: 'x' });
  const without = await until('the key is missed', async () => {
    const object = await world.condition('imported', 'Ready', 'False', 'ImportSecretMissing');
    return said(object, 'Ready').includes('no key') && object;
  });
  expect(said(without, 'Ready')).toBe(
    'False ImportSecretMissing: spec.credential.importSecretRef: the Secret to-import has no key value',
  );
  // As `echo` writes it: Stytch would take the line break, and every program that has the secret would be refused.
  await patchSecret(world, 'to-import', { stringData: { value: `${value}\n` } });
  const broken = await until('the line break is seen', async () => {
    const object = await world.condition('imported', 'Ready', 'False', 'ImportSecretMissing');
    return said(object, 'Ready').includes('white space') && object;
  });
  expect(said(broken, 'Ready')).not.toContain(value);
  expect(world.simulator.clients().some(({ clientId }) => clientId === 'imported-id')).toBe(false);
  await patchSecret(world, 'to-import', { stringData: { value } });
  await world.ready('imported');
  expect(await world.credential('imported')).toMatchObject({ clientId: 'imported-id', clientSecret: value });
  expect(await world.works('imported')).toBe(true);
  expect(clientOf(world, 'imported')).toMatchObject({ clientId: 'imported-id', secret: value });

  // Nothing of it is shown to who may not read the Secret, also under another name and through the overlap after it.
  const shows = async (): Promise<string> => JSON.stringify((await world.get('imported')).status);
  const { status } = await world.get('imported');
  expect(status).not.toHaveProperty('secretSuffix');
  expect(status?.['credentials']).toEqual([{ id: 'imported', state: 'Current' }]);
  expect(await shows()).not.toContain(value.slice(-4));
  await world.patch('imported', { spec: { secret: { name: 'imported-renamed' } } });
  await until('it is published anew', async () => (await world.get('imported')).status?.secretVersion === 2);
  await world.ready('imported');
  expect(await shows()).not.toContain(value.slice(-4));
  await world.patch('imported', {
    spec: { stytch: null, rotation: { overlap: '10m' } },
    metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } },
  });
  const rotated = await until('it is rotated', async () => {
    const object = await world.get('imported');
    return object.status?.secretVersion === 3 && object;
  });
  const next = clientOf(world, 'imported')?.nextSecret?.slice(-4);
  expect(rotated.status?.secretSuffix).toBe(`****${next}`);
  expect(rotated.status?.['credentials']).toMatchObject([
    { id: 'imported', state: 'Retiring' },
    { id: next, state: 'Current' },
  ]);
  expect(await shows()).not.toContain(value.slice(-4));
});

test('of two that want one Secret the one that has it keeps it, and the other gets it when it is free', async () => {
  await world.client('holder', { secret: { name: 'contested' } });
  await world.ready('holder');
  const before = mints(world.simulator);
  await world.client('a-rival', { secret: { name: 'contested' } });
  const object = await world.condition('a-rival', 'Stalled', 'True', 'SecretConflict');
  expect(said(object, 'Ready')).toBe(
    'False SecretConflict: MachineClient holder has the Secret contested; choose another spec.secret.name',
  );
  expect(mints(world.simulator)).toBe(before);
  expect(object.metadata.finalizers).toBeUndefined();
  await world.delete('holder');
  await world.ready('a-rival');
  expect(await world.works('contested')).toBe(true);
  expect(clientsOf(world, 'holder')).toEqual([]);
});

test('of two that want one client the one that has it keeps it, and the other gets it when it is free', async () => {
  await world.client('owner', { clientId: 'contested-id' });
  await world.ready('owner');
  const before = writes();
  await world.client('a-second', { clientId: 'contested-id' });
  const object = await world.condition('a-second', 'Stalled', 'True', 'ClientConflict');
  expect(said(object, 'Ready')).toBe(
    'False ClientConflict: the client contested-id belongs to MachineClient owner',
  );
  expect(writes()).toBe(before);
  await world.delete('owner');
  await world.ready('a-second');
  expect(clientOf(world, 'a-second').clientId).toBe('contested-id');
  expect(await world.works('a-second')).toBe(true);
});

test('of two that were there before the operator the first by name wins, whichever is seen first', async () => {
  const [operator] = world.operators.splice(0);
  await operator?.kill();
  const second = world.client('tie-b', { secret: { name: 'tie' } });
  await Promise.all([second, world.client('tie-a', { secret: { name: 'tie' } })]);
  const times = await Promise.all(['tie-a', 'tie-b'].map((name) => world.get(name)));
  const created = times.map(({ metadata }) => metadata.creationTimestamp);
  world.operator();
  // Both were made within one second, or else the older one wins.
  const [winner, loser] = (created[0] ?? '') <= (created[1] ?? '') ? ['tie-a', 'tie-b'] : ['tie-b', 'tie-a'];
  await world.ready(winner ?? '');
  await world.condition(loser ?? '', 'Stalled', 'True', 'SecretConflict');
});

test('Retain lets the client go with its credential; taking it back is an adoption', async () => {
  await world.client('leaving', { deletionPolicy: 'Retain', secret: { deletionPolicy: 'Retain' } });
  await world.ready('leaving');
  const before = await world.credential('leaving');
  await world.delete('leaving');
  await until('the object is gone', () => world.isGone('leaving'));
  expect(await world.works('leaving')).toBe(true);
  expect(clientsOf(world, 'leaving')).toEqual([]);
  expect(foreign(before.clientId)?.trustedMetadata).toMatchObject({
    'machine-client.dev': { released: true },
  });

  await world.client('leaving', { clientId: before.clientId });
  await world.condition('leaving', 'Stalled', 'True', 'AdoptionNotAllowed');
  const minted = mints(world.simulator);
  await world.patch('leaving', { spec: { adoptionPolicy: 'Existing' } });
  await world.ready('leaving');
  expect(await world.credential('leaving')).toEqual(before);
  expect(clientOf(world, 'leaving').clientId).toBe(before.clientId);
  expect(mints(world.simulator)).toBe(minted);
});
