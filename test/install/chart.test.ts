import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installManifest } from '../../scripts/install-manifest.ts';
import type { Manifest, Rule } from '../helpers/installed.ts';
import { helm3, helm4, toolVersion } from '../tools/tools.ts';
import { chart, Helm } from './helm.ts';
import { deploymentOf, only } from './rendered.ts';

/** What the chart makes of its values, as both Helms see it; no cluster is asked. */
const versions = { 'Helm 4': helm4, 'Helm 3': helm3 };
const helms = new Map<string, Helm>();

beforeAll(async () => {
  for (const [name, program] of Object.entries(versions)) helms.set(name, await Helm.find(program));
});
afterAll(async () => {
  for (const helm of helms.values()) await helm[Symbol.asyncDispose]();
});

const helmOf = (name: string): Helm => {
  const helm = helms.get(name);
  if (!helm) throw new Error(`no ${name}`);
  return helm;
};
const render = (values?: object, ...args: readonly string[]): Promise<Manifest[]> =>
  helmOf('Helm 4').render(values, ...args);

const named = ({ kind, metadata }: Manifest): string =>
  [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join(' ');
/** One right a line: `machine-client.dev/machineclients get list`. */
const rights = (rules: readonly Rule[] = []): string[] =>
  rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [] }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => [`${group}/${resource}`, ...verbs, ...resourceNames].join(' ')),
    ),
  );
const own = 'machine-client-operator';

const inNamespace = [
  'machine-client.dev/machineclients get list watch patch',
  'machine-client.dev/identityproviders get list watch patch',
  'machine-client.dev/machineclients/status patch',
  'machine-client.dev/identityproviders/status patch',
  '/secrets get list watch create patch delete',
  '/configmaps get list watch',
  'events.k8s.io/events create patch',
];
const workloads = [
  ...['apps/deployments', 'apps/statefulsets', 'apps/daemonsets'].map((name) => `${name} get list patch`),
  'batch/jobs list',
  'batch/cronjobs list',
];
const definition = 'apiextensions.k8s.io/customresourcedefinitions get machineclients.machine-client.dev';
const inCluster = [
  'machine-client.dev/clusteridentityproviders get list watch patch',
  'machine-client.dev/clusteridentityproviders/status patch',
  '/namespaces get list watch',
  definition,
];
const lease = [
  'coordination.k8s.io/leases create',
  'coordination.k8s.io/leases get list watch update machine-client-operator',
  '/pods get',
];

