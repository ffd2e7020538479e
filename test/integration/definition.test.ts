import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { apiVersion, finalizers } from '../../src/api/group.ts';
import { machineClients } from '../../src/api/objects.ts';
import { events, type KubeObject } from '../../src/kube/resource.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { applyCrd, readCrds } from '../helpers/install-crds.ts';
import { createAll, installedName, installedNamespace, installManifests } from '../helpers/installed.ts';
import { FrontDoor } from '../helpers/front-door.ts';
import { type KubeCall, startRecordingProxy } from '../helpers/recording-proxy.ts';
import { calls, many, said, secretsOf } from '../helpers/said.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** In a cluster of its own: what is deleted here is everybody's. The operator has the rights that deploy/install.yaml gives. */
/** From when the definition is served. */
const WATCHED_WITHIN_MS = 5_000;
let cluster: ControlPlane;
let admin: AdminClient;
let account: Awaited<ReturnType<typeof kubeconfigOf>>;
const name = 'machineclients.machine-client.dev';
const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
const role = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${installedName}`;

beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  await createAll(admin, await installManifests());
  account = await kubeconfigOf(admin, cluster.kubeconfigPath, installedNamespace, installedName);
}, 120_000);
/** A test that fails while it is gone is its own trouble. */
beforeEach(() => definitionIsBack());
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await account[Symbol.asyncDispose]();
});

const installed = (): { kubeconfig: string; namespace: string } => ({
  kubeconfig: account.path,
  namespace: installedNamespace,
});

const deleteDefinition = async (): Promise<void> => {
  const { status } = await admin.call('DELETE', path);
  expect(status).toBe(200);
};
const definitionIsGone = (): Promise<unknown> =>
  until('the definition is gone', async () => (await admin.call('GET', path)).status === 404, {
    timeoutMs: 90_000,
  });
const definitionIsBack = async (): Promise<void> => {
  const definition = (await readCrds()).find(({ metadata }) => metadata.name === name);
  if (!definition) throw new Error(`crds/ has no ${name}`);
  await applyCrd(admin, definition);
};

/** All that changes something at the provider. */
const writes = (world: World): number =>
  calls(world.simulator, 'create', 'update', 'delete', 'rotateStart', 'rotate', 'rotateCancel');

/** As `kubectl get -o yaml` gives them, without what the API server adds: what a repository or a backup has. */
const manifestsOf = async (world: World): Promise<readonly object[]> =>
  (await world.kube.list<KubeObject & { spec: object }>(machineClients, { namespace: world.namespace })).map(
    ({ metadata, spec }) => ({
      apiVersion,
      kind: 'MachineClient',
      metadata: { name: metadata.name, namespace: metadata.namespace },
      spec,
    }),
  );

test('who deletes the definition deletes nothing at the provider, and all is as it was when both are back', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  await using proxy = await startRecordingProxy(account.path);
  const operator = world.operator([], { ...installed(), kubeconfig: proxy.kubeconfig });
  await world.provider({ resyncInterval: '1m' });
  const names = many(40);
  for (const client of names) await world.client(client);
  // Of one the client is to stay anyway, and its mark must, too.
  await world.client('retained', { deletionPolicy: 'Retain' });
  for (const client of [...names, 'retained']) await world.ready(client);
  const all = [...names, 'retained'];
  const [secrets, manifests, written] = [
    await secretsOf(world, all),
    await manifestsOf(world),
    writes(world),
  ];
  const seen = proxy.last;

  await deleteDefinition();
  await definitionIsGone();
  expect(writes(world)).toBe(written);
  expect(await secretsOf(world, all)).toEqual(secrets);
  const orphans = (await world.getProvider()).status?.['orphans'] as { count: number; sample: string[] };
  expect(orphans).toMatchObject({ count: all.length });
  expect(orphans.sample).toHaveLength(20);
  // One for each that would remove something, at most, but for those that were disturbed.
  const reads = proxy.calls(seen).filter((call) => call.name === name);
  expect(reads.length).toBeGreaterThan(0);
  expect(reads.length).toBeLessThan(1.5 * all.length);
  // What was done; what was decided has the reason, too.
  const told = operator.output.filter(
    (line) => line.includes('"reason":"DefinitionDeleted"') && !line.includes('"msg":"decided"'),
  );
  expect(told.filter((line) => /"clientId":"[^"]+"/.test(line))).toHaveLength(all.length);
  const note = await until('an event on the provider', async () => {
    const found = await world.kube.list<KubeObject & { reason: string; regarding: { kind: string } }>(
      events,
      {
        namespace: world.namespace,
      },
    );
    return found.find(({ reason }) => reason === 'DefinitionDeleted');
  });
  expect(note.regarding).toMatchObject({ kind: 'IdentityProvider', name: 'stytch' });

  // What has no object is not taken for left over, whatever orphanPolicy says.
  await world.patchProvider({ spec: { orphanPolicy: 'Delete' } });
  await definitionIsBack();
  const before = calls(world.simulator, 'search');
  await until('two lists without any object', () => calls(world.simulator, 'search') >= before + 2);
  expect(writes(world)).toBe(written);
  for (const manifest of manifests) await world.kube.create(machineClients, world.namespace, manifest);
  for (const client of all) await world.ready(client);
  expect(await secretsOf(world, all)).toEqual(secrets);
  expect(writes(world)).toBe(written);
  await expect
    .poll(async () => (await world.getProvider()).status?.['orphans'], { timeout: 60_000 })
    .toEqual({ count: 0, sample: [] });

  // And a deletion that is meant is one, as ever.
  await world.delete('many-01');
  await until('it is gone', () => world.isGone('many-01'));
  expect(calls(world.simulator, 'delete')).toBe(1);
  expect(world.simulator.clients()).toHaveLength(all.length - 1);
});

test('the definition is deleted while the provider is down, and the operator comes only then', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  await using door = await FrontDoor.open(world.simulator.url);
  world.operator([], installed());
  const { projectId } = world.simulator.credentials;
  const auth = { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } };
  await world.provider({ stytch: { projectId, baseUrl: door.url, auth } });
  for (const client of ['one', 'two']) await world.client(client);
  for (const client of ['one', 'two']) await world.ready(client);
  const secrets = await secretsOf(world, ['one', 'two']);
  const manifests = await manifestsOf(world);
  await Promise.all(world.operators.map((operator) => operator.kill()));
  await door.shut();
  // One was meant, and waits for the provider when the definition goes: it goes with it.
  await world.delete('one');
  await deleteDefinition();
  world.operator([], installed());
  await definitionIsGone();
  expect(await secretsOf(world, ['one', 'two'])).toEqual(secrets);
  await door.open();
  // As long as it may take a person: the operator asks for it as often as before.
  await sleep(20_000);
  await definitionIsBack();
  for (const manifest of manifests) await world.kube.create(machineClients, world.namespace, manifest);
  for (const client of ['one', 'two']) await world.ready(client, WATCHED_WITHIN_MS);
  expect(await secretsOf(world, ['one', 'two'])).toEqual(secrets);
  expect(calls(world.simulator, 'create')).toBe(2);
  expect(calls(world.simulator, 'delete', 'rotateStart')).toBe(0);
});

const resourceOf = (resource: string, method: string) => (call: KubeCall) =>
  call.resource === resource && call.method === method;

test('killed while it lets go of them, it removes nothing, and the next one goes on', async () => {
  /** Each stands still in the phase that is named, and dies there. */
  const points = [
    ['the definition is read', resourceOf('customresourcedefinitions', 'GET'), 'after'],
    ['the orphan is named', resourceOf('identityproviders/status', 'PATCH'), 'before'],
    ['the orphan was named', resourceOf('identityproviders/status', 'PATCH'), 'after'],
    ['the finalizer is off', resourceOf('machineclients', 'PATCH'), 'after'],
  ] as const;
  await using world = await World.make(cluster.kubeconfigPath);
  await world.provider();
  for (const client of ['one', 'two', 'three']) await world.client(client);
  world.operator([], installed());
  for (const client of ['one', 'two', 'three']) await world.ready(client);
  const [secrets, manifests, written] = [
    await secretsOf(world, ['one', 'two', 'three']),
    await manifestsOf(world),
    writes(world),
  ];
  for (const [what, matches, phase] of points) {
    await Promise.all(world.operators.map((operator) => operator.kill()));
    await using proxy = await startRecordingProxy(account.path);
    const operator = world.operator([], { ...installed(), kubeconfig: proxy.kubeconfig });
    // It writes what it has listed, too, and the objects of the round before were orphans: that is not the write meant.
    await until(
      'the status names what the list has shown',
      async () =>
        operator.output.some((line) => line.includes('swept')) &&
        isDeepStrictEqual((await world.getProvider()).status?.['orphans'], { count: 0, sample: [] }),
    );
    const hold = proxy.hold(matches, phase);
    await deleteDefinition();
    await hold.first(() => `${what}\n${operator.tail(40)}`);
    await operator.kill();
    hold.release('drop');
    world.operator([], installed());
    await definitionIsGone();
    expect(await secretsOf(world, ['one', 'two', 'three']), what).toEqual(secrets);
    await definitionIsBack();
    for (const manifest of manifests) await world.kube.create(machineClients, world.namespace, manifest);
    // Ready is a promise that the object does not go without its client, whoever is killed next.
    for (const client of ['one', 'two', 'three'])
      expect((await world.ready(client)).metadata.finalizers, what).toEqual([finalizers.upstream]);
    expect(await secretsOf(world, ['one', 'two', 'three']), what).toEqual(secrets);
    expect(writes(world), what).toBe(written);
  }
}, 240_000);

test('who may not read the definition removes nothing, and says which right it needs', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  const { body } = await admin.call('GET', role);
  const { rules } = body as unknown as { rules: readonly { apiGroups: readonly string[] }[] };
  const withRules = async (some: typeof rules): Promise<void> => {
    expect((await admin.call('PATCH', role, { rules: some })).status).toBe(200);
  };
  await withRules(rules.filter(({ apiGroups }) => !apiGroups.includes('apiextensions.k8s.io')));
  world.operator([], installed());
  await world.provider();
  await world.client('worker');
  await world.client('abandoned');
  await world.ready('worker');
  await world.ready('abandoned');
  await world.delete('worker');
  const blocked = await world.condition('worker', 'Ready', 'False', 'DeletionBlocked');
  expect(said(blocked, 'Ready')).toBe(
    `False DeletionBlocked: nothing is removed before it is known whether the definition of MachineClient itself is being deleted: cannot get customresourcedefinitions.apiextensions.k8s.io "${name}": Forbidden (403); the operator needs RBAC verb "get" on resource "customresourcedefinitions" in API group "apiextensions.k8s.io"`,
  );
  // What a person lets go of by name needs no such right.
  await world.patch('abandoned', {
    metadata: { annotations: { 'machine-client.dev/abandon-upstream': 'true' } },
  });
  await world.delete('abandoned');
  await until('it is gone', () => world.isGone('abandoned'));
  expect(calls(world.simulator, 'delete')).toBe(0);
  expect(await world.works('worker')).toBe(true);
  await withRules(rules);
  await until('the other is gone, too', () => world.isGone('worker'));
  expect(calls(world.simulator, 'delete')).toBe(1);
});
