import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { apiVersion } from '../../src/api/group.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { events as eventResource, namespaces, secrets } from '../../src/kube/resource.ts';
import { mints, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, clientsOf, issuedTo, replaced } from '../helpers/upstream.ts';
import { World, type MachineClientWire } from '../helpers/world.ts';

/** What people ask of an object by annotations, and what they do to the object itself. */
let world: World;
let elsewhere: string;

beforeAll(async () => {
  world = await World.make(inject('kubeconfig'));
  elsewhere = `${world.namespace}-b`;
  await world.kube.create(namespaces, undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: elsewhere },
  });
  world.operator([`--watch-namespaces=${world.namespace},${elsewhere}`]);
  await world.provider();
  // The mass guard would hold back a repair of all known clients, however few: these stay whole.
  await Promise.all(['whole-1', 'whole-2', 'whole-3'].map((name) => world.client(name)));
  await Promise.all(['whole-1', 'whole-2', 'whole-3'].map((name) => world.ready(name)));
});
afterAll(async () => {
  await world.kube.delete(namespaces, { name: elsewhere });
  await world[Symbol.asyncDispose]();
});

const annotate = (name: string, annotations: Record<string, string | null>): Promise<unknown> =>
  world.patch(name, {
    metadata: {
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`machine-client.dev/${key}`, value]),
      ),
    },
  });
const publishedAt = async (name: string): Promise<number> =>
  Date.parse((await world.getSecret(name)).metadata.annotations?.['machine-client.dev/published-at'] ?? '');

/** A consumer: asks for tokens with what is in the Secret, again and again. */
const consumer = (name: string): { stop(): Promise<{ asked: number; refused: number }> } => {
  const counted = { asked: 0, refused: 0 };
  let running = true;
  const work = (async () => {
    while (running) {
      counted.asked++;
      if (!(await world.works(name))) counted.refused++;
    }
  })();
  return {
    stop: async () => {
      running = false;
      await work;
      return counted;
    },
  };
};

test('a requested rotation is proven, published and echoed, and nobody is cut off', async () => {
  await world.client('rotated', { rotation: { overlap: '40s' } });
  await world.ready('rotated');
  const before = await world.credential('rotated');
  const asking = consumer('rotated');
  await annotate('rotated', { 'rotate-requested': 'monday' });
  await replaced(world, 'rotated', before.clientSecret);
  const { asked, refused } = await asking.stop();
  expect(refused).toBe(0);
  expect(asked).toBeGreaterThan(10);
  const [first, second, ...more] = issuedTo(world, before.clientId);
  expect(more).toEqual([]);
  expect(first?.revokedAt).toBeGreaterThanOrEqual((await publishedAt('rotated')) + 2_000);
  const object = await world.condition('rotated', 'RotationInProgress', 'False');
  expect(object.status).toMatchObject({
    clientId: before.clientId,
    secretVersion: 2,
    lastHandledRotateRequest: 'monday',
    credentials: [{ suffix: `****${second?.value.slice(-4)}`, state: 'Current' }],
  });
  expect(said(object, 'CredentialVerified')).toBe('True Verified: the token endpoint gave a token');
  // The same token is no new request, and neither is its removal.
  await annotate('rotated', { 'rotate-requested': null, 'reconcile-requested': '1' });
  await until('it was looked at again', async () => {
    return (await world.get('rotated')).status?.['lastHandledReconcileRequest'] === '1';
  });
  expect(issuedTo(world, before.clientId)).toHaveLength(2);
});

test('revoke-previous retires the former credential at once, and only for the present version', async () => {
  await world.client('revoked', { rotation: { overlap: '24h' } });
  await world.ready('revoked');
  const before = await world.credential('revoked');
  await annotate('revoked', { 'rotate-requested': 'now', 'revoke-previous': '1' });
  await until('the new credential is published', async () => {
    return (await world.get('revoked')).status?.secretVersion === 2;
  });
  const held = await world.condition('revoked', 'RotationInProgress', 'True', 'Overlap');
  expect(said(held, 'Ready')).toMatch(/^True Ready/);
  expect(said(held, 'Reconciling')).toMatch(/^False/);
  expect(clientOf(world, 'revoked').secret).toBe(before.clientSecret);
  await annotate('revoked', { 'revoke-previous': '7' });
  await until('the wrong version is named', async () => {
    const events = await world.kube.list<{ reason: string; note: string }>(eventResource, {
      namespace: world.namespace,
    });
    return events.some(({ reason, note }) => reason === 'RevokeIgnored' && note.includes('"7"'));
  });
  expect(clientOf(world, 'revoked').secret).toBe(before.clientSecret);
  await annotate('revoked', { 'revoke-previous': '2' });
  await replaced(world, 'revoked', before.clientSecret);
  expect(await world.works('revoked')).toBe(true);
});

