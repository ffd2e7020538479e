import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { adminClient, type AdminClient } from '../control-plane/admin-client.ts';
import { refuse } from '../helpers/admission.ts';
import { fullQuota } from '../helpers/full-quota.ts';
import { calls, deleteSecret, mints, patchSecret, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, clientsOf } from '../helpers/upstream.ts';
import { World } from '../helpers/world.ts';

/** Secrets that are somebody else's, that the API server does not take, and that stay behind. */
let world: World;
let admin: AdminClient;

beforeAll(async () => {
  admin = adminClient(inject('kubeconfig'));
  world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const isGone = (name: string): Promise<boolean> =>
  world.getSecret(name).then(
    () => false,
    () => true,
  );
const post = async (path: string, body: object): Promise<void> => {
  const { status, body: answer } = await admin.call('POST', path, body);
  if (status !== 201) throw new Error(`${path}: ${answer.message}`);
};

test('with Create a foreign Secret of the name is left alone, nothing is minted, and its end wakes the object', async () => {
  await world.secret('taken', { password: 'theirs' });
  await world.client('taken');
  const stalled = await world.condition('taken', 'Stalled', 'True', 'SecretNotOurs');
  const message =
    "SecretNotOurs: the Secret taken exists and is not this MachineClient's; delete it, choose another spec.secret.name, or add to it with spec.secret.creationPolicy: Merge";
  expect(said(stalled, 'Stalled')).toBe(`True ${message}`);
  expect(said(stalled, 'Ready')).toBe(`False ${message}`);
  expect(said(stalled, 'SecretPublished')).toBe(`False ${message}`);
  expect(said(stalled, 'Reconciling')).toBe('False Idle: nothing is under way');
  expect(calls(world.simulator, 'create')).toBe(0);
  const { data, metadata } = await world.getSecret('taken');
  expect(data).toEqual({ password: base64('theirs') });
  expect(metadata.labels).toBeUndefined();

  await deleteSecret(world, 'taken');
  await world.ready('taken');
  expect(await world.works('taken')).toBe(true);
  expect(mints(world.simulator)).toBe(1);
});

test('with Merge our keys are added to a foreign Secret, and only they go at the end', async () => {
  await world.secret('shared', { theirs: 'kept' }, { type: 'example.com/mixed' });
  const { uid } = (await world.getSecret('shared')).metadata;
  await world.client('merging', {
    secret: { name: 'shared', creationPolicy: 'Merge', labels: { app: 'billing' } },
  });
  await world.ready('merging');
  expect(await world.works('shared')).toBe(true);
  const merged = await world.getSecret('shared');
  expect(merged.metadata.uid).toBe(uid);
  expect(merged.type).toBe('example.com/mixed');
  expect(Object.keys(merged.data ?? {}).toSorted()).toEqual([
    'client-id',
    'client-secret',
    'theirs',
    'token-url',
  ]);
  expect(merged.data?.['theirs']).toBe(base64('kept'));

  await world.delete('merging');
  await until('the object is gone', () => world.isGone('merging'));
  const left = await world.getSecret('shared');
  expect({ uid: left.metadata.uid, data: left.data }).toEqual({ uid, data: { theirs: base64('kept') } });
  expect(left.metadata.labels).toBeUndefined();
  expect(left.metadata.annotations).toBeUndefined();
  expect(clientsOf(world, 'merging')).toEqual([]);
});

const foreignIn = (name: string, taken: string): string =>
  `False SecretNotOurs: the Secret ${name} has the ${taken}, which is not this MachineClient's; take it away there, or choose other names in spec.secret`;

test.each([
  ['key', { data: { 'client-secret': 'dGhlaXJz' } }, 'key client-secret'],
  ['label', { metadata: { labels: { app: 'theirs' } } }, 'label app'],
  ['annotation', { metadata: { annotations: { note: 'theirs' } } }, 'annotation note'],
] as const)('with Merge a %s that is there is not overwritten', async (kind, theirs, taken) => {
  const name = `has-${kind}`;
  await world.secret(name, { more: 'theirs' });
  await patchSecret(world, name, theirs);
  const before = await world.getSecret(name);
  const minted = mints(world.simulator);
  await world.client(name, {
    secret: { creationPolicy: 'Merge', labels: { app: 'billing' }, annotations: { note: 'ours' } },
  });
  const object = await world.condition(name, 'Stalled', 'True', 'SecretNotOurs');
  expect(said(object, 'Ready')).toBe(foreignIn(name, taken));
  expect(await world.getSecret(name)).toEqual(before);
  expect(mints(world.simulator)).toBe(minted);
  await patchSecret(world, name, {
    data: { 'client-secret': null },
    metadata: { labels: { app: null }, annotations: { note: null } },
  });
  await world.ready(name);
  expect(await world.works(name)).toBe(true);
});

test('with Merge an entry that comes later overwrites nothing, and one that leaves takes only its own key', async () => {
  await world.secret('grows', { more: 'theirs' });
  const entries = [
    { key: 'id', field: 'ClientID' },
    { key: 'value', field: 'ClientSecret' },
  ];
  const secret = { name: 'grows', creationPolicy: 'Merge' };
  await world.client('growing', { secret: { ...secret, entries, labels: { app: 'billing' } } });
  await world.ready('growing');
  const more = [...entries, { key: 'more', field: 'TokenURL' }];
  await world.patch('growing', { spec: { secret: { entries: more } } });
  const object = await world.condition('growing', 'Ready', 'False', 'SecretNotOurs');
  expect(said(object, 'Ready')).toBe(foreignIn('grows', 'key more'));
  await world.patch('growing', { spec: { secret: { entries: entries.slice(1), labels: { app: null } } } });
  await world.ready('growing');
  await expect
    .poll(async () => Object.keys((await world.getSecret('grows')).data ?? {}).toSorted(), {
      timeout: 20_000,
    })
    .toEqual(['more', 'value']);
  const { data, metadata } = await world.getSecret('grows');
  expect(data?.['more']).toBe(base64('theirs'));
  expect(metadata.labels).not.toHaveProperty('app');
});

test('what something else lives on is refused whatever the policy', async () => {
  const path = `/api/v1/namespaces/${world.namespace}/serviceaccounts`;
  await post(path, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'low' } });
  const metadata = (name: string) => ({
    name,
    namespace: world.namespace,
    annotations: { 'kubernetes.io/service-account.name': 'low' },
  });
  const types = {
    'sa-token': 'kubernetes.io/service-account-token',
    bootstrap: 'bootstrap.kubernetes.io/token',
    helm: 'helm.sh/release.v1',
  };
  for (const [name, type] of Object.entries(types))
    await world.secret(name, {}, { type, metadata: metadata(name) });
  await until(
    'the token is made',
    async () => (await world.getSecret('sa-token')).data?.['token'] !== undefined,
  );
  const says: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries(types).map(([name, type]) => [
        name,
        `the Secret ${name} is of the type ${type}, which another controller fills; choose another spec.secret.name`,
      ]),
    ),
    'stytch-management':
      'the Secret stytch-management is one that the IdentityProvider stytch refers to; choose another spec.secret.name',
    'not-there-yet':
      'the Secret not-there-yet is one that the IdentityProvider later refers to; choose another spec.secret.name',
  };
  const auth = { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } };
  const valueFrom = { secretKeyRef: { name: 'not-there-yet', key: 'key' } };
  await world.kube.create(identityProviders, world.namespace, {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name: 'later', namespace: world.namespace },
    spec: {
      ...world.upstream.spec(),
      stytch: { projectId: 'project-test-of-another', baseUrl: world.simulator.url, auth },
      connection: { headers: [{ name: 'X-Key', valueFrom }] },
    },
  });
  const read = () =>
    Promise.all(
      Object.keys(says)
        .filter((name) => name !== 'not-there-yet')
        .map((name) => world.getSecret(name)),
    );
  const before = await read();
  const minted = mints(world.simulator);
  for (const [name, message] of Object.entries(says))
    for (const creationPolicy of name === 'not-there-yet' ? ['Create', 'Merge'] : ['Merge']) {
      const client = `into-${name}-${creationPolicy.toLowerCase()}`;
      const entries = [{ key: 'fresh', field: 'ClientSecret' }];
      await world.client(client, { secret: { name, creationPolicy, entries } });
      const object = await world.condition(client, 'Ready', 'False', 'SecretNotOurs');
      expect(said(object, 'Ready')).toBe(`False SecretNotOurs: ${message}`);
      await world.delete(client);
      await until('the object is gone', () => world.isGone(client));
    }
  expect(await read()).toEqual(before);
  expect(mints(world.simulator)).toBe(minted);
  await world.kube.delete(identityProviders, { namespace: world.namespace, name: 'later' });
});

