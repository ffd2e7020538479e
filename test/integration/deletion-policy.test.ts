import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion, group } from '../../src/api/group.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { readPages } from '../docs/pages.ts';
import { installCrds } from '../helpers/install-crds.ts';
import { collectionOf, parseManifests } from '../helpers/installed.ts';
import { until } from '../helpers/until.ts';

/** The policy of docs/how-to/guard-deletions.md, as it stands there. */
let cluster: ControlPlane;
let admin: AdminClient;
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const clients = (namespace: string) => `/apis/${apiVersion}/namespaces/${namespace}/machineclients`;

const post = async (path: string, body: object): Promise<void> => {
  const { status, body: answer } = await admin.call('POST', path, body);
  if (status !== 201) throw new Error(`${path}: ${answer.message}`);
};

beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  await installCrds(admin);
  await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'somebody' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'somebody' }],
  });
}, 120_000);
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** As somebody who may do everything, and is in this group. The dry run is judged as the deletion would be. */
const remove = async (path: string, of = 'developers', dryRun = true): Promise<string> => {
  const { status, body } = await admin.call('DELETE', `${path}${dryRun ? '?dryRun=All' : ''}`, undefined, {
    headers: { 'impersonate-user': 'somebody', 'impersonate-group': of },
  });
  return status < 300 ? 'deleted' : body.message;
};

test('the policy to copy guards definitions, namespaces and clients, and lets go of what is allowed', async () => {
  const namespace = (name: string, labels: object) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });
  await post('/api/v1/namespaces', namespace('guarded', { 'platform.example.com/guarded': 'true' }));
  await post('/api/v1/namespaces', namespace('free', {}));
  for (const name of ['guarded', 'free'])
    await post(clients(name), {
      apiVersion,
      kind: 'MachineClient',
      metadata: { name: 'worker', namespace: name },
      spec: { providerRef: { name: 'stytch' } },
    });
  const page = (await readPages()).find(({ path }) => path === 'docs/how-to/guard-deletions.md');
  const text = page?.blocks.find((block) => block.text.includes('ValidatingAdmissionPolicy'))?.text ?? '';
  const manifests = parseManifests(text);
  expect(manifests).toHaveLength(2);
  for (const manifest of manifests) await post(collectionOf(manifest), manifest);
  const worker = `${clients('guarded')}/worker`;
  const refused = 'guarded: annotate it with platform.example.com/deletion=allowed first';
  await until('the policy is in force', async () => (await remove(worker)) !== 'deleted');
  const guarded = [
    worker,
    // All of them in one request.
    clients('guarded'),
    '/api/v1/namespaces/guarded',
    ...['machineclients', 'identityproviders', 'clusteridentityproviders'].map(
      (plural) => `${definitions}/${plural}.${group}`,
    ),
  ];
  for (const path of guarded) {
    expect(await remove(path), path).toContain(refused);
    expect(await remove(path, 'platform-admins'), path).toBe('deleted');
  }
  expect(await remove(`${clients('free')}/worker`)).toBe('deleted');
  expect(await remove('/api/v1/namespaces/free')).toBe('deleted');
  const annotations = { 'platform.example.com/deletion': 'allowed' };
  for (const path of guarded.filter((each) => each !== clients('guarded'))) {
    const patched = await admin.call('PATCH', path, { metadata: { annotations } });
    expect(patched.status, path).toBe(200);
    expect(await remove(path), path).toBe('deleted');
  }
  // What the namespace controller does of a deletion that was allowed is not held up.
  expect(await remove('/api/v1/namespaces/guarded', 'developers', false)).toBe('deleted');
  await until(
    'it has ended',
    async () => (await admin.call('GET', '/api/v1/namespaces/guarded')).status === 404,
    {
      timeoutMs: 60_000,
    },
  );
});