describe.each(Object.keys(versions))('%s', (name) => {
  test('is the version that is pinned, and finds nothing to say', async () => {
    const helm = helmOf(name);
    const program = versions[name as keyof typeof versions];
    expect((await helm.run('version', '--template', '{{ .Version }}')).stdout).toBe(toolVersion(program));
    const { code, stdout, stderr } = await helm.run('lint', '--strict', chart);
    expect(code, stdout + stderr).toBe(0);
  });

  test('makes the same objects as the other one', async () => {
    const values = {
      serviceMonitor: { enabled: true, renderMode: 'alwaysRender' },
      networkPolicy: { enabled: true },
    };
    expect(await helmOf(name).render(values)).toEqual(await render(values));
  });

  test.each([
    [{ replicas: 3 }, /replicas/],
    [{ image: { tagg: '1' } }, /tagg/],
    [{ replicaCount: 'two' }, /replicaCount/],
    [{ log: { level: 'loud' } }, /level/],
    [{ watchNamespaces: ['a'] }, /watchNamespaces needs installationId/],
    [{ leaderElection: { enabled: false } }, /replicaCount must be 1/],
    [
      { leaderElection: { enabled: false }, replicaCount: 1, strategy: { type: 'RollingUpdate' } },
      /strategy.type must be Recreate/,
    ],
    [{ podDisruptionBudget: { minAvailable: 0, maxUnavailable: 0 } }, /minAvailable or maxUnavailable/],
    [{ podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } }, /minAvailable or maxUnavailable/],
    [{ defaultProvider: { enabled: true } }, /defaultProvider.spec is empty/],
    [
      {
        watchNamespaces: ['a'],
        installationId: 'x',
        defaultProvider: { enabled: true, spec: { type: 'Stytch' } },
      },
      /defaultProvider.kind must be IdentityProvider/,
    ],
    [
      {
        watchNamespaces: ['a'],
        installationId: 'x',
        defaultProvider: { enabled: true, kind: 'IdentityProvider', spec: { type: 'Stytch' } },
      },
      /the namespace machine-client-system, which is not one of watchNamespaces/,
    ],
    [{ watchNamespaces: ['a', 'a'], installationId: 'x' }, /watchNamespaces/],
    [
      { watchNamespaces: ['a'], installationId: 'x', tokenAudiences: ['vault'] },
      /tokenAudiences means nothing with watchNamespaces/,
    ],
    [{ tokenAudiences: ['vault,other'] }, /tokenAudiences/],
    [{ installationId: 'a/b' }, /installationId/],
    [{ fullnameOverride: 'Not_A_Label' }, /fullnameOverride/],
    [{ fullnameOverride: '1st' }, /1st cannot name a Service/],
    [{ nameOverride: '-' }, /nameOverride/],
    [{ metrics: { port: 8081 } }, /metrics.port and health.port must differ/],
    [{ serviceMonitor: { enabled: true }, metrics: { enabled: false } }, /serviceMonitor.enabled needs/],
    [
      { serviceMonitor: { enabled: true }, metrics: { service: { enabled: false } } },
      /serviceMonitor.enabled needs/,
    ],
    [{ podMonitor: { enabled: true }, metrics: { enabled: false } }, /podMonitor.enabled needs/],
    [{ serviceAccount: { create: false } }, /serviceAccount.name is needed/],
    [
      { serviceMonitor: { enabled: true, renderMode: 'failIfMissing' } },
      /does not know the kind ServiceMonitor/,
    ],
  ])('refuses %j', async (values, why) => {
    const { code, stderr } = await helmOf(name).template(values);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(why);
  });
});

test('by default: all namespaces, two replicas, and no right that is not listed here', async () => {
  const manifests = await render();
  expect(manifests.map(named).toSorted()).toEqual(
    [
      'ClusterRole machine-client-operator',
      'ClusterRole machine-client-operator-admin',
      'ClusterRole machine-client-operator-edit',
      'ClusterRole machine-client-operator-service-bindings',
      'ClusterRole machine-client-operator-view',
      'ClusterRoleBinding machine-client-operator',
      'CustomResourceDefinition clusteridentityproviders.machine-client.dev',
      'CustomResourceDefinition identityproviders.machine-client.dev',
      'CustomResourceDefinition machineclients.machine-client.dev',
      'Deployment machine-client-system machine-client-operator',
      'Pod machine-client-system machine-client-operator-test',
      'PodDisruptionBudget machine-client-system machine-client-operator',
      'Role machine-client-system machine-client-operator-own',
      'RoleBinding machine-client-system machine-client-operator-own',
      'Service machine-client-system machine-client-operator-metrics',
      'ServiceAccount machine-client-system machine-client-operator',
    ].toSorted(),
  );
  const [role] = only(manifests, 'ClusterRole').filter(({ metadata }) => metadata.name === own);
  expect(rights(role?.rules)).toEqual([...inNamespace, ...workloads, ...inCluster]);
  expect(rights(only(manifests, 'Role')[0]?.rules)).toEqual(lease);
  expect(deploymentOf(manifests).spec.replicas).toBe(2);
});

test('with tokenAudiences it may ask for tokens of its own ServiceAccount, and of no other', async () => {
  const tokenAudiences = ['vault', 'https://vault.example.com'];
  const manifests = await render({ tokenAudiences, serviceAccount: { name: 'custom' } });
  const [role] = only(manifests, 'Role');
  expect(rights(role?.rules)).toEqual([...lease, '/serviceaccounts/token create custom']);
  const everything = manifests.flatMap(({ rules }) => rights(rules)).join(' ');
  expect(everything.match(/serviceaccounts/g)).toHaveLength(1);
  const [{ args }] = deploymentOf(manifests).spec.template.spec.containers;
  expect(args).toContain('--token-audiences=vault,https://vault.example.com');
});

