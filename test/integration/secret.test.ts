import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { deleteSecret, mints, patchSecret, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, issuedTo, replaced } from '../helpers/upstream.ts';
import { World } from '../helpers/world.ts';

/** What people do to a Secret of ours, and what the spec says of it. At the time scale of 20, 20 s are one. */
const rotation = { overlap: '20s' };
const overlapMs = 1_000;

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

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const annotation = async (name: string, key: string): Promise<string | undefined> =>
  (await world.getSecret(name)).metadata.annotations?.[`machine-client.dev/${key}`];

/** Everything that a repair by a new credential promises; `former` is what the Secret held. */
const expectRepaired = async (name: string, former: string): Promise<void> => {
  await replaced(world, name, former);
  const client = clientOf(world, name);
  const [first, second, ...more] = issuedTo(world, client.clientId);
  const { clientId, clientSecret } = await world.credential(name);
  expect({ clientId, clientSecret, more }).toEqual({
    clientId: client.clientId,
    clientSecret: second?.value,
    more: [],
  });
  expect(first?.value).toBe(former);
  // I4: whoever still holds the former one works for the overlap after the publication of its successor.
  const publishedAt = Date.parse((await annotation(name, 'published-at')) ?? '');
  expect(first?.revokedAt).toBeGreaterThanOrEqual(publishedAt + overlapMs);
  const object = await world.ready(name);
  expect(object.status).toMatchObject({
    clientId: client.clientId,
    secretVersion: 2,
    secretSuffix: `****${clientSecret.slice(-4)}`,
    binding: { name },
  });
  expect(await world.works(name)).toBe(true);
};

test('an edited Secret gets a new credential on the same client, and the lost one is retired later', async () => {
  await world.client('edited', { rotation });
  await world.ready('edited');
  const before = await world.credential('edited');
  const { uid } = (await world.getSecret('edited')).metadata;
  await patchSecret(world, 'edited', { data: { 'client-secret': base64('mine') } });
  await expectRepaired('edited', before.clientSecret);
  expect((await world.getSecret('edited')).metadata.uid).toBe(uid);
});

test('a deleted Secret is made again with a new credential on the same client', async () => {
  await world.client('deleted', { rotation });
  await world.ready('deleted');
  const before = await world.credential('deleted');
  await deleteSecret(world, 'deleted');
  await until('the Secret is there again', () => world.getSecret('deleted').then(Boolean, () => false));
  await expectRepaired('deleted', before.clientSecret);
});

test('an immutable Secret is left in peace while it works, and says what to do when it must change', async () => {
  await world.client('frozen', { rotation });
  await world.ready('frozen');
  const before = await world.credential('frozen');
  await patchSecret(world, 'frozen', { immutable: true });
  await world.patch('frozen', {
    metadata: { annotations: { 'machine-client.dev/reconcile-requested': '1' } },
  });
  await until('the request is answered', async () => {
    const { status } = await world.get('frozen');
    return status?.['lastHandledReconcileRequest'] === '1';
  });
  expect(said(await world.ready('frozen'), 'Stalled')).toBe('False Idle: nothing stands in the way');

  await world.patch('frozen', {
    spec: { secret: { entries: [{ key: 'password', field: 'ClientSecret' }] } },
  });
  const stalled = await world.condition('frozen', 'Stalled', 'True', 'SecretImmutable');
  const message =
    'SecretImmutable: the Secret frozen is immutable and cannot be changed; delete it, or choose another spec.secret.name';
  expect(said(stalled, 'Stalled')).toBe(`True ${message}`);
  expect(said(stalled, 'Ready')).toBe(`False ${message}`);
  expect(await world.credential('frozen')).toEqual(before);

  await deleteSecret(world, 'frozen');
  await world.ready('frozen');
  await until('the lost credential is retired', () => clientOf(world, 'frozen').nextSecret === null);
  const { data, immutable } = await world.getSecret('frozen');
  expect(data).toEqual({ password: base64(clientOf(world, 'frozen').secret) });
  expect(immutable).toBeUndefined();
});

test('a renamed Secret is copied first with the same credential, and the former one goes after the overlap', async () => {
  await world.client('renamed', { rotation });
  await world.ready('renamed');
  const before = await world.credential('renamed');
  const minted = mints(world.simulator);
  await world.patch('renamed', { spec: { secret: { name: 'renamed-now' } } });
  await until('the copy is there', () => world.getSecret('renamed-now').then(Boolean, () => false));
  const publishedAt = Date.parse((await annotation('renamed-now', 'published-at')) ?? '');
  expect(await world.credential('renamed-now')).toEqual(before);
  await until('the former one is gone', () =>
    world.getSecret('renamed').then(
      () => false,
      () => true,
    ),
  );
  expect(Date.now()).toBeGreaterThanOrEqual(publishedAt + overlapMs);
  const object = await world.ready('renamed');
  expect(object.status).toMatchObject({ binding: { name: 'renamed-now' }, secretVersion: 2 });
  expect(mints(world.simulator)).toBe(minted);
  expect(clientOf(world, 'renamed').nextSecret).toBeNull();
});

