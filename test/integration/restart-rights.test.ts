import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { deployments, namespaces } from '../../src/kube/resource.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { withKwok } from '../helpers/rollouts.ts';
import { operatorRules, type Rule } from '../helpers/installed.ts';
import { said } from '../helpers/said.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { replaced } from '../helpers/upstream.ts';

const makeRollouts = withKwok();
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

const must = async (admin: AdminClient, ...request: Parameters<AdminClient['call']>): Promise<void> => {
  const { status, body } = await admin.call(...request);
  expect(status, JSON.stringify(body)).toBeLessThan(300);
};

test('without the rights for workloads it says which one it needs, and nothing is retired until it has them', async () => {
  await using admin = adminClient(inject('kubeconfig'));
  await using rollouts = await makeRollouts();
  const { world } = rollouts;
  const { operatorNamespace: namespace } = world;
  const name = `${world.namespace}-operator`;
  const rules = await operatorRules();
  /** Those of deploy/install.yaml, but only these verbs for workloads. */
  const allowed = (verbs: readonly string[]): readonly Rule[] =>
    rules.flatMap((rule) => {
      if (!rule.apiGroups.includes('apps')) return [rule];
      return verbs.length === 0 ? [] : [{ ...rule, verbs }];
    });
  const allow = (verbs: readonly string[]): Promise<void> =>
    must(admin, 'PATCH', `${RBAC}/clusterroles/${name}`, { rules: allowed(verbs) });
  const metadata = { name };
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => {
    for (const kind of ['clusterrolebindings', 'clusterroles'])
      await admin.call('DELETE', `${RBAC}/${kind}/${name}`);
  });
  await world.kube.create(namespaces, undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await must(admin, 'POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata });
  await must(admin, 'POST', `${RBAC}/clusterroles`, { metadata, rules: allowed([]) });
  await must(admin, 'POST', `${RBAC}/clusterrolebindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  await using account = await kubeconfigOf(admin, inject('kubeconfig'), namespace, name);

  world.operator([], { kubeconfig: account.path });
  await world.provider();
  await rollouts.workload(deployments, 'named');
  const former = await rollouts.billing({ targets: [{ kind: 'Deployment', name: 'named' }] });
  await rollouts.isUp(deployments, 'named');
  await rollouts.rotate();
  const isSaid = async (verb: string): Promise<void> => {
    const text = `True KubernetesError: cannot ${verb} deployments.apps "named" in namespace "${world.namespace}": Forbidden (403); the operator needs RBAC verb "${verb}" on resource "deployments" in API group "apps"`;
    await until(text, async () => said(await world.get('billing'), 'RotationInProgress').startsWith(text), {
      explain: async () => said(await world.get('billing'), 'RotationInProgress'),
    });
    expect(said(await world.get('billing'), 'Ready')).toBe(
      'True Ready: the Secret holds a working credential',
    );
    expect(rollouts.oldCredential).toBe(former);
    expect(await rollouts.generationOf(deployments, 'named')).toBe(1);
  };
  await isSaid('get');
  await allow(['get', 'list']);
  await isSaid('patch');
  await allow(['get', 'list', 'patch']);
  await replaced(world, 'billing', former);
  expect(await rollouts.versionOn(deployments, 'named')).toBe('2');
  expect(await rollouts.generationOf(deployments, 'named')).toBe(2);

  // An emergency waits for nobody, and so not for a missing right.
  await allow([]);
  const { clientSecret } = await world.credential('billing');
  await world.patch('billing', {
    metadata: {
      annotations: { [annotations.rotateRequested]: 'leaked', [annotations.revokePrevious]: '3' },
    },
  });
  await replaced(world, 'billing', clientSecret);
  expect(await rollouts.generationOf(deployments, 'named')).toBe(2);
});
