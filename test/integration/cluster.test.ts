import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machineClients } from '../../src/api/objects.ts';
import { namespaces } from '../../src/kube/resource.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { writeKubeconfig } from '../control-plane/credentials.ts';
import { applyCrd, installCrds, readCrds, type Definition } from '../helpers/install-crds.ts';
import { OperatorProcess } from '../helpers/operator-process.ts';
import { mints, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** What concerns a whole cluster, for an operator that watches all of it: in a control plane of its own. */
let cluster: ControlPlane;
let admin: AdminClient;

beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
}, 120_000);
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

const make = (): Promise<World> => World.make(cluster.kubeconfigPath);
const everywhere = '--watch-namespaces=';
const post = async (path: string, body: object) => {
  const answer = await admin.call('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.body.message}`);
  return answer.body;
};

test('without the CRDs the operator waits and says so, and goes on when they come', async () => {
  await using operator = new OperatorProcess({
    kubeconfig: cluster.kubeconfigPath,
    namespace: 'early-system',
    flags: [everywhere, '--time-scale=20', '--installation-id=early'],
  });
  const hint = await until('it says what it waits for', () =>
    operator.output.find((line) => line.includes('are the CRDs installed?')),
  );
  expect(JSON.parse(hint)).toMatchObject({ level: 'warn', msg: 'waiting for the API server' });
  expect(hint).toContain('machineclients.machine-client.dev');
  expect(operator.output.filter((line) => line.includes('"resource":"machineclients"'))).toHaveLength(1);

  await using world = await make();
  await world.provider();
  await world.client('late');
  await world.ready('late', 60_000);
  expect(await world.works('late')).toBe(true);
  await world.delete('late');
  await until('the object is gone', () => world.isGone('late'));
});

/** The same definition, as of a time when `spec.rotation.overlap` could be any text. */
const before = (definition: Definition): Definition => {
  const old = structuredClone<Definition>(definition);
  // All versions have one schema, then as now.
  for (const { schema } of old.spec.versions) {
    const { properties } = schema.openAPIV3Schema;
    const overlap = properties?.['spec']?.properties?.['rotation']?.properties?.['overlap'];
    if (!overlap) throw new Error('there is no spec.rotation.overlap');
    for (const keyword of ['pattern', 'x-kubernetes-validations']) Reflect.deleteProperty(overlap, keyword);
  }
  return old;
};

test('an object that was stored before a rule existed says so, can be deleted, and stops nobody', async () => {
  await installCrds(admin);
  await using world = await make();
  const first = world.operator([everywhere]);
  await world.provider();
  await world.client('old');
  await world.ready('old');
  await first.kill();
  const definition = (await readCrds()).find(({ spec }) => spec.names.kind === 'MachineClient');
  if (!definition) throw new Error('there is no MachineClient');
  await applyCrd(admin, before(definition));
  await until('the old rules are in force', () =>
    world.patch('old', { spec: { rotation: { overlap: 'a while' } } }).then(Boolean, () => false),
  );
  await applyCrd(admin, definition);

  world.operator([everywhere]);
  await world.client('new');
  await world.ready('new');
  const object = await world.condition('old', 'Stalled', 'True', 'InvalidSpec');
  expect(said(object, 'Ready')).toMatch(
    /^False InvalidSpec: the spec does not have the form of its schema: spec\.rotation\.overlap/,
  );
  expect(await world.works('old')).toBe(true);
  await world.delete('old');
  await until('the object is gone', () => world.isGone('old'));
  expect(world.simulator.clients().map(({ name }) => name)).toEqual(['new']);
});

test('a namespace that is being deleted before the operator begins leaves nothing at the provider', async () => {
  await using world = await make();
  const first = world.operator([everywhere]);
  await world.provider();
  const names = ['one', 'two', 'three', 'four'];
  await Promise.all(names.map((name) => world.client(name)));
  for (const name of names) await world.ready(name);
  await first.kill();
  await world.kube.delete(namespaces, { name: world.namespace });
  await until('it is terminating', async () => {
    const { body } = await admin.call('GET', `/api/v1/namespaces/${world.namespace}`);
    return body.status?.phase === 'Terminating';
  });
  await until('its objects are being deleted', async () => {
    const objects = await world.kube.list<{ metadata: { deletionTimestamp?: string } }>(machineClients, {
      namespace: world.namespace,
    });
    return objects.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
  });
  world.operator([everywhere]);
  await until(
    'the namespace is gone',
    async () => (await admin.call('GET', `/api/v1/namespaces/${world.namespace}`)).status === 404,
    { timeoutMs: 60_000, everyMs: 250 },
  );
  expect(world.simulator.clients()).toEqual([]);
});

/** All that the operator needs, but for the making of Secrets. */
const rules = [
  { apiGroups: ['machine-client.dev'], resources: ['*'], verbs: ['*'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

test('a missing permission is named by verb and resource before anything is minted', async () => {
  await using world = await make();
  const own = world.operatorNamespace;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const subjects = [{ kind: 'ServiceAccount', name: 'limited', namespace: own }];
  await post('/api/v1/namespaces', { metadata: { name: own } });
  await post(`/api/v1/namespaces/${own}/serviceaccounts`, { metadata: { name: 'limited' } });
  await post(`${rbac}/clusterroles`, { metadata: { name: own }, rules });
  await post(`${rbac}/clusterrolebindings`, {
    metadata: { name: own },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: own },
    subjects,
  });
  const maySecrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }];
  const grant = async (namespace: string): Promise<void> => {
    await post(`${rbac}/namespaces/${namespace}/roles`, { metadata: { name: 'secrets' }, rules: maySecrets });
    await post(`${rbac}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'secrets' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'secrets' },
      subjects,
    });
  };
  await grant(own);
  const { status } = await post(`/api/v1/namespaces/${own}/serviceaccounts/limited/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  });
  const kubeconfig = join(dirname(cluster.kubeconfigPath), 'limited.yaml');
  await writeKubeconfig(kubeconfig, { url: cluster.url, ca: cluster.ca, token: status.token });

  world.operator([everywhere], { kubeconfig });
  await world.provider();
  await world.client('denied');
  const object = await world.condition('denied', 'Ready', 'False', 'SecretRefused');
  expect(said(object, 'Ready')).toContain(
    `cannot create secrets "denied" in namespace "${world.namespace}": Forbidden (403); the operator needs RBAC verb "create" on resource "secrets" in API group ""`,
  );
  expect(said(object, 'Stalled')).toBe('False Idle: nothing stands in the way');
  expect(mints(world.simulator)).toBe(0);
  await grant(world.namespace);
  await world.ready('denied', 60_000);
  expect(mints(world.simulator)).toBe(1);
});
