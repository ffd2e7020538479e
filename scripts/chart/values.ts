import * as z from 'zod';
import { durationPattern } from '../../src/api/durations.ts';
import { settings } from '../../src/config.ts';

/** The values of the Helm chart: values.yaml, values.schema.json and the table of its README are made of this. */

const text = (fallback: string, description: string) => z.string().default(fallback).describe(description);
const flag = (fallback: boolean, description: string) => z.boolean().default(fallback).describe(description);
const whole = (fallback: number, least: number, most: number, description: string) =>
  z.int().min(least).max(most).default(fallback).describe(description);
const port = (fallback: number, description: string) => whole(fallback, 1, 65_535, description);
/** Something of Kubernetes' own, which the API server checks. */
const anything = z.record(z.string(), z.unknown());
const object = (description: string, fallback: Record<string, unknown> = {}) =>
  anything.default(fallback).describe(description);
const objects = (description: string, fallback: Record<string, unknown>[] = []) =>
  z.array(anything).default(fallback).describe(description);
/** What names of objects are made of. */
const label = (description: string) =>
  z
    .string()
    .max(63)
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$/)
    .default('')
    .describe(description);
/** Left out, it is as `watchNamespaces` says. */
const clusterFlag = (description: string) =>
  z.boolean().optional().describe(`${description} Left out: only without watchNamespaces.`);
const texts = (description: string) => z.array(z.string().min(1)).default([]).describe(description);
const pairs = (description: string) => z.record(z.string(), z.string()).default({}).describe(description);
/** A group of values: unknown keys in it are refused. */
const group = <T extends z.ZodRawShape>(description: string, shape: T) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .describe(description);

const renderMode = z
  .enum(['skipIfMissing', 'failIfMissing', 'alwaysRender'])
  .default('skipIfMissing')
  .describe('What to do where the cluster does not know the kind.');

const monitor = (kind: string) =>
  group(`A ${kind} of the Prometheus operator.`, {
    enabled: flag(false, `Make a ${kind}.`),
    renderMode,
    interval: text('60s', 'How often it is scraped.'),
    scrapeTimeout: text('30s', 'How long a scrape may take.'),
    labels: pairs('More labels: what the Prometheus object selects by.'),
    annotations: pairs('More annotations.'),
    honorLabels: flag(false, 'Labels of the metrics win over those of the target.'),
    relabelings: objects('Relabelings of the target.'),
    metricRelabelings: objects('Relabelings of the metrics.'),
  });

