import { afterAll, beforeAll, expect, test } from 'vitest';
import { installedName as own, type Manifest, parseManifests } from '../helpers/installed.ts';
import { helm4 } from '../tools/tools.ts';
import { chart, Helm } from './helm.ts';
import { deploymentOf, only } from './rendered.ts';

/** How the chart runs the operator's pods, and how they are told from others; no cluster is asked. */
let helm: Helm;

beforeAll(async () => {
  helm = await Helm.find(helm4);
});
afterAll(async () => {
  await helm[Symbol.asyncDispose]();
});

const render = (values?: object, ...args: readonly string[]): Promise<Manifest[]> =>
  helm.render(values, ...args);

test('without the lease the old pod ends before the new one starts', async () => {
  const strategyOf = async (values: object): Promise<object> =>
    deploymentOf(await render(values)).spec.strategy;
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  expect(await strategyOf({})).toEqual({ type: 'RollingUpdate', rollingUpdate });
  expect(await strategyOf({ strategy: { type: 'Recreate' } })).toEqual({ type: 'Recreate' });
  const alone = { leaderElection: { enabled: false }, replicaCount: 1 };
  expect(await strategyOf(alone)).toEqual({ type: 'Recreate' });
  expect(await strategyOf({ ...alone, strategy: { type: 'Recreate' } })).toEqual({ type: 'Recreate' });
});

test('the operator is told in which pod it runs, and a variable that is asked for is there once', async () => {
  const envOf = async (extraEnv: readonly object[]): Promise<unknown> =>
    deploymentOf(await render({ extraEnv })).spec.template.spec.containers[0].env;
  const of = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const [name, uid] = [of('POD_NAME', 'metadata.name'), of('POD_UID', 'metadata.uid')];
  const more = { name: 'MORE', value: 'x' };
  const own = { name: 'POD_NAME', value: 'own' };
  expect(await envOf([])).toEqual([name, uid]);
  expect(await envOf([more])).toEqual([name, uid, more]);
  expect(await envOf([own, more])).toEqual([uid, own, more]);
});

test('a budget is what is asked for, and 0 too', async () => {
  const budgetOf = async (podDisruptionBudget: object): Promise<object> => {
    const [budget] = only(await render({ podDisruptionBudget }), 'PodDisruptionBudget');
    const { minAvailable, maxUnavailable } = (budget as unknown as { spec: Record<string, unknown> }).spec;
    return { minAvailable, maxUnavailable };
  };
  expect(await budgetOf({})).toEqual({ maxUnavailable: 1 });
  expect(await budgetOf({ maxUnavailable: 0 })).toEqual({ maxUnavailable: 0 });
  expect(await budgetOf({ minAvailable: 0 })).toEqual({ minAvailable: 0 });
  expect(await budgetOf({ minAvailable: '50%' })).toEqual({ minAvailable: '50%' });
});

test('each label and annotation is there once, and those that pods are selected by are ours', async () => {
  const mine = { 'app.kubernetes.io/instance': 'mine', 'helm.sh/chart': 'mine', team: 'platform' };
  const manifests = await render({
    global: { commonLabels: { ...mine, more: 'common' } },
    podLabels: { ...mine, more: 'pod' },
    podAnnotations: { 'kubectl.kubernetes.io/default-container': 'side' },
    metrics: { service: { labels: { 'app.kubernetes.io/component': 'mine' } } },
    serviceMonitor: { enabled: true, renderMode: 'alwaysRender', labels: mine },
    livenessProbe: { httpGet: { path: '/other' } },
    readinessProbe: { exec: { command: ['true'] } },
    nameOverride: 'a'.repeat(63),
  });
  const { metadata, spec } = deploymentOf(manifests);
  expect(spec.template.metadata.labels).toMatchObject({ ...spec.selector.matchLabels, more: 'pod' });
  expect(metadata.labels).toMatchObject({ team: 'platform', more: 'common' });
  expect(spec.template.metadata.annotations).toEqual({ 'kubectl.kubernetes.io/default-container': 'side' });
  expect(spec.template.spec.containers[0].livenessProbe).toMatchObject({
    httpGet: { path: '/other', port: 'health' },
    periodSeconds: 10,
  });
  expect(spec.template.spec.containers[0]).toMatchObject({
    readinessProbe: { exec: { command: ['true'] }, periodSeconds: 5, timeoutSeconds: 5 },
  });
  const instances = manifests
    .filter(({ kind }) => kind !== 'CustomResourceDefinition')
    .map((manifest) => manifest.metadata.labels?.['app.kubernetes.io/instance']);
  expect(new Set(instances)).toEqual(new Set([own]));
  const [service] = only(manifests, 'Service');
  expect(service?.metadata.labels?.['app.kubernetes.io/component']).toBe('metrics');
  const [pod] = only(manifests, 'Pod');
  expect(pod?.metadata.labels?.['app.kubernetes.io/name']).toBe(`${'a'.repeat(58)}-test`);
});