test('with watchNamespaces only the one definition can be read in the whole cluster, and no Secret elsewhere', async () => {
  const manifests = await render({ watchNamespaces: ['payments', 'billing'], installationId: 'prod' });
  const ofDefinition = `${own}-definition-machine-client-system`;
  for (const kind of ['ClusterRole', 'ClusterRoleBinding'])
    expect(only(manifests, kind).map(({ metadata }) => metadata.name)).toEqual([ofDefinition]);
  expect(rights(only(manifests, 'ClusterRole')[0]?.rules)).toEqual([definition]);
  const roles = only(manifests, 'Role');
  expect(roles.map(named).toSorted()).toEqual([
    'Role billing machine-client-operator',
    'Role machine-client-system machine-client-operator-own',
    'Role payments machine-client-operator',
  ]);
  for (const role of roles.filter(({ metadata }) => metadata.name === own))
    expect(rights(role.rules)).toEqual([...inNamespace, ...workloads]);
  const [ofItself] = roles.filter(({ metadata }) => metadata.name !== own);
  expect(rights(ofItself?.rules)).toEqual([
    ...lease,
    '/secrets create',
    '/secrets get machine-client-operator-installation',
  ]);
  const [{ args }] = deploymentOf(manifests).spec.template.spec.containers;
  expect(args).toContain('--watch-namespaces=payments,billing');
  expect(args).toContain('--installation-id=prod');
  const rbac = { aggregateToView: true, serviceBindings: true };
  const asked = await render({ watchNamespaces: ['payments'], installationId: 'prod', rbac });
  expect(only(asked, 'ClusterRole').map(({ metadata }) => metadata.name)).toEqual([
    `${own}-view`,
    `${own}-service-bindings`,
    ofDefinition,
  ]);
});

test('what can be switched off is not there', async () => {
  const manifests = await render({
    crds: { install: false },
    rbac: {
      restartWorkloads: false,
      aggregateToView: false,
      aggregateToEdit: false,
      aggregateToAdmin: false,
      serviceBindings: false,
    },
    metrics: { enabled: false },
    replicaCount: 1,
  });
  expect(manifests.map(named).toSorted()).toEqual([
    'ClusterRole machine-client-operator',
    'ClusterRoleBinding machine-client-operator',
    'Deployment machine-client-system machine-client-operator',
    'Role machine-client-system machine-client-operator-own',
    'RoleBinding machine-client-system machine-client-operator-own',
    'ServiceAccount machine-client-system machine-client-operator',
  ]);
  expect(rights(only(manifests, 'ClusterRole')[0]?.rules)).toEqual([...inNamespace, ...inCluster]);
  expect((await render({ rbac: { create: false } })).filter(({ kind }) => /Role/.test(kind))).toEqual([]);
});