test('a merged Secret that was made immutable keeps what cannot be taken out of it, and its MachineClient goes', async () => {
  await world.secret('frozen', { theirs: 'kept' });
  await world.client('frozen', { secret: { creationPolicy: 'Merge', labels: { app: 'billing' } } });
  await world.ready('frozen');
  await patchSecret(world, 'frozen', { immutable: true });
  await world.delete('frozen');
  await until('the object is gone', () => world.isGone('frozen'));
  const { data, metadata } = await world.getSecret('frozen');
  expect(Object.keys(data ?? {})).toContain('theirs');
  expect(metadata.annotations ?? {}).not.toHaveProperty('machine-client.dev/owner');
  expect(clientsOf(world, 'frozen')).toEqual([]);
});

test('with Retain the Secret stays with its data, and without our label and annotations', async () => {
  await world.client('kept', { secret: { deletionPolicy: 'Retain', labels: { app: 'billing' } } });
  await world.ready('kept');
  const { data, metadata } = await world.getSecret('kept');
  await world.delete('kept');
  await until('the object is gone', () => world.isGone('kept'));
  const left = await world.getSecret('kept');
  expect({ uid: left.metadata.uid, data: left.data }).toEqual({ uid: metadata.uid, data });
  expect(left.metadata.labels).toEqual({ app: 'billing' });
  expect(left.metadata.annotations).toBeUndefined();
});