test('a request that is too long to be echoed is named once, and a shorter one is answered', async () => {
  await world.client('wordy', {});
  await world.ready('wordy');
  const { clientSecret } = await world.credential('wordy');
  const named = async (): Promise<string[]> => {
    const events = await world.kube.list<{
      reason: string;
      note: string;
      regarding: { name: string };
    }>(eventResource, { namespace: world.namespace });
    return events
      .filter(({ reason, regarding }) => reason === 'RequestIgnored' && regarding.name === 'wordy')
      .map(({ note }) => note);
  };
  await annotate('wordy', { 'rotate-requested': 'x'.repeat(1_025) });
  await until('it is named', async () => (await named()).length > 0);
  expect(await named()).toEqual([
    'machine-client.dev/rotate-requested has 1025 characters, and more than 1024 are ignored: set a shorter value',
  ]);
  await annotate('wordy', { 'reconcile-requested': 'again' });
  await until('it was looked at again', async () => {
    return (await world.get('wordy')).status?.['lastHandledReconcileRequest'] === 'again';
  });
  expect(await world.credential('wordy')).toMatchObject({ clientSecret });
  await annotate('wordy', { 'rotate-requested': 'x'.repeat(1_024) });
  await until('the shorter one is answered', async () => {
    return (await world.get('wordy')).status?.secretVersion === 2;
  });
  expect(await named()).toHaveLength(1);
});

test('abandon-upstream lets go of what cannot be reached, and the provider names it', async () => {
  await world.client('abandoned');
  await world.ready('abandoned');
  const { clientId } = clientOf(world, 'abandoned');
  world.simulator.setSwitches({ accountMode: 'unauthorized' });
  try {
    await world.delete('abandoned');
    const blocked = await world.condition('abandoned', 'Ready', 'False', 'DeletionBlocked');
    expect(said(blocked, 'Ready')).toBe(
      `False DeletionBlocked: the client at the provider cannot be removed: IdentityProvider ${world.namespace}/stytch is not Ready (CredentialsInvalid); bring the provider back, or let go of the client with the annotation machine-client.dev/abandon-upstream: "true"`,
    );
    expect(await world.getSecret('abandoned')).toBeDefined();
    await annotate('abandoned', { 'abandon-upstream': 'true' });
    await until('the object is gone', () => world.isGone('abandoned'));
    await expect(world.getSecret('abandoned')).rejects.toThrow('NotFound');
    const { status } = await world.getProvider();
    expect(status?.['orphans']).toEqual({
      count: 1,
      sample: [`${clientId} (${world.namespace}/abandoned)`],
    });
  } finally {
    world.simulator.setSwitches({ accountMode: 'normal' });
  }
  await world.providerCondition('Ready', 'True');
  expect(world.simulator.clients().map((client) => client.clientId)).toContain(clientId);
});

test('an object that another installation works on is left alone', async () => {
  const before = mints(world.simulator);
  const operation = JSON.stringify({
    id: 'x',
    kind: 'create',
    at: 1,
    until: 2,
    uid: 'somebody',
    installation: 'the-other-cluster',
    incarnation: 0,
  });
  await world.client('theirs', {}, { annotations: { 'machine-client.dev/operation': operation } });
  const object = await world.condition('theirs', 'Ready', 'False', 'ManagedByAnother');
  expect(said(object, 'Ready')).toBe(
    'False ManagedByAnother: installation the-other-cluster works on this object; if it is gone for good, remove the annotation machine-client.dev/operation from theirs',
  );
  expect(object.metadata.finalizers).toBeUndefined();
  expect(mints(world.simulator)).toBe(before);
  await annotate('theirs', { operation: null });
  await world.ready('theirs');
  expect(mints(world.simulator)).toBe(before + 1);
});

