import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterIdentityProviders } from '../../src/api/objects.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { neighbourOf, shareProvider } from '../helpers/neighbours.ts';
import { calls, deleteSecret, mints, said } from '../helpers/said.ts';
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

test('what reaches a token and has no list is refused on a ClusterIdentityProvider', async () => {
  await using both = await sides({ scopes: ['*'] });
  const { tenant, providerRef } = both;
  await tenant.client('claims', { providerRef, stytch: { trustedMetadata: { role: 'superadmin' } } });
  const refused = await tenant.condition('claims', 'Ready', 'False', 'PolicyDenied');
  expect(said(refused, 'Ready')).toBe(
    'False PolicyDenied: spec.stytch.trustedMetadata cannot be set with a ClusterIdentityProvider: its clientPolicy does not allow it; use an IdentityProvider',
  );
  expect(calls(both.owner.simulator, 'create')).toBe(0);
});
