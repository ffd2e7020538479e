import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCondition } from '../../src/api/conditions.ts';
import { annotations, apiVersion } from '../../src/api/group.ts';
import { clusterIdentityProviders } from '../../src/api/objects.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { freePort } from '../control-plane/ready.ts';
import { idleDeployment } from '../helpers/idle-deployment.ts';
import { installedName, type Manifest, parseManifests, type Rule } from '../helpers/installed.ts';
import type { OperatorProcess } from '../helpers/operator-process.ts';
import { said, works } from '../helpers/said.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';
import { installForeignCrds } from '../tools/foreign-crds.ts';
import { findTool, helm4, kubeconform } from '../tools/tools.ts';
import { chart, good, Helm, inRelease, release, releaseNamespace } from './helm.ts';
import { writeSchemas } from './schemas.ts';

/** The chart in a real control plane, and the operator with the rights that the chart gives, and no other. */
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
let cluster: ControlPlane;
let admin: AdminClient;
let helm: Helm;

beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  helm = await Helm.find(helm4, cluster.kubeconfigPath);
});
afterAll(async () => {
  await helm[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

const get = async (path: string): Promise<Manifest> => (await admin.call('GET', path)).body as Manifest;
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${releaseNamespace}/leases/machine-client-operator`;
const deploymentPath = `/apis/apps/v1/namespaces/${releaseNamespace}/deployments/${installedName}`;
interface PodSpec {
  readonly containers: readonly [
    {
      readonly args: readonly string[];
      readonly command?: readonly string[];
      readonly env?: readonly {
        readonly name: string;
        readonly value?: string;
        readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
      }[];
    },
  ];
}
const containerOf = async (path: string): Promise<PodSpec['containers'][0]> => {
  const { spec } = (await get(path)) as unknown as { spec: { template: { spec: PodSpec } } };
  return spec.template.spec.containers[0];
};
const argsOf = async (path: string): Promise<readonly string[]> => (await containerOf(path)).args;

/** What a kubelet makes of the fields of the pod; of one that was deleted since. */
const fields: Readonly<Record<string, string>> = {
  'metadata.name': 'operator-0',
  'metadata.uid': '0d3f9c1e-5a52-4c0e-9a53-6a8a3b1c2d4e',
};
const environmentOf = async (path: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    ((await containerOf(path)).env ?? []).flatMap(({ name, valueFrom }) => {
      const value = fields[valueFrom?.fieldRef?.fieldPath ?? ''];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** The operator as its Deployment says, with the token of its ServiceAccount. */
const replica = async (
  world: World,
  kubeconfig: string,
  own: { readonly namespace: string; readonly path: string; readonly flags?: readonly string[] },
): Promise<OperatorProcess> => {
  const flags = [
    '--watch-namespaces=',
    '--installation-id=',
    ...(await argsOf(own.path)),
    '--leader-elect=true',
    '--health-address=0',
    '--metrics-address=0',
    ...(own.flags ?? []),
  ];
  const environment = await environmentOf(own.path);
  return world.operator(flags, { kubeconfig, namespace: own.namespace, environment });
};
const ofRelease = { namespace: releaseNamespace, path: deploymentPath };
const forbidden = ({ output }: OperatorProcess): string[] =>
  output.filter((line) => line.includes('needs RBAC verb'));

const restart = { targets: [{ kind: 'Deployment', name: 'consumer' }], discover: true };
const rotated = async (world: World, name: string): Promise<void> => {
  await world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: 'now' } } });
  await until(`${name} is rotated`, async () => (await world.get(name)).status?.secretVersion === 2, {
    timeoutMs: 60_000,
  });
};

test('everything that is rendered has the form that the API server wants', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-schemas-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  await using world = await World.make(cluster.kubeconfigPath);
  expect(world.namespace).not.toBe('');
  await installForeignCrds(admin);
  await until('the kinds of others are documented', async () => {
    const { body } = await admin.call('GET', '/openapi/v2');
    return ['ServiceMonitor', 'PodMonitor', 'PrometheusRule'].every((kind) =>
      Object.keys((body as { definitions: object }).definitions).some((name) => name.endsWith(`.${kind}`)),
    );
  });
  const schemas = await writeSchemas(admin, join(folder, 'schemas'));
  const values = [
    {},
    { watchNamespaces: ['payments'], installationId: 'prod' },
    {
      // Helm asks no cluster here.
      serviceMonitor: {
        enabled: true,
        renderMode: 'alwaysRender',
        interval: '30s',
        labels: { release: 'prometheus' },
        relabelings: [{ action: 'labeldrop', regex: 'pod' }],
        metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
      },
      podMonitor: { enabled: true, renderMode: 'alwaysRender', annotations: { more: 'true' } },
      prometheusRule: {
        enabled: true,
        renderMode: 'alwaysRender',
        runbookUrl: 'https://docs.example.com/runbook.md',
      },
      grafanaDashboard: { enabled: true },
    },
    {
      networkPolicy: { enabled: true },
      podDisruptionBudget: { minAvailable: '50%' },
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      dnsConfig: { searches: ['example.com'] },
      hostAliases: [{ ip: '192.0.2.1', hostnames: ['idp.example.com'] }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }],
      extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      extraVolumeMounts: [{ name: 'ca', mountPath: '/ca' }],
      extraContainers: [{ name: 'side', image: 'example.com/side' }],
      extraInitContainers: [{ name: 'first', image: 'example.com/first' }],
      global: { imagePullSecrets: [{ name: 'registry' }], commonLabels: { team: 'platform' } },
      podLabels: { more: 'true' },
      podAnnotations: { more: 'true' },
      deploymentAnnotations: { more: 'true' },
      serviceAccount: { annotations: { more: 'true' } },
      priorityClassName: 'system-cluster-critical',
      runtimeClassName: 'gvisor',
      schedulerName: 'other',
      defaultProvider: {
        enabled: true,
        spec: {
          type: 'Stytch',
          stytch: {
            projectId: 'project-test-11111111-1111-4111-8111-111111111111',
            auth: { type: 'Secret', secretKeyRef: { name: 'stytch', key: 'secret' } },
          },
        },
      },
    },
  ];
  const binary = await findTool(kubeconform);
  const rendered = new Set<string>();
  const check = async (one: object): Promise<string> => {
    const text = await good(helm.template(one));
    for (const { kind } of parseManifests(text)) rendered.add(kind);
    const file = join(folder, 'rendered.yaml');
    await writeFile(file, text);
    const args = ['-strict', '-summary', '-schema-location', schemas, file];
    return await promisify(execFile)(binary, args).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => String(error.stdout),
    );
  };
  for (const one of values)
    expect(await check(one)).toMatch(/Valid: [1-9][0-9]*, Invalid: 0, Errors: 0, Skipped: 0/);
  for (const kind of ['ServiceMonitor', 'PodMonitor', 'PrometheusRule', 'NetworkPolicy', 'ConfigMap'])
    expect(rendered).toContain(kind);
  // It would say so.
  const misspelt = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, dataa: {} };
  expect(await check({ extraObjects: [misspelt] })).toMatch(/Invalid: 1, Errors: 0/);
});

test('installed, upgraded, rolled back, uninstalled and installed again: nobody loses a credential', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  // Of other tests, which install them by themselves: here it is the release that does.
  for (const plural of ['machineclients', 'identityproviders', 'clusteridentityproviders'])
    await admin.call(
      'DELETE',
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.machine-client.dev`,
    );
  const definition =
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/machineclients.machine-client.dev';
  await until('they are gone', async () => (await admin.call('GET', definition)).status === 404);
  const notes = await good(helm.run('install', release, chart, ...inRelease, '--create-namespace'));
  expect(notes).toContain(
    'kubectl -n machine-client-system rollout status deployment/machine-client-operator',
  );
  await until('the kinds are served', async () => {
    const path = `/apis/machine-client.dev/v1beta1/namespaces/${world.namespace}/machineclients`;
    return (await admin.call('GET', path)).status === 200;
  });
  await using account = await kubeconfigOf(admin, cluster.kubeconfigPath, releaseNamespace, installedName);
  const port = await freePort();
  const first = await replica(world, account.path, {
    ...ofRelease,
    flags: [`--metrics-address=127.0.0.1:${port}`],
  });
  await world.provider();
  await idleDeployment(world, 'consumer');
  await world.client('worker', { restart });
  await world.client('leaving', { displayName: 'before' });
  for (const name of ['worker', 'leaving']) await world.ready(name, 60_000);
  await rotated(world, 'worker');
  await world.patch('leaving', { spec: { displayName: 'after' } });
  await until('changed', () => world.simulator.clients().some(({ name }) => name === 'after'));
  await world.delete('leaving');
  await until('gone', () => world.isGone('leaving'), { timeoutMs: 60_000 });
  const { clientSecret } = await world.credential('worker');

  // What `helm test` would run in a pod, as a process.
  const manifests = parseManifests(await good(helm.run('get', 'hooks', release, ...inRelease)));
  const [container] = (manifests[0] as unknown as { spec: PodSpec }).spec.containers;
  const [node = '', ...args] = container.command ?? [];
  expect(node).toBe('node');
  expect(container.env?.[0]?.value).toBe(
    'http://machine-client-operator-metrics.machine-client-system.svc:8080/metrics',
  );
  const env = { METRICS_URL: `http://127.0.0.1:${port}/metrics` };
  const answered = await promisify(execFile)(process.execPath, args, { env });
  expect(answered.stdout).toContain('the operator answers');

  const before = await argsOf(deploymentPath);
  await good(helm.run('upgrade', release, chart, ...inRelease, '--set', 'concurrency=8'));
  expect(await argsOf(deploymentPath)).toContain('--concurrency=8');
  await first.kill('SIGTERM');
  const second = await replica(world, account.path, ofRelease);
  await world.client('upgraded');
  await world.ready('upgraded', 60_000);
  await good(helm.run('rollback', release, '1', ...inRelease));
  expect(await argsOf(deploymentPath)).toEqual(before);
  expect(forbidden(first)).toEqual([]);
  expect(forbidden(second)).toEqual([]);
  await second.kill('SIGTERM');

  await good(helm.run('uninstall', release, ...inRelease));
  expect((await admin.call('GET', deploymentPath)).status).toBe(404);
  expect((await admin.call('GET', `${RBAC}/clusterroles/${installedName}`)).status).toBe(404);
  expect(said(await world.get('worker'), 'Ready')).toBe(works);
  expect((await world.credential('worker')).clientSecret).toBe(clientSecret);
  expect(await world.works('worker')).toBe(true);

  await good(helm.run('install', release, chart, ...inRelease));
  await using again = await kubeconfigOf(admin, cluster.kubeconfigPath, releaseNamespace, installedName);
  const third = await replica(world, again.path, ofRelease);
  await world.client('again');
  await world.ready('again', 60_000);
  expect((await world.credential('worker')).clientSecret).toBe(clientSecret);
  for (const name of ['worker', 'upgraded', 'again']) await world.delete(name);
  for (const name of ['worker', 'upgraded', 'again'])
    await until(`${name} is gone`, () => world.isGone(name), { timeoutMs: 60_000 });
  expect(world.simulator.clients()).toEqual([]);
  expect(forbidden(third)).toEqual([]);
});