export const chartValues = z.strictObject({
  global: z
    // Helm itself hands more of these to a chart that is a part of another one.
    .looseObject({
      imagePullSecrets: objects('Secrets to pull images with: `- name: registry`.'),
      commonLabels: pairs('Labels on every object.'),
    })
    .prefault({})
    .describe('For all objects; what parent charts set.'),
  nameOverride: label("Instead of the chart's name."),
  fullnameOverride: label("Instead of the release's and the chart's name together."),
  namespaceOverride: label("Instead of the release's namespace."),

  replicaCount: whole(2, 0, 10, 'One leads, the others wait with warm caches.'),
  revisionHistoryLimit: whole(3, 0, 100, 'How many former ReplicaSets stay.'),
  strategy: object(
    'How pods are replaced. Left out: RollingUpdate, the new one first, for the lease keeps two from working at one time; Recreate without leaderElection.',
  ),
  image: group('What is run.', {
    registry: text('', 'Before the repository, if any: `registry.example.com`.'),
    repository: text('machine-client-operator', 'The image.'),
    tag: text('', "Its tag; left out: the chart's appVersion."),
    digest: text('', '`sha256:…`; wins over the tag.'),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent').describe('When to pull.'),
  }),

  crds: group('CustomResourceDefinitions.', {
    install: flag(true, 'Install and upgrade them with the release.'),
    keep: flag(true, 'Leave them, and with them every object, when the release is uninstalled.'),
    annotations: pairs('More annotations on them.'),
  }),

  watchNamespaces: z
    .array(z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/))
    .default([])
    // The API server refuses a Role that is there twice.
    .meta({ uniqueItems: true })
    .describe(
      'Namespaces to work in; left out: all. With Roles there, and of the cluster only the right to read the definition of MachineClient; without ClusterIdentityProviders; needs installationId.',
    ),
  installationId: z
    .string()
    // As the operator asks (src/controllers/installation.ts), or left out.
    .regex(/^([A-Za-z0-9][A-Za-z0-9._-]{0,62})?$/)
    .default('')
    .describe(
      'Names this installation in every mark upstream, for ever; left out: the uid of the namespace kube-system.',
    ),
  concurrency: whole(settings.concurrency.fallback, 1, 256, 'Objects worked on at one time.'),
  settleTime: z
    .string()
    .regex(durationPattern)
    .default('20s')
    .describe('How long a call without an answer may still have effects.'),
  allowedProviderHosts: texts(
    'Hosts that providers and their proxies may have, such as `*.scalekit.com`; left out: all.',
  ),
  allowInsecureProviderUrls: flag(false, 'Providers may have http URLs, and any address, such as loopback.'),
  tokenAudiences: z
    // One that has a comma would be two.
    .array(z.string().regex(/^[!-+.-~-]+$/))
    .default([])
    .describe(
      "Audiences for which ClusterIdentityProviders may have a token of the operator's own ServiceAccount sent, such as `vault`; left out: none. With them comes the right to ask for such tokens.",
    ),
  leaderElection: group('Which replica works.', {
    enabled: flag(
      true,
      'Work only while holding the Lease. Without it, one replica only, which ends before the next one starts.',
    ),
  }),
  log: group('Logs.', {
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
      .default('info')
      .describe('What is logged.'),
  }),
  extraArgs: texts('More flags of the operator.'),

  serviceAccount: group('Whom the pods are.', {
    create: flag(true, 'Make it.'),
    name: text('', 'Its name; left out: that of the release.'),
    annotations: pairs('Annotations on it.'),
    automount: flag(true, 'Pods get its token.'),
  }),
  rbac: group('What the operator, and people, may do.', {
    create: flag(true, 'Make the roles and bindings.'),
    restartWorkloads: flag(
      true,
      'The rule for `spec.restart`: workloads are read, and restarted by a patch.',
    ),
    aggregateToView: clusterFlag('Who has `view` may see our kinds.'),
    aggregateToEdit: clusterFlag('Who has `edit` may write MachineClients.'),
    aggregateToAdmin: clusterFlag('Who has `admin` may write IdentityProviders.'),
    serviceBindings: clusterFlag('Controllers of the Service Binding specification may read MachineClients.'),
  }),

  podSecurityContext: object(
    'Of the pod: as the "restricted" level asks. On OpenShift without the user and the group, unless others are given: the platform chooses them.',
    {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  ),
  securityContext: object('Of the container: as the "restricted" level asks.', {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  }),
  resources: object('Without a limit of CPU: a throttled leader misses the renewals of its Lease.', {
    requests: { cpu: '50m', memory: '128Mi' },
    limits: { memory: '512Mi' },
  }),
  livenessProbe: object('When the container is restarted.', {
    initialDelaySeconds: 10,
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  }),
  readinessProbe: object('When the pod counts as ready.', { periodSeconds: 5, timeoutSeconds: 5 }),
  terminationGracePeriodSeconds: whole(30, 0, 600, 'What has left is finished in it.'),
  podDisruptionBudget: group('For drains of nodes.', {
    enabled: flag(true, 'Make one, where there are two replicas or more.'),
    minAvailable: z
      .union([z.int().min(0), z.string()])
      .optional()
      .describe('At least so many stay, or such a part.'),
    maxUnavailable: z
      .union([z.int().min(0), z.string()])
      .optional()
      .describe('At most so many go; left out, like minAvailable: 1.'),
  }),
  topologySpreadConstraints: objects(
    'Where pods go. Left out: on different nodes where possible, so that one lost node does not take all.',
  ),
  nodeSelector: pairs('Labels of nodes.'),
  tolerations: objects('Taints to bear.'),
  affinity: object('Where pods should go.'),
  priorityClassName: text('', 'Of the pods.'),
  runtimeClassName: text('', 'Of the pods.'),
  schedulerName: text('', 'Of the pods.'),
  hostNetwork: flag(false, "Use the node's network."),
  dnsPolicy: text(
    '',
    'Of the pods. Left out: what Kubernetes takes, and ClusterFirstWithHostNet with hostNetwork.',
  ),
  dnsConfig: object('Of the pods.'),
  hostAliases: objects('Of the pods.'),
  enableServiceLinks: flag(false, 'Variables for every Service of the namespace.'),
  deploymentAnnotations: pairs('On the Deployment.'),
  podAnnotations: pairs('On the pods.'),
  podLabels: pairs("On the pods, beside the chart's own."),
  extraEnv: objects('More variables: `- name: NODE_EXTRA_CA_CERTS`.'),
  extraVolumes: objects('More volumes.'),
  extraVolumeMounts: objects('Where they are mounted.'),
  extraContainers: objects('Beside the operator.'),
  extraInitContainers: objects('Before the operator.'),
  extraObjects: z
    .array(z.union([z.string(), anything]))
    .default([])
    .describe('More objects of the release; texts are templates.'),

  metrics: group('Prometheus metrics.', {
    enabled: flag(true, 'Serve them.'),
    port: port(8080, 'Of the container and of the Service.'),
    perObject: flag(true, 'Series for each MachineClient.'),
    service: group('For ServiceMonitors and the test of the release.', {
      enabled: flag(true, 'Make a headless Service.'),
      labels: pairs('More labels.'),
      annotations: pairs('More annotations.'),
    }),
  }),
  health: group('What the probes ask.', { port: port(8081, 'Of the container.') }),
  serviceMonitor: monitor('ServiceMonitor'),
  podMonitor: monitor('PodMonitor'),
  prometheusRule: group('Alerts, as a PrometheusRule of the Prometheus operator.', {
    enabled: flag(false, 'Make one.'),
    renderMode,
    labels: pairs('More labels: what the Prometheus object selects by.'),
    annotations: pairs('More annotations.'),
    runbookUrl: text('', 'Where docs/runbook.md can be read; each alert then names its section.'),
  }),
  grafanaDashboard: group('The dashboard, as a ConfigMap for the sidecar of Grafana.', {
    enabled: flag(false, 'Make one.'),
    labels: z
      .record(z.string(), z.string())
      .default({ grafana_dashboard: '1' })
      .describe('What the sidecar selects by.'),
    annotations: pairs('Such as the folder.'),
  }),
  networkPolicy: group('Who may speak with the pods, and with whom they may.', {
    enabled: flag(false, 'Make one.'),
    ingress: objects('Rules for what comes in. Left out: the ports of metrics and health, from everywhere.'),
    egressPorts: z
      .array(z.int().min(1).max(65_535))
      .min(1)
      .default([443, 6443])
      .describe(
        'Ports of the API server, of the providers and of their proxies. Most network plugins look at the port of the endpoint of the API server, which is not always that of its Service.',
      ),
    egress: objects('Rules for what goes out. Left out: DNS, and egressPorts, to everywhere.'),
  }),
  admissionPolicy: group(
    'A ValidatingAdmissionPolicy that holds the ServiceAccount of the operator from outside.',
    {
      enabled: flag(
        false,
        'Refuse it Secrets of the types `kubernetes.io/service-account-token`, `bootstrap.kubernetes.io/token` and `helm.sh/release.v1`, and those of kube-system..',
      ),
    },
  ),
  defaultProvider: group('A provider object that comes with the release, and stays when it goes.', {
    enabled: flag(false, 'Make it.'),
    kind: z
      .enum(['ClusterIdentityProvider', 'IdentityProvider'])
      .default('ClusterIdentityProvider')
      .describe(
        'A ClusterIdentityProvider, or an IdentityProvider of the namespace of the release, which then has to be one of watchNamespaces.',
      ),
    name: text('default', 'Its name.'),
    annotations: pairs('On it.'),
    spec: object(
      "Its spec. Secrets that it names are in the release's namespace and are not made by the chart.",
    ),
  }),
  test: group('`helm test`.', {
    enabled: flag(true, 'Make its pod when it is asked for.'),
    resources: object(
      'Of its pod, and of the one that waits for the definitions where a defaultProvider comes with them.',
      { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ),
  }),
});
