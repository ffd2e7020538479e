import { afterAll, beforeAll, expect, test } from 'vitest';
import { leases, type KubeObject } from '../../src/kube/resource.ts';
import { adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { createAll, installedName, installedNamespace, installManifests } from '../helpers/installed.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/**
 * As installed by `kubectl apply --server-side -f deploy/install.yaml`: two replicas with a lease between them, for all namespaces, with
 * the ServiceAccount's token and nothing else. What RBAC lacks would show here.
 */
const namespace = installedNamespace;
let cluster: ControlPlane;
let account: Awaited<ReturnType<typeof kubeconfigOf>>;

beforeAll(async () => {
  cluster = await startControlPlane();
  await using admin = adminClient(cluster.kubeconfigPath);
  await createAll(admin, await installManifests());
  account = await kubeconfigOf(admin, cluster.kubeconfigPath, namespace, installedName);
}, 120_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await account[Symbol.asyncDispose]();
});

test('the rights of deploy/install.yaml are enough, and when the leader is killed the other replica goes on', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  const replica = () =>
    world.operator(['--leader-elect=true', '--watch-namespaces=', '--installation-id='], {
      kubeconfig: account.path,
      namespace,
    });
  const replicas = [replica(), replica()];
  await world.provider();
  await world.client('before');
  await world.ready('before', 60_000);

  const holder = await until('a leader', async () => {
    const lease = await world.kube.get<KubeObject & { spec: { holderIdentity?: string } }>(leases, {
      namespace,
      name: 'machine-client-operator',
    });
    return lease.spec.holderIdentity;
  });
  const leader = replicas.find(({ output }) =>
    output.some((line) => line.includes('started leading') && line.includes(holder)),
  );
  expect(leader).toBeDefined();
  await leader?.kill('SIGKILL');
  await world.client('after');
  await world.ready('after', 60_000);
  expect(await world.works('after')).toBe(true);

  for (const name of ['before', 'after']) await world.delete(name);
  for (const name of ['before', 'after'])
    await until(`${name} is gone`, () => world.isGone(name), { timeoutMs: 60_000 });
  expect(world.simulator.clients()).toEqual([]);

  // Nothing was refused.
  const other = replicas.find((each) => each !== leader);
  expect(replicas.flatMap(({ output }) => output).filter((line) => line.includes('"Forbidden"'))).toEqual([]);
  expect(await other?.kill('SIGTERM')).toBe(0);
  const lease = await world.kube.get<KubeObject & { spec: { holderIdentity?: string } }>(leases, {
    namespace,
    name: 'machine-client-operator',
  });
  expect(lease.spec.holderIdentity ?? '').toBe('');
});
