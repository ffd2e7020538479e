import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { clusterIdentityProviders, identityProviders, machineClients } from '../../src/api/objects.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { secrets } from '../../src/kube/resource.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import { makeMark } from '../../src/providers/mark.ts';
import { markValue, metadataKey } from '../../src/providers/stytch/wire.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { isDeleted } from '../helpers/any-world.ts';
import { calls, many } from '../helpers/said.ts';
import { neighbourOf, shareProvider } from '../helpers/neighbours.ts';
import { until } from '../helpers/until.ts';
import { type MachineClientWire, World } from '../helpers/world.ts';

/** What somebody who may write in one namespace, or owns one account, does not reach. */
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());

/** Three seconds: lists come by themselves. */
const resyncInterval = '1m';
const make = (): Promise<World> => World.make(cluster.kubeconfigPath);

const leave = (world: World, id: string, installation: string, namespace: string, name: string): void => {
  const trusted = { [metadataKey]: markValue(makeMark(installation, namespace, name), 'uid-of-before', []) };
  world.simulator.act({
    action: 'createClient',
    fields: { client_id: id, scopes: ['read:invoices'], trusted_metadata: trusted },
  });
};
const listedTwice = async (world: World): Promise<void> => {
  const before = calls(world.simulator, 'search');
  await until('two more lists', () => calls(world.simulator, 'search') >= before + 2);
};
const orphansOf = async (world: World): Promise<unknown> => (await world.getProvider()).status?.['orphans'];

/** The object goes, and its client and its Secret stay, as after a restore or with a finalizer that was taken off. */
const forceAway = async (world: World, name: string): Promise<void> => {
  await Promise.all(world.operators.map((operator) => operator.kill()));
  await world.delete(name);
  await world.patch(name, { metadata: { finalizers: null } });
  await until('it is gone', () => world.isGone(name));
};

test('a mark that is forged at one account reaches no other namespace: no Secret goes, and nothing is told', async () => {
  await using victim = await make();
  await using other = await make();
  const { namespace } = victim;
  victim.operator(['--watch-namespaces=']);
  await victim.provider({ resyncInterval });
  await victim.client('forced');
  const clientId = (await victim.ready('forced')).status?.clientId ?? '';
  const before = await victim.getSecret('forced');
  await forceAway(victim, 'forced');
  // The same id, too: whoever runs an account can have it answer as he likes.
  leave(other, clientId, namespace, namespace, 'forced');
  leave(other, 'guess', namespace, namespace, 'somebody');
  leave(other, 'own', namespace, other.namespace, 'gone');
  await other.provider({ resyncInterval, orphanPolicy: 'Delete' });
  victim.operator(['--watch-namespaces=']);
  await until('its own orphan is removed', () => calls(other.simulator, 'delete') === 1);
  await listedTwice(other);
  expect(calls(other.simulator, 'delete')).toBe(1);
  expect(await orphansOf(other)).toEqual({ count: 0, sample: [] });
  expect(await victim.getSecret('forced')).toEqual(before);
  await expect
    .poll(() => orphansOf(victim), { timeout: 60_000 })
    .toEqual({ count: 1, sample: [`${clientId} (${namespace}/forced)`] });
});

test('with an orphan goes only the Secret that holds a credential of that very client', async () => {
  await using world = await make();
  world.operator();
  await world.provider({ resyncInterval });
  await world.client('forced');
  const clientId = (await world.ready('forced')).status?.clientId ?? '';
  await forceAway(world, 'forced');
  world.simulator.act({ action: 'deleteClient', clientId });
  leave(world, 'another', world.namespace, world.namespace, 'forced');
  await world.patchProvider({ spec: { orphanPolicy: 'Delete' } });
  world.operator();
  await until('the orphan is removed', () => calls(world.simulator, 'delete') === 1);
  await listedTwice(world);
  expect((await world.getSecret('forced')).metadata.annotations?.['machine-client.dev/client-id']).toBe(
    clientId,
  );
});