test('entries, formats, labels and annotations come and go with the spec; what others wrote stays', async () => {
  await world.client('shaped', { rotation });
  await world.ready('shaped');
  const before = await world.credential('shaped');
  const minted = mints(world.simulator);
  await patchSecret(world, 'shaped', {
    metadata: { labels: { team: 'theirs' }, annotations: { note: 'theirs' } },
    data: { theirs: base64('kept') },
  });
  await world.patch('shaped', {
    spec: {
      secret: {
        entries: [
          { key: 'id', field: 'ClientID' },
          { key: '2nd-secret', field: 'ClientSecret' },
          { key: 'scopes', field: 'Scopes' },
          { key: 'type', field: 'Type' },
          { key: 'provider', field: 'Provider' },
        ],
        outputFormats: [
          { type: 'DotEnv', key: '.env' },
          { type: 'JSON', key: 'all.json' },
        ],
        labels: { app: 'billing' },
        annotations: { 'example.com/a': 'b' },
      },
    },
  });
  const shaped = await until('the Secret has its new form', async () => {
    const secret = await world.getSecret('shaped');
    return secret.data?.['.env'] !== undefined && secret;
  });
  const values: Record<string, string> = {
    id: before.clientId,
    '2nd-secret': before.clientSecret,
    scopes: 'read:invoices',
    type: 'oauth2',
    provider: 'stytch',
  };
  const text = (key: string): string => Buffer.from(shaped.data?.[key] ?? '', 'base64').toString('utf8');
  expect(Object.keys(shaped.data ?? {}).toSorted()).toEqual(
    [...Object.keys(values), '.env', 'all.json', 'theirs'].toSorted(),
  );
  for (const [key, value] of Object.entries(values)) expect(text(key)).toBe(value);
  expect(text('theirs')).toBe('kept');
  expect(JSON.parse(text('all.json'))).toEqual(values);
  expect(text('.env')).toBe(
    `ID='${before.clientId}'\n_2ND_SECRET='${before.clientSecret}'\nSCOPES='read:invoices'\nTYPE='oauth2'\nPROVIDER='stytch'\n`,
  );
  expect(shaped.metadata.labels).toEqual({
    team: 'theirs',
    app: 'billing',
    'machine-client.dev/managed': 'true',
  });
  expect(shaped.metadata.annotations).toMatchObject({ note: 'theirs', 'example.com/a': 'b' });

  await world.patch('shaped', { spec: { secret: null } });
  const plain = await until('the Secret has its usual form again', async () => {
    const secret = await world.getSecret('shaped');
    return secret.data?.['.env'] === undefined && secret;
  });
  expect(Object.keys(plain.data ?? {}).toSorted()).toEqual([
    'client-id',
    'client-secret',
    'theirs',
    'token-url',
  ]);
  expect(plain.metadata.labels).toEqual({ team: 'theirs', 'machine-client.dev/managed': 'true' });
  expect(plain.metadata.annotations?.['note']).toBe('theirs');
  expect(plain.metadata.annotations).not.toHaveProperty('example.com/a');
  expect(await world.credential('shaped')).toEqual(before);
  await world.ready('shaped');
  expect(mints(world.simulator)).toBe(minted);
});

test('a label or an integrity annotation that was taken off is put back, without a new credential', async () => {
  await world.client('stripped', { rotation });
  await world.ready('stripped');
  const before = await world.credential('stripped');
  const minted = mints(world.simulator);
  await patchSecret(world, 'stripped', { metadata: { labels: { 'machine-client.dev/managed': null } } });
  await until('the label is back', async () => {
    const { labels } = (await world.getSecret('stripped')).metadata;
    return labels?.['machine-client.dev/managed'] === 'true';
  });
  await world.ready('stripped');
  const integrity = await annotation('stripped', 'integrity');
  await patchSecret(world, 'stripped', {
    metadata: { annotations: { 'machine-client.dev/integrity': null } },
  });
  await until('it is signed again', async () => (await annotation('stripped', 'integrity')) === integrity);
  await world.ready('stripped');
  expect(await world.credential('stripped')).toEqual(before);
  expect(mints(world.simulator)).toBe(minted);
});

test('a Secret without our annotations is not ours any more; deleting it heals', async () => {
  await world.client('disowned', { rotation });
  await world.ready('disowned');
  const before = await world.credential('disowned');
  const minted = mints(world.simulator);
  await patchSecret(world, 'disowned', { metadata: { annotations: null } });
  const stalled = await world.condition('disowned', 'Stalled', 'True', 'SecretNotOurs');
  expect(said(stalled, 'SecretPublished')).toBe(
    "False SecretNotOurs: the Secret disowned exists and is not this MachineClient's; delete it, choose another spec.secret.name, or add to it with spec.secret.creationPolicy: Merge",
  );
  expect(await world.credential('disowned')).toEqual(before);
  expect(mints(world.simulator)).toBe(minted);
  await deleteSecret(world, 'disowned');
  await replaced(world, 'disowned', before.clientSecret);
  await world.ready('disowned');
});