test('in some namespaces only: it works there, and can read nothing anywhere else', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  const namespace = `${world.namespace}-ops`;
  const values = await helm.values({
    watchNamespaces: [world.namespace],
    installationId: 'scoped',
    crds: { install: false },
  });
  await good(
    helm.run('install', 'scoped', chart, '--namespace', namespace, '--create-namespace', '--values', values),
  );
  const name = 'scoped-machine-client-operator';
  await using account = await kubeconfigOf(admin, cluster.kubeconfigPath, namespace, name);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const operator = await replica(world, account.path, { namespace, path });
  await world.provider();
  await idleDeployment(world, 'consumer');
  await world.client('worker', { restart });
  await world.ready('worker', 60_000);
  await rotated(world, 'worker');
  await world.delete('worker');
  await until('gone', () => world.isGone('worker'), { timeoutMs: 60_000 });
  expect(world.simulator.clients()).toEqual([]);
  expect(forbidden(operator)).toEqual([]);
  await using bound = adminClient(account.path);
  for (const elsewhere of [
    '/api/v1/secrets',
    `/api/v1/namespaces/${namespace}/secrets`,
    '/api/v1/namespaces',
  ])
    expect((await bound.call('GET', elsewhere)).status, elsewhere).toBe(403);
  await operator.kill('SIGTERM');
  // Without the lease, and without a right to look at its own namespace.
  const alone = await replica(world, account.path, { namespace, path, flags: ['--leader-elect=false'] });
  await world.client('second');
  await world.ready('second', 60_000);
  await world.delete('second');
  await until('gone', () => world.isGone('second'), { timeoutMs: 60_000 });
  expect(await alone.kill('SIGTERM')).toBe(0);
  await good(helm.run('uninstall', 'scoped', '--namespace', namespace));
});