test('a copy of our Secret under another name, or in another namespace, is not ours: it stays', async () => {
  await using world = await make();
  await using elsewhere = await make();
  world.operator(['--watch-namespaces=']);
  await world.provider({ resyncInterval });
  await world.client('original', { rotation: { overlap: '0s' } });
  await world.ready('original');
  const { metadata, data = {}, type } = await world.getSecret('original');
  const { labels, annotations } = metadata;
  const copies = [
    { namespace: world.namespace, name: 'copy' },
    { namespace: elsewhere.namespace, name: 'original' },
  ];
  for (const ref of copies)
    await world.kube.create(secrets, ref.namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...ref, labels, annotations },
      data,
      type,
    });
  const read = () => Promise.all(copies.map((ref) => world.kube.get<SecretWire>(secrets, ref)));
  const before = await read();
  await world.patch('original', {
    metadata: { annotations: { 'machine-client.dev/rotate-requested': '1' } },
  });
  await until('a rotation has ended', async () => {
    const { status } = await world.get('original');
    return status?.secretVersion === 2 && calls(world.simulator, 'rotate') === 1;
  });
  await listedTwice(world);
  await world.delete('original');
  await isDeleted(world, 'original');
  await expect(world.getSecret('original')).rejects.toSatisfy(isNotFound);
  await listedTwice(world);
  expect(await read()).toEqual(before);
});

test('an object that may not use a provider changes nothing of it, and does not keep it', async () => {
  await using owner = await make();
  await using stranger = await neighbourOf(owner);
  owner.operator(['--watch-namespaces=']);
  await until('it has a namespace of its own', () =>
    owner.operators[0]?.output.some((line) => line.includes('caches are filled')),
  );
  await shareProvider(owner, [owner.namespace], { resyncInterval, clientPolicy: { scopes: ['*'] } });
  const providerRef = { kind: 'ClusterIdentityProvider', name: owner.namespace };
  const shared = () => owner.kube.get<MachineClientWire>(clusterIdentityProviders, { name: owner.namespace });
  await until('it is Ready', async () => (await shared()).status?.conditions?.[0]?.status === 'True');
  await stranger.kube.create(machineClients, stranger.namespace, {
    apiVersion,
    kind: 'MachineClient',
    metadata: {
      name: 'liar',
      namespace: stranger.namespace,
      finalizers: ['machine-client.dev/upstream'],
      annotations: {
        'machine-client.dev/unaccounted': 'somebody-elses (kube-system/important)',
        'machine-client.dev/abandon-upstream': 'true',
      },
    },
    spec: { providerRef, clientId: 'named', scopes: ['read:invoices'] },
  });
  await stranger.condition('liar', 'Ready', 'False', 'NamespaceNotAllowed');
  const login = { namespace: owner.operatorNamespace, name: 'stytch-management' };
  for (const { metadata } of [await shared(), await owner.kube.get<SecretWire>(secrets, login)])
    expect(metadata).not.toHaveProperty('finalizers');
  await stranger.delete('liar');
  await isDeleted(stranger, 'liar');
  await listedTwice(owner);
  expect((await shared()).status?.['orphans']).toEqual({ count: 0, sample: [] });

  // Nor does one that stays: whoever may use it does, and only he.
  await owner.client('user', { providerRef });
  await until('it is held', async () => (await shared()).metadata.finalizers?.length === 1);
  await stranger.client('waiting', { providerRef });
  await stranger.condition('waiting', 'Ready', 'False', 'NamespaceNotAllowed');
  await owner.kube.delete(clusterIdentityProviders, { name: owner.namespace });
  await owner.delete('user');
  await until('it is gone', () => shared().then(() => false, isNotFound));
});

test('thirty objects that leave their clients behind at once are done with, and recorded once each', async () => {
  await using world = await make();
  world.operator();
  await world.provider({ resyncInterval: '1h' });
  const names = many(30);
  for (const name of names) await world.client(name);
  for (const name of names) await world.ready(name);
  const annotations = { 'machine-client.dev/abandon-upstream': 'true' };
  await Promise.all(names.map((name) => world.patch(name, { metadata: { annotations } })));
  await Promise.all(names.map((name) => world.delete(name)));
  for (const name of names) await isDeleted(world, name);
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toMatchObject({ count: 30 });
});

test('a gateway that asks for nothing secret is shared by nobody', async () => {
  const gateway = { name: 'X-Gateway-Key', value: 'in-plain-sight' };
  await using world = await World.make(cluster.kubeconfigPath, { gatewayHeader: gateway });
  world.operator();
  const { projectId } = world.simulator.credentials;
  const spec = {
    type: 'Stytch',
    stytch: { projectId, baseUrl: world.simulator.url, auth: { type: 'Gateway' } },
    connection: { headers: [gateway] },
  };
  await world.provider(spec);
  await world.kube.create(identityProviders, world.namespace, {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name: 'lowers', namespace: world.namespace },
    spec: { ...spec, limits: { requestsPerMinute: 1, burst: 1 } },
  });
  await until('both are Ready', async () => {
    const all = await world.kube.list<MachineClientWire>(identityProviders, { namespace: world.namespace });
    return all.every(({ status }) =>
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    );
  });
  await world.client('quick');
  await world.ready('quick', 10_000);
});