test('providers are written by admins only, and clients by editors', async () => {
  const roles = only(await render(), 'ClusterRole').filter(({ metadata }) => metadata.name !== own);
  const table = Object.fromEntries(
    roles.map(({ metadata, rules }) => [
      metadata.name.replace(`${own}-`, ''),
      {
        labels: Object.keys(metadata.labels ?? {}).filter((label) => /aggregate|servicebinding/.test(label)),
        rights: rights(rules),
      },
    ]),
  );
  const aggregate = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`;
  const write = 'create update patch delete deletecollection';
  expect(table).toEqual({
    view: {
      labels: ['view', 'edit', 'admin'].map(aggregate),
      rights: ['machineclients', 'identityproviders', 'clusteridentityproviders'].map(
        (resource) => `machine-client.dev/${resource} get list watch`,
      ),
    },
    edit: {
      labels: ['edit', 'admin'].map(aggregate),
      rights: [`machine-client.dev/machineclients ${write}`],
    },
    admin: { labels: [aggregate('admin')], rights: [`machine-client.dev/identityproviders ${write}`] },
    'service-bindings': {
      labels: ['servicebinding.io/controller'],
      rights: ['machine-client.dev/machineclients get list watch'],
    },
  });
});

test('definitions stay when the release goes, unless it is said otherwise', async () => {
  const kept = (manifests: readonly Manifest[]): unknown[] =>
    only(manifests, 'CustomResourceDefinition').map(
      ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'],
    );
  expect(kept(await render())).toEqual(['keep', 'keep', 'keep']);
  expect(kept(await render({ crds: { keep: false } }))).toEqual([undefined, undefined, undefined]);
});

test('alerts with their section of the runbook, and a dashboard', async () => {
  const manifests = await render({
    prometheusRule: {
      enabled: true,
      renderMode: 'alwaysRender',
      labels: { release: 'prometheus' },
      runbookUrl: 'https://docs.example.com/runbook.md',
    },
    grafanaDashboard: { enabled: true, annotations: { grafana_folder: 'Platform' } },
  });
  const [rule] = only(manifests, 'PrometheusRule') as unknown as {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly groups: {
        readonly rules: { readonly alert: string; readonly annotations: Record<string, string> }[];
      }[];
    };
  }[];
  expect(rule?.metadata.labels['release']).toBe('prometheus');
  const urls = rule?.spec.groups.flatMap(({ rules }) =>
    rules.map(({ annotations }) => annotations['runbook_url']),
  );
  expect(urls).toHaveLength(13);
  expect(urls).toContain('https://docs.example.com/runbook.md#machineclientnotready');
  const [board] = only(manifests, 'ConfigMap') as unknown as {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly data: Record<string, string>;
  }[];
  expect(board?.metadata.labels['grafana_dashboard']).toBe('1');
  const model = JSON.parse(board?.data['machine-client-operator.json'] ?? '') as { panels: unknown[] };
  expect(model.panels.length).toBeGreaterThan(15);
});

test('a provider of the release is made after the definitions, and belongs to the release from then on', async () => {
  const defaultProvider = { enabled: true, name: 'corporate', spec: { type: 'Stytch' } };
  const annotationsOf = async (...args: readonly string[]) =>
    only(await render({ defaultProvider }, ...args), 'ClusterIdentityProvider').map(
      ({ metadata }) => metadata.annotations,
    );
  expect(await annotationsOf()).toEqual([
    {
      'helm.sh/hook': 'post-install,post-upgrade',
      'helm.sh/hook-weight': '1',
      'helm.sh/resource-policy': 'keep',
      'meta.helm.sh/release-name': own,
      'meta.helm.sh/release-namespace': 'machine-client-system',
    },
  ]);
  const known = ['--api-versions', 'machine-client.dev/v1beta1/ClusterIdentityProvider'];
  expect(await annotationsOf(...known)).toEqual([{ 'helm.sh/resource-policy': 'keep' }]);
  // It stays as well where the definitions do not: then it goes with them.
  const others = { defaultProvider, crds: { keep: false } };
  const [provider] = only(await render(others, ...known), 'ClusterIdentityProvider');
  expect(provider?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  // The pod that waits for the kind is only there where it has to come.
  const podsOf = async (...args: readonly string[]): Promise<string[]> =>
    only(await render({ defaultProvider }, ...args), 'Pod').map(({ metadata }) => metadata.name);
  expect(await podsOf()).toEqual([`${own}-wait`, `${own}-test`]);
  expect(await podsOf(...known)).toEqual([`${own}-test`]);
});

test('more objects: texts are templates, objects are not', async () => {
  const data = { summary: '{{ $labels.pod }} is down' };
  const extra = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' }, data };
  const template = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-template\n';
  const made = only(await render({ extraObjects: [extra, template] }), 'ConfigMap');
  expect(made.map(({ metadata }) => metadata.name).toSorted()).toEqual([`${own}-template`, 'plain']);
  expect(made).toContainEqual(extra);
});

test('deploy/install.yaml is the chart with its defaults', async () => {
  const file = join(chart, '../../install.yaml');
  expect(await readFile(file, 'utf8'), 'run `npm run manifest`').toBe(await installManifest());
});
