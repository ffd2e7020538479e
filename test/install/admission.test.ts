import { expect, test } from 'vitest';
import { createKubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { loadEndpoint } from '../../src/kube/kubeconfig.ts';
import { secrets } from '../../src/kube/resource.ts';
import { Transport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { adminClient } from '../control-plane/admin-client.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';
import { installedName, type Manifest } from '../helpers/installed.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { helm4 } from '../tools/tools.ts';
import { Helm, releaseNamespace } from './helm.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const paths: Readonly<Record<string, string>> = {
  ServiceAccount: `/api/v1/namespaces/${releaseNamespace}/serviceaccounts`,
  ClusterRole: `${RBAC}/clusterroles`,
  ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
  ValidatingAdmissionPolicy: `${ADMISSION}/validatingadmissionpolicies`,
  ValidatingAdmissionPolicyBinding: `${ADMISSION}/validatingadmissionpolicybindings`,
};

test('with admissionPolicy the ServiceAccount writes no Secret that something else lives on, whatever the operator does', async () => {
  await using cluster = await startControlPlane();
  await using admin = adminClient(cluster.kubeconfigPath);
  await using helm = await Helm.find(helm4, cluster.kubeconfigPath);
  const post = async (path: string, body: object): Promise<void> => {
    const { status, body: answer } = await admin.call('POST', path, body);
    if (status !== 201) throw new Error(`${path}: ${answer.message}`);
  };
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const name of [releaseNamespace, 'team']) await post('/api/v1/namespaces', namespace(name));
  const rendered: readonly Manifest[] = await helm.render({ admissionPolicy: { enabled: true } });
  expect(rendered.filter(({ kind }) => kind.startsWith('ValidatingAdmission'))).toHaveLength(2);
  for (const manifest of rendered) {
    const path = paths[manifest.kind];
    if (path !== undefined) await post(path, manifest);
  }
  await using own = await kubeconfigOf(admin, cluster.kubeconfigPath, releaseNamespace, installedName);
  const endpoint = await loadEndpoint({ kubeconfigPath: own.path, env: {}, clock: systemClock });
  const transport = new Transport({ endpoint, clock: systemClock, random: Math.random, userAgent: 'tests' });
  const kube = createKubeClient(transport);
  let made = 0;
  const write = async (where: string, type: string, more: object = {}): Promise<string> => {
    const name = `written-${++made}`;
    const metadata = { name, namespace: where, ...more };
    return await kube.create(secrets, where, { apiVersion: 'v1', kind: 'Secret', metadata, type }).then(
      () => 'written',
      (error: unknown) => (error instanceof KubeError ? (error.apiMessage ?? error.message) : String(error)),
    );
  };
  await until('the policy is in force', async () => (await write('kube-system', 'Opaque')) !== 'written');
  expect(await write('kube-system', 'Opaque')).toContain('the operator writes no Secret of kube-system');
  const types = [
    'kubernetes.io/service-account-token',
    'bootstrap.kubernetes.io/token',
    'helm.sh/release.v1',
  ];
  const annotations = { 'kubernetes.io/service-account.name': 'default' };
  for (const type of types)
    expect(await write('team', type, { annotations }), type).toContain(
      'the operator writes no Secret of a type that another controller fills',
    );
  expect(await write('team', 'Opaque')).toBe('written');
  expect(await write('team', 'kubernetes.io/basic-auth')).not.toContain('the operator writes no Secret');
  // Nor does it change or delete one that somebody else has made.
  const theirs = { name: 'release', namespace: 'team' };
  await post('/api/v1/namespaces/team/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: theirs,
    type: 'helm.sh/release.v1',
  });
  await expect(kube.mergePatch(secrets, theirs, { stringData: { more: 'x' } })).rejects.toThrow(KubeError);
  await expect(kube.delete(secrets, theirs)).rejects.toThrow(KubeError);
  await transport.destroy();
});