test('each rule is needed: without it the operator says which right is missing', {
  timeout: 900_000,
}, async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  await good(
    helm.run('upgrade', '--install', '--take-ownership', release, chart, ...inRelease, '--create-namespace'),
  );
  await using account = await kubeconfigOf(admin, cluster.kubeconfigPath, releaseNamespace, installedName);
  await world.provider({
    connection: { caBundle: { configMapKeyRef: { name: 'kube-root-ca.crt', key: 'ca.crt' } } },
  });
  await idleDeployment(world, 'consumer');
  const roles = [
    `${RBAC}/clusterroles/${installedName}`,
    `${RBAC}/namespaces/${releaseNamespace}/roles/${installedName}-own`,
  ];
  let tried = 0;
  for (const role of roles) {
    const { rules = [] } = await get(role);
    expect(rules.length).toBeGreaterThan(1);
    for (const rule of rules) {
      await admin.call('PATCH', role, { rules: rules.filter((one) => one !== rule) });
      // As at the first start.
      await admin.call('DELETE', leasePath);
      const operator = await replica(world, account.path, ofRelease);
      const name = `without-${++tried}`;
      await world.client(name, { restart });
      // Its credential is missing, and the status says so.
      await world.kube.create(clusterIdentityProviders, undefined, {
        apiVersion,
        kind: 'ClusterIdentityProvider',
        metadata: { name: `${world.namespace}-${name}` },
        spec: world.upstream.spec(),
      });
      let asked = false;
      const heard = async (): Promise<boolean> => {
        const { status } = await world.get(name);
        // Workloads are looked at when there is a new credential.
        if (!asked && findCondition(status?.conditions, 'Ready')?.status === 'True') {
          asked = true;
          await world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: 'now' } } });
          // The definition is looked at before anything is removed.
          if (rule.resources.includes('customresourcedefinitions')) await world.delete(name);
        }
        const told = [...operator.output, ...(status?.conditions ?? []).map(({ message }) => message)];
        return told.some((line) => names(rule, line));
      };
      await until(`${role} without ${JSON.stringify(rule)}`, heard, {
        timeoutMs: 90_000,
        explain: () => forbidden(operator).join('\n'),
      });
      await admin.call('PATCH', role, { rules });
      await operator.kill('SIGTERM');
    }
  }
  expect(tried).toBe(14);
});

const names = ({ resources, verbs }: Rule, line: string): boolean => {
  const plain = line.replaceAll('\\', '');
  return verbs.some((verb) =>
    resources.some((resource) =>
      plain.includes(`the operator needs RBAC verb "${verb}" on resource "${resource}"`),
    ),
  );
};