test('the type of the Secret is the one of the spec', async () => {
  await world.client('typed', {
    secret: {
      type: 'kubernetes.io/basic-auth',
      entries: [
        { key: 'username', field: 'ClientID' },
        { key: 'password', field: 'ClientSecret' },
      ],
    },
  });
  await world.ready('typed');
  const { type, data } = await world.getSecret('typed');
  const { clientId, secret } = clientOf(world, 'typed');
  expect({ type, data }).toEqual({
    type: 'kubernetes.io/basic-auth',
    data: { username: base64(clientId), password: base64(secret) },
  });
});

test('a type that asks for other keys is refused before anything is minted', async () => {
  const before = mints(world.simulator);
  await world.client('tls', { secret: { type: 'kubernetes.io/tls' } });
  const refused = await world.condition('tls', 'Ready', 'False', 'SecretRefused');
  expect(said(refused, 'Ready')).toBe(
    `False SecretRefused: cannot create secrets "tls" in namespace "${world.namespace}": Invalid (422): data[tls.crt] FieldValueRequired, data[tls.key] FieldValueRequired`,
  );
  expect(mints(world.simulator)).toBe(before);
  await world.delete('tls');
  await until('the object is gone', () => world.isGone('tls'));
  expect(await isGone('tls')).toBe(true);
});

test('a full quota is told in the words of the API server, nothing is minted, and more room heals it', async () => {
  const before = mints(world.simulator);
  const quotas = `/api/v1/namespaces/${world.namespace}/resourcequotas`;
  await fullQuota(admin, world.namespace, 'few', 1);
  await world.client('crowded');
  const refused = await world.condition('crowded', 'Ready', 'False', 'SecretRefused');
  expect(said(refused, 'Ready')).toMatch(
    /^False SecretRefused: .*secrets "crowded" is forbidden: exceeded quota: few, requested: count\/secrets=1/,
  );
  expect(said(refused, 'Stalled')).toBe('False Idle: nothing stands in the way');
  expect(mints(world.simulator)).toBe(before);
  await admin.call('PATCH', `${quotas}/few`, { spec: { hard: { 'count/secrets': '100' } } });
  await world.ready('crowded', 40_000);
  expect(mints(world.simulator)).toBe(before + 1);
  await admin.call('DELETE', `${quotas}/few`);
});

/** A policy that lets Secrets named `name` in the namespace of the test pass where the expression holds. */
const refuseSecret = (name: string, allows: string): Promise<AsyncDisposable> =>
  refuse(admin, {
    name: `${world.namespace}-${name}`,
    namespace: world.namespace,
    resource: 'secrets',
    operations: ['CREATE', 'UPDATE'],
    objectName: name,
    allows,
    message: 'the policy does not like it',
  });

const isRefused = async (name: string, query: string): Promise<boolean> => {
  const path = `/api/v1/namespaces/${world.namespace}/secrets`;
  const { status } = await admin.call('POST', `${path}${query}`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
  });
  if (status === 201 && query === '') await deleteSecret(world, name);
  return status === 422 || status === 403;
};

test('a policy that refuses the Secret is heard before anything is minted', async () => {
  const before = mints(world.simulator);
  {
    await using _policy = await refuseSecret('disliked', 'false');
    await until('the policy is in force', () => isRefused('disliked', '?dryRun=All'));
    await world.client('disliked');
    const refused = await world.condition('disliked', 'Ready', 'False', 'SecretRefused');
    expect(said(refused, 'Ready')).toContain('the policy does not like it');
    expect(mints(world.simulator)).toBe(before);
  }
  await world.ready('disliked', 40_000);
  expect(mints(world.simulator)).toBe(before + 1);
});

test('one that refuses only what is no dry run costs few credentials, and heals', async () => {
  const before = mints(world.simulator);
  {
    await using _policy = await refuseSecret('two-faced', 'request.dryRun');
    await until('the policy is in force', () => isRefused('two-faced', ''));
    await world.client('two-faced');
    const refused = await world.condition('two-faced', 'Ready', 'False', 'SecretRefused');
    expect(said(refused, 'Ready')).toContain('the policy does not like it');
    // 10 s are more than three minutes of real time.
    await sleep(10_000);
    expect(mints(world.simulator) - before).toBeLessThanOrEqual(4);
  }
  await world.ready('two-faced', 40_000);
  expect(await world.works('two-faced')).toBe(true);
  await until('the lost credentials are retired', async () => {
    const { secret, nextSecret } = clientOf(world, 'two-faced');
    const { clientSecret } = await world.credential('two-faced');
    return clientSecret === secret || clientSecret === nextSecret;
  });
});
