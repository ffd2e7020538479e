import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterIdentityProviders, machineClients } from '../../src/api/objects.ts';
import { namespaces, secrets } from '../../src/kube/resource.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { neighbourOf, shareProvider } from '../helpers/neighbours.ts';
import { calls, deleteSecret, mints, said } from '../helpers/said.ts';
import { isGone } from '../helpers/is-gone.ts';
import { until } from '../helpers/until.ts';
import { type MachineClientWire, World } from '../helpers/world.ts';

/** Two namespaces that share one account through a ClusterIdentityProvider. */
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const sides = async (clientPolicy: Record<string, unknown>, flags: readonly string[] = []) => {
  const owner = await World.make(cluster.kubeconfigPath);
  const tenant = await neighbourOf(owner);
  const operator = owner.operator(['--watch-namespaces=', ...flags]);
  await until('the operator has a namespace of its own', () =>
    operator.output.some((line) => line.includes('caches are filled')),
  );
  await shareProvider(owner, [owner.namespace, tenant.namespace], { resyncInterval: '1m', clientPolicy });
  return {
    owner,
    tenant,
    providerRef: { kind: 'ClusterIdentityProvider', name: owner.namespace },
    patchShared: (spec: object) =>
      owner.kube.mergePatch(clusterIdentityProviders, { name: owner.namespace }, { spec }),
    shared: () => owner.kube.get<MachineClientWire>(clusterIdentityProviders, { name: owner.namespace }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(owner.operators.map((each) => each.kill()));
      await tenant[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
    },
  };
};

const rotate = (world: World, name: string, value: string) =>
  world.patch(name, { metadata: { annotations: { 'machine-client.dev/rotate-requested': value } } });

test('what one namespace loses holds that namespace: others rotate and heal', async () => {
  // A loss is watched for 5 s, here one second.
  await using both = await sides({ scopes: ['*'] }, ['--time-scale=5']);
  const { owner, tenant, providerRef } = both;
  const names = ['one', 'two', 'three'];
  for (const world of [owner, tenant])
    for (const name of names) {
      await world.client(name, { providerRef });
      await world.ready(name);
    }
  const before = mints(owner.simulator);
  await Promise.all(names.map((name) => deleteSecret(tenant, name)));
  for (const name of names) await tenant.condition(name, 'Ready', 'False', 'MassChange');
  const change = (await both.shared()).status?.['massChange'] as Record<string, unknown>;
  expect(change).toMatchObject({ affected: 3, known: 3 });
  expect(mints(owner.simulator)).toBe(before);

  await rotate(owner, 'one', 'leaked');
  await until('it is rotated', async () => (await owner.get('one')).status?.secretVersion === 2);
  await deleteSecret(owner, 'two');
  await until('it has a new Secret', () => owner.works('two').catch(() => false));
  expect(said(await tenant.get('one'), 'Ready')).toContain('False MassChange');
});

test('an account that lists nothing holds every namespace, however few clients it has there', async () => {
  await using both = await sides({ scopes: ['*'] });
  const { owner, tenant, providerRef } = both;
  for (const [world, name] of [
    [owner, 'one'],
    [owner, 'two'],
    [tenant, 'only'],
  ] as const) {
    await world.client(name, { providerRef });
    await world.ready(name);
  }
  const before = mints(owner.simulator);
  owner.simulator.act({ action: 'wipeClients' });
  for (const [world, name] of [
    [owner, 'one'],
    [owner, 'two'],
    [tenant, 'only'],
  ] as const)
    await world.condition(name, 'Ready', 'False', 'MassChange');
  expect(mints(owner.simulator)).toBe(before);
});

test('a client is no more than its policy allows: not when it is taken over, and not when the policy is narrowed', async () => {
  await using both = await sides({ adoption: 'Allow', scopes: ['read:*'] });
  const { owner, tenant, providerRef } = both;
  for (const id of ['powerful', 'tamed'])
    owner.simulator.act({
      action: 'createClient',
      fields: { client_id: id, scopes: ['read:invoices', 'admin:everything'] },
    });
  const adopts = (clientId: string) => ({ providerRef, clientId, adoptionPolicy: 'Existing' });
  await tenant.client('powerful', { ...adopts('powerful'), scopes: undefined });
  const denied = (id: string, scope: string): string =>
    `False PolicyDenied: the client ${id} has the scope ${scope}, which is not allowed by spec.clientPolicy.scopes of the ClusterIdentityProvider ${owner.namespace}; name its scopes in spec.scopes`;
  const refused = await tenant.condition('powerful', 'Ready', 'False', 'PolicyDenied');
  expect(said(refused, 'Ready')).toBe(denied('powerful', 'admin:everything'));
  expect(refused.metadata.finalizers).toBeUndefined();
  expect(calls(owner.simulator, 'update', 'rotateStart')).toBe(0);
  // Where the spec names what it may have, that is what the client has from then on.
  await tenant.client('tamed', { ...adopts('tamed'), scopes: ['read:invoices'] });
  await tenant.ready('tamed');
  const scopesOf = (id: string) => owner.simulator.clients().find(({ clientId }) => clientId === id)?.scopes;
  expect(scopesOf('tamed')).toEqual(['read:invoices']);

  await owner.client('worker', { providerRef });
  const id = (await owner.ready('worker')).status?.clientId ?? '';
  await owner.patch('worker', { spec: { scopes: null } });
  await owner.ready('worker');
  await both.patchShared({ clientPolicy: { scopes: ['other:*'] } });
  const narrowed = await owner.condition('worker', 'Ready', 'False', 'PolicyDenied');
  expect(said(narrowed, 'Ready')).toBe(denied(id, 'read:invoices'));
  const before = calls(owner.simulator, 'rotateStart', 'token');
  await rotate(owner, 'worker', 'once-more');
  await until('two more lists', () => calls(owner.simulator, 'search') >= 4);
  expect(said(await owner.get('worker'), 'Ready')).toBe(denied(id, 'read:invoices'));
  expect(calls(owner.simulator, 'rotateStart', 'token')).toBe(before);
  // Whoever names what the policy allows is well again.
  await both.patchShared({ clientPolicy: { scopes: ['read:*'] } });
  await owner.ready('worker');
});

test('metadata, which can reach a token, is refused on a ClusterIdentityProvider that does not list its key', async () => {
  await using both = await sides({ scopes: ['*'] });
  const { tenant, providerRef } = both;
  await tenant.client('claims', { providerRef, customMetadata: { role: 'superadmin' } });
  const refused = await tenant.condition('claims', 'Ready', 'False', 'PolicyDenied');
  expect(said(refused, 'Ready')).toBe(
    `False PolicyDenied: the key of custom metadata role is not allowed by spec.clientPolicy.customMetadata of the ClusterIdentityProvider ${providerRef.name}`,
  );
  expect(calls(both.owner.simulator, 'create')).toBe(0);
});

test('what was made while a namespace was allowed is removed after it is not any more, whatever goes first', async () => {
  await using both = await sides({ scopes: ['*'] });
  const { owner, tenant, providerRef } = both;
  await owner.client('neighbour', { providerRef });
  for (const name of ['one', 'two', 'three']) await tenant.client(name, { providerRef });
  // What is there already when its Secret is lost is removed as well.
  for (const name of ['one', 'two', 'three']) await tenant.ready(name);
  await owner.ready('neighbour');
  await both.patchShared({ allowedNamespaces: { names: [owner.namespace] } });
  for (const name of ['one', 'two', 'three'])
    await tenant.condition(name, 'Ready', 'False', 'NamespaceNotAllowed');

  await tenant.delete('one');
  await until('it is gone', () => tenant.isGone('one'));
  expect(owner.simulator.clients()).toHaveLength(3);
  // Of what was removed in the console nothing is left to remove, and the lists say so.
  const { clientId: lost = '' } = (await tenant.get('two')).status ?? {};
  owner.simulator.act({ action: 'deleteClient', clientId: lost });
  await tenant.delete('two');
  await until('the second is gone', () => tenant.isGone('two'));

  // The provider and its login are asked to go before what needs them.
  await owner.kube.delete(clusterIdentityProviders, { name: owner.namespace });
  await owner.kube.delete(secrets, { namespace: owner.operatorNamespace, name: 'stytch-management' });
  await owner.delete('neighbour');
  await until('the neighbour is gone', () => owner.isGone('neighbour'));
  await tenant.kube.delete(namespaces, { name: tenant.namespace });
  await until(
    'the namespace has ended',
    () => isGone(tenant.kube.get(namespaces, { name: tenant.namespace })),
    {
      timeoutMs: 60_000,
    },
  );
  expect(owner.simulator.clients()).toEqual([]);
  await until('the provider is gone', () => isGone(both.shared()));
});

test('an object of a namespace that was never allowed ends, and changes nothing and asks for nothing', async () => {
  await using both = await sides({ scopes: ['*'] });
  const { owner, tenant, providerRef } = both;
  await both.patchShared({ allowedNamespaces: { names: [owner.namespace] } });
  await owner.client('victim', { providerRef });
  const id = (await owner.ready('victim')).status?.clientId ?? '';
  const asked = (): number =>
    calls(owner.simulator, 'get', 'create', 'update', 'delete', 'rotateStart', 'rotate');
  const before = asked();
  // As if a creation had been lost, with the id of somebody else's client wherever one can be written.
  const operation = {
    id: '0mwq0oefy-m43m9m2f',
    kind: 'create',
    at: Date.now() - 60_000,
    until: Date.now() - 30_000,
    uid: (await owner.get('victim')).metadata.uid,
    installation: owner.namespace,
    incarnation: 0,
  };
  await tenant.client(
    'stranger',
    { providerRef, clientId: id, adoptionPolicy: 'Existing' },
    {
      finalizers: ['machine-client.dev/upstream'],
      annotations: { 'machine-client.dev/operation': JSON.stringify(operation) },
    },
  );
  await tenant.kube.mergePatch(
    machineClients,
    tenant.ref('stranger'),
    { status: { clientId: id } },
    { subresource: 'status' },
  );
  await tenant.delete('stranger');
  await until('it is gone', () => tenant.isGone('stranger'));
  expect(asked()).toBe(before);
  expect(await owner.works('victim')).toBe(true);
  expect(owner.simulator.clients().map(({ clientId }) => clientId)).toEqual([id]);
  // Nor does it hold the provider.
  await tenant.client('holding', { providerRef }, { finalizers: ['machine-client.dev/upstream'] });
  await owner.delete('victim');
  await until('the victim is gone', () => owner.isGone('victim'));
  await owner.kube.delete(clusterIdentityProviders, { name: owner.namespace });
  await until('the provider is gone', () => isGone(both.shared()));
});