test('kubectl replace that wipes finalizer, annotations and status costs nothing upstream, and is mended', async () => {
  await world.client('replaced', { displayName: 'Mine' });
  const { metadata } = await world.ready('replaced');
  const before = await world.credential('replaced');
  const minted = mints(world.simulator);
  await world.kube.mergePatch(
    machineClients,
    world.ref('replaced'),
    { status: null },
    { subresource: 'status' },
  );
  await world.patch('replaced', { metadata: { finalizers: null, annotations: null } });
  const object = await world.ready('replaced');
  expect(object.metadata.uid).toBe(metadata.uid);
  expect(object.status).toMatchObject({ clientId: before.clientId, secretVersion: 1 });
  expect(await world.credential('replaced')).toEqual(before);
  expect(mints(world.simulator)).toBe(minted);
  await until('the finalizer is back', async () => {
    return (await world.get('replaced')).metadata.finalizers?.includes('machine-client.dev/upstream');
  });
  await world.delete('replaced');
  await until('the object is gone', () => world.isGone('replaced'));
  expect(clientsOf(world, 'replaced')).toEqual([]);
});

test('an object that is restored with a new uid and without status finds its client and its Secret', async () => {
  await world.client('restored', { rotation: { overlap: '20s' } });
  const { metadata, spec } = await world.ready('restored');
  const before = await world.credential('restored');
  const secret = await world.getSecret('restored');
  const minted = mints(world.simulator);
  // As in a disaster: the operator sees none of it happen, or it would put its finalizer back in between.
  for (const operator of world.operators) operator.signal('SIGSTOP');
  await world.patch('restored', { metadata: { finalizers: null } });
  await world.delete('restored');
  await until('the object is gone', () => world.isGone('restored'));
  for (const operator of world.operators) operator.signal('SIGCONT');
  const { annotations, finalizers } = metadata;
  await world.client('restored', spec, { annotations, finalizers });
  const object = await world.ready('restored');
  expect(object.metadata.uid).not.toBe(metadata.uid);
  expect(object.status).toMatchObject({ clientId: before.clientId, secretVersion: 1 });
  expect(await world.credential('restored')).toEqual(before);
  expect((await world.getSecret('restored')).metadata.uid).toBe(secret.metadata.uid);
  expect(mints(world.simulator)).toBe(minted);
  await world.delete('restored');
  await until('the object is gone', () => world.isGone('restored'));
  expect(clientsOf(world, 'restored')).toEqual([]);
});

test('a manifest that is copied into another namespace gets a client of its own', async () => {
  await world.client('copied');
  const { metadata, spec } = await world.ready('copied');
  const before = await world.credential('copied');
  await world.kube.create(secrets, elsewhere, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'stytch-management', namespace: elsewhere },
    stringData: { secret: world.simulator.credentials.secret },
  });
  const { spec: providerSpec } = await world.getProvider();
  await world.kube.create(identityProviders, elsewhere, {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name: 'stytch', namespace: elsewhere },
    spec: providerSpec,
  });
  await world.kube.create(machineClients, elsewhere, {
    apiVersion,
    kind: 'MachineClient',
    metadata: { name: 'copied', namespace: elsewhere, annotations: metadata.annotations },
    spec,
  });
  const ref = { namespace: elsewhere, name: 'copied' };
  const copy = await until('the copy is ready', async () => {
    const object = await world.kube.get<MachineClientWire>(machineClients, ref);
    return findCondition(object.status?.conditions, 'Ready')?.status === 'True' && object;
  });
  expect(copy.status?.clientId).not.toBe(before.clientId);
  expect(clientOf(world, 'copied').clientId).toBe(before.clientId);
  expect(await world.credential('copied')).toEqual(before);
  await world.kube.delete(machineClients, ref);
  await until('the copy is gone', () => world.kube.get(machineClients, ref).then(() => false, isNotFound));
  expect(await world.works('copied')).toBe(true);
});
