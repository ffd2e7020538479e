import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { FrontDoor } from '../helpers/front-door.ts';
import { OperatorProcess } from '../helpers/operator-process.ts';
import { identityOf, kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** An operator that starts before its API server, or before its own rights and token. */
let admin: AdminClient;
let folder: string;
beforeAll(async () => {
  admin = adminClient(inject('kubeconfig'));
  folder = await mkdtemp(join(tmpdir(), 'mco-late-'));
});
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Kubeconfig {
  clusters: { cluster: { server: string } }[];
  users: { user: object }[];
}

const create = async (path: string, body: object): Promise<void> => {
  const { status, body: answer } = await admin.call('POST', path, body);
  if (status !== 201) throw new Error(`${path}: ${answer.message}`);
};

test('a start waits for the API server, its token and its rights, names each, and is the same process afterwards', async () => {
  const name = 'late-api-server';
  await create('/api/v1/namespaces', { metadata: { name } });
  await create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'operator' } });
  const { token, server } = await identityOf(admin, inject('kubeconfig'), name, 'operator');

  await using door = await FrontDoor.open(server);
  await door.shut();
  const tokenFile = join(folder, 'token');
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  const config = parse(await readFile(inject('kubeconfig'), 'utf8')) as Kubeconfig;
  for (const { cluster } of config.clusters) cluster.server = door.url.replace('http:', 'https:');
  for (const entry of config.users) entry.user = { tokenFile };
  await writeFile(kubeconfig, stringify(config));

  await using operator = new OperatorProcess({
    kubeconfig,
    namespace: name,
    flags: [`--watch-namespaces=${name}`, `--installation-id=${name}`],
  });
  const waitsFor = (text: string): Promise<string> =>
    until(`it waits for ${text}`, () =>
      operator.output.find((line) => line.includes('"waiting for the API server"') && line.includes(text)),
    );
  await waitsFor(`AuthenticationFailed (ENOENT ${tokenFile})`);
  await writeFile(tokenFile, 'not-a-token');
  await waitsFor(`ConnectionFailed (ECONNREFUSED ${new URL(door.url).host})`);
  await door.open();
  await waitsFor('Unauthorized (401)');
  await writeFile(tokenFile, token);
  await waitsFor(
    'Forbidden (403); the operator needs RBAC verb \\"get\\" on resource \\"secrets\\" in API group \\"\\"',
  );
  await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: name }],
  });
  await until('its caches are filled', () =>
    operator.output.some((line) => line.includes('"caches are filled"')),
  );
  expect(operator.hasEnded).toBe(false);
  // Each cause was said once, however often it was asked.
  expect(
    operator.output.filter((line) => line.includes('ECONNREFUSED') && line.includes('"level":"warn"')),
  ).toHaveLength(1);
  await admin.call('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`);
});

test('of several namespaces one without rights is named, and the others are served; with its rights it is served too', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using closed = await World.make(inject('kubeconfig'));
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const own = world.operatorNamespace;
  await create('/api/v1/namespaces', { metadata: { name: own } });
  await create(`/api/v1/namespaces/${own}/serviceaccounts`, { metadata: { name: 'operator' } });
  const grant = (namespace: string): Promise<void> =>
    create(`${rbac}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: 'operator' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: own }],
    });
  await grant(own);
  await grant(world.namespace);
  await using account = await kubeconfigOf(admin, inject('kubeconfig'), own, 'operator');
  const flags = [`--watch-namespaces=${world.namespace},${closed.namespace},is-not-there`];
  const operator = world.operator(flags, { kubeconfig: account.path });
  await closed.provider();
  await closed.client('waits');
  await world.provider();
  await world.client('served');
  await world.ready('served');
  const line = await until('the others are named', () =>
    operator.output.find((one) => one.includes('these namespaces are not served')),
  );
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', namespaces: [closed.namespace, 'is-not-there'] });
  expect((await closed.get('waits')).status?.conditions).toBeUndefined();
  await grant(closed.namespace);
  await closed.ready('waits', 60_000);
});
