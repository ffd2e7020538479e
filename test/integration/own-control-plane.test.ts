import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startControlPlane, type ControlPlane } from '../control-plane/control-plane.ts';
import { apiVersion, finalizers } from '../../src/api/group.ts';
import { clusterIdentityProviders } from '../../src/api/objects.ts';
import { namespaces, secrets, type KubeObject } from '../../src/kube/resource.ts';
import { FrontDoor } from '../helpers/front-door.ts';
import { annotate } from '../helpers/rotating.ts';
import { mints, said, works } from '../helpers/said.ts';
import { isGone } from '../helpers/is-gone.ts';
import { until } from '../helpers/until.ts';
import { clientsOf } from '../helpers/upstream.ts';
import { World } from '../helpers/world.ts';

/** Operators that watch every namespace: in a cluster of their own, where they meet no other test's objects. */
let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startControlPlane();
});
afterAll(() => controlPlane.stop());

const everywhere = ['--watch-namespaces='];

const byKey = (key = 'secret') => ({ type: 'Secret', secretKeyRef: { name: 'stytch-management', key } });
const stytchAt = (world: World, baseUrl: string) => ({
  stytch: { projectId: world.simulator.credentials.projectId, baseUrl, auth: byKey() },
});

const makeClusterProvider = (world: World, spec: Record<string, unknown>): Promise<unknown> =>
  world.kube.create(clusterIdentityProviders, undefined, {
    apiVersion,
    kind: 'ClusterIdentityProvider',
    metadata: { name: world.namespace },
    spec: { type: 'Stytch', ...stytchAt(world, world.simulator.url), ...spec },
  });

const makeCredential = (world: World, namespace: string): Promise<unknown> =>
  world.kube.create(secrets, namespace, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'stytch-management', namespace },
    stringData: { secret: world.simulator.credentials.secret },
  });

const namespaceIsGone = (world: World): Promise<boolean> =>
  isGone(world.kube.get(namespaces, { name: world.namespace }));

test('a ClusterIdentityProvider is closed by default, and opened by name or by label', async () => {
  await using world = await World.make(controlPlane.kubeconfigPath);
  const providerRef = { kind: 'ClusterIdentityProvider', name: world.namespace };
  world.operator(everywhere);
  await world.client('worker', { providerRef });
  const missing = await world.condition('worker', 'Ready', 'False', 'ProviderNotFound');
  expect(said(missing, 'Ready')).toBe(
    `False ProviderNotFound: ClusterIdentityProvider ${world.namespace} does not exist`,
  );

  // Its references are in the operator's own namespace, not in that of its clients.
  await makeClusterProvider(world, {});
  const denied = `False NamespaceNotAllowed: ClusterIdentityProvider ${world.namespace} does not allow the namespace ${world.namespace}; see its spec.allowedNamespaces`;
  const closed = await world.condition('worker', 'Ready', 'False', 'NamespaceNotAllowed');
  expect(said(closed, 'Ready')).toBe(denied);
  expect(said(closed, 'Stalled')).toBe('False Idle: nothing stands in the way');
  const patch = (body: object): Promise<unknown> =>
    world.kube.mergePatch(clusterIdentityProviders, { name: world.namespace }, body);
  await patch({ spec: { allowedNamespaces: { names: ['somewhere-else', world.namespace] } } });
  const noCredential = await world.condition('worker', 'Ready', 'False', 'ProviderNotReady');
  expect(said(noCredential, 'Ready')).toBe(
    `False ProviderNotReady: ClusterIdentityProvider ${world.namespace} is not Ready (CredentialMissing)`,
  );
  await makeCredential(world, world.operatorNamespace);
  // Lists that are left out allow nothing on a cluster provider.
  const policy = await world.condition('worker', 'Ready', 'False', 'PolicyDenied');
  expect(said(policy, 'Ready')).toBe(
    `False PolicyDenied: the scope read:invoices is not allowed by spec.clientPolicy.scopes of the ClusterIdentityProvider ${world.namespace}`,
  );
  expect(mints(world.simulator)).toBe(0);
  await patch({ spec: { clientPolicy: { scopes: ['read:*'] } } });
  await world.ready('worker');

  // Closed again: what is published stays, and works.
  await patch({ spec: { allowedNamespaces: { names: ['somewhere-else'] } } });
  const shut = await world.condition('worker', 'Ready', 'False', 'NamespaceNotAllowed');
  expect(said(shut, 'Ready')).toBe(denied);
  expect(said(shut, 'SecretPublished')).toBe('True Published: the Secret worker holds the credential');
  expect(await world.works('worker')).toBe(true);

  // By label, and only once the namespace has it.
  await patch({
    spec: { allowedNamespaces: { names: null, selector: { matchLabels: { team: 'billing' } } } },
  });
  await world.client('second', { providerRef });
  const unlabelled = await world.condition('second', 'Ready', 'False', 'NamespaceNotAllowed');
  expect(said(unlabelled, 'Ready')).toBe(denied);
  const label = (team: string | null): Promise<unknown> =>
    world.kube.mergePatch(namespaces, { name: world.namespace }, { metadata: { labels: { team } } });
  await label('billing');
  await world.ready('second');
  await world.ready('worker');
  await label(null);
  await world.condition('worker', 'Ready', 'False', 'NamespaceNotAllowed');
  await label('billing');
  await world.ready('worker');
  expect(mints(world.simulator)).toBe(2);

  await world.delete('worker');
  await world.delete('second');
  await until('both are gone', async () => (await world.isGone('worker')) && (await world.isGone('second')));
  await world.kube.delete(clusterIdentityProviders, { name: world.namespace });
});