test('a release and a namespace may have numbers for names', async () => {
  const file = await helm.values({ fullnameOverride: 'operator', installationId: '42' });
  const { stdout } = await helm.run('template', '123', chart, '--namespace', '456', '--values', file);
  const { metadata, spec } = deploymentOf(parseManifests(stdout));
  expect(metadata).toMatchObject({ namespace: '456', labels: { 'app.kubernetes.io/instance': '123' } });
  expect(spec.selector.matchLabels['app.kubernetes.io/instance']).toBe('123');
  expect(spec.template.metadata.labels['app.kubernetes.io/instance']).toBe('123');
});

test("with the node's network the Services of the cluster still have names", async () => {
  const policyOf = async (values: object): Promise<string | undefined> =>
    deploymentOf(await render(values)).spec.template.spec.dnsPolicy;
  expect(await policyOf({})).toBeUndefined();
  expect(await policyOf({ hostNetwork: true })).toBe('ClusterFirstWithHostNet');
  expect(await policyOf({ hostNetwork: true, dnsPolicy: 'Default' })).toBe('Default');
});

test('an image by registry, tag or digest', async () => {
  const imageOf = async (image: object): Promise<string | undefined> =>
    deploymentOf(await render({ image })).spec.template.spec.containers[0].image;
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(await imageOf({})).toBe('machine-client-operator:0.1.0');
  expect(await imageOf({ registry: 'registry.example.com', repository: 'team/mco', tag: 'v1' })).toBe(
    'registry.example.com/team/mco:v1',
  );
  expect(await imageOf({ tag: 'v1', digest })).toBe(`machine-client-operator@${digest}`);
});

test('the NetworkPolicy lets out what is named: other ports of API servers too', async () => {
  const portsOf = async (networkPolicy: object): Promise<unknown[]> => {
    const [policy] = only(
      await render({ networkPolicy: { enabled: true, ...networkPolicy } }),
      'NetworkPolicy',
    );
    const { egress } = (policy as unknown as { spec: { egress: { ports: { port: number }[] }[] } }).spec;
    return egress.map(({ ports }) => ports.map(({ port }) => port));
  };
  expect(await portsOf({})).toEqual([
    [53, 53],
    [443, 6443],
  ]);
  expect(await portsOf({ egressPorts: [443, 16443] })).toEqual([
    [53, 53],
    [443, 16443],
  ]);
  expect(await portsOf({ egress: [{ ports: [{ port: 8443 }] }] })).toEqual([[8443]]);
});

test('where the platform chooses the user of a pod, no pod names the default one', async () => {
  const platform = ['--api-versions', 'security.openshift.io/v1'];
  const usersOf = async (values: object, ...args: readonly string[]): Promise<unknown[]> => {
    const manifests = await render(
      { ...values, defaultProvider: { enabled: true, spec: { type: 'Stytch' } } },
      ...args,
    );
    type Of = { readonly securityContext?: Record<string, unknown> };
    const pods = only(manifests, 'Pod').map((pod) => (pod as unknown as { readonly spec: Of }).spec);
    const operator = deploymentOf(manifests).spec.template.spec as unknown as Of;
    return [operator, ...pods].map(({ securityContext }) => securityContext);
  };
  const rest = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  const pinned = { ...rest, runAsUser: 65532, runAsGroup: 65532 };
  // The operator, and the pods that wait and test.
  expect(await usersOf({})).toEqual([pinned, pinned, pinned]);
  expect(await usersOf({}, ...platform)).toEqual([rest, rest, rest]);
  const chosen = { podSecurityContext: { runAsUser: 1001 } };
  const own = { ...pinned, runAsUser: 1001 };
  expect(await usersOf(chosen, ...platform)).toEqual([own, own, own]);
  const none = { podSecurityContext: { runAsUser: null, runAsGroup: null } };
  expect(await usersOf(none)).toEqual([rest, rest, rest]);
});