test('a namespace deleted with everything in it ends, and nothing is left at the provider', async () => {
  await using world = await World.make(controlPlane.kubeconfigPath);
  world.operator(everywhere);
  await world.provider();
  for (const name of ['one', 'two', 'three']) await world.client(name);
  for (const name of ['one', 'two', 'three']) await world.ready(name);
  await world.kube.delete(namespaces, { name: world.namespace });
  await until('the namespace is gone', () => namespaceIsGone(world), { timeoutMs: 40_000 });
  expect(world.simulator.clients()).toEqual([]);
});

for (const flags of [everywhere, []])
  test(`a namespace deleted while the provider is down (${flags[0] ?? 'only this namespace watched'})`, async () => {
    await using world = await World.make(controlPlane.kubeconfigPath);
    await using door = await FrontDoor.open(world.simulator.url);
    world.operator(flags);
    await world.provider(stytchAt(world, door.url));
    for (const name of ['one', 'two']) await world.client(name);
    for (const name of ['one', 'two']) await world.ready(name);
    await door.shut();
    await world.kube.delete(namespaces, { name: world.namespace });
    const blocked = await world.condition('one', 'Ready', 'False', 'DeletionBlocked');
    expect(said(blocked, 'Ready')).toBe(
      `False DeletionBlocked: the client at the provider cannot be removed: IdentityProvider ${world.namespace}/stytch is not Ready (ProviderUnreachable); bring the provider back, or let go of the client with the annotation machine-client.dev/abandon-upstream: "true"`,
    );
    // The branch that their deletion sits on is held.
    const credential = await until('the credential is being deleted', async () => {
      const secret = await world.kube.get<KubeObject>(secrets, world.ref('stytch-management'));
      return secret.metadata.deletionTimestamp !== undefined && secret;
    });
    expect(credential.metadata.finalizers).toEqual([finalizers.inUse]);
    expect((await world.getProvider()).metadata.finalizers).toEqual([finalizers.inUse]);
    expect(world.simulator.clients()).toHaveLength(2);

    await door.open();
    await until('the namespace is gone', () => namespaceIsGone(world), { timeoutMs: 40_000 });
    expect(world.simulator.clients()).toEqual([]);
  });

test('two clusters with one installation id: the first one stops when its client is taken over, and names the id', async () => {
  await using first = await World.make(inject('kubeconfig'));
  first.operator();
  await first.provider({ resyncInterval: '1m' });
  const spec = { rotation: { overlap: '1h' } };
  await first.client('shared', spec);
  await first.ready('shared');

  // The same values file, the same namespace and name, the same account.
  const joined = Object.create(first.upstream, { [Symbol.asyncDispose]: { value: async () => {} } });
  await using other = await World.over(
    controlPlane.kubeconfigPath,
    joined as typeof first.upstream,
    first.namespace,
  );
  other.operator();
  await other.provider({ resyncInterval: '1m' });
  await other.client('shared', spec);
  await other.ready('shared');
  expect(clientsOf(first, 'shared')).toHaveLength(1);

  const stopped = await first.condition('shared', 'Stalled', 'True', 'ManagedByAnother', 60_000);
  expect(said(stopped, 'Stalled')).toContain(`another cluster has the installation id ${first.namespace}`);
  // What it has published lives for as long as the overlap of the other one, and it makes nothing new.
  expect(said(stopped, 'Ready')).toBe(works);
  expect(await first.works('shared')).toBe(true);
  const before = mints(first.simulator);
  await annotate(first, 'shared', { 'rotate-requested': 'now' });
  await first.delete('shared');
  const kept = await until('its deletion waits, with the way out', async () => {
    const object = await first.get('shared');
    return said(object, 'Ready').includes('abandon-upstream') && object;
  });
  expect(said(kept, 'Stalled')).toMatch(/^True ManagedByAnother/);
  expect(mints(first.simulator)).toBe(before);
  await annotate(first, 'shared', { 'abandon-upstream': 'true' });
  await until('it is let go', () => first.isGone('shared'));
  await other.ready('shared');
  expect(await other.works('shared')).toBe(true);
});
