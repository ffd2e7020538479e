import { defaultNamespace, leaseName } from '../../api/group.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isForbidden } from '../../kube/errors.ts';
import { deployments, type KubeObject, leases, namespaces, pods } from '../../kube/resource.ts';
import { orNone } from '../gather.ts';
import { span } from '../times.ts';
import { version } from '../../runtime/version.ts';
import { type Finding, note, ok, unseen, wrong } from './finding.ts';

const PRODUCT = 'machine-client-operator';
const OURS = `app.kubernetes.io/name=${PRODUCT}`;
const VERSION_LABEL = 'app.kubernetes.io/version';

interface Container {
  readonly name?: string;
  readonly args?: readonly string[];
}

export interface DeploymentWire extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: { readonly serviceAccountName?: string; readonly containers: readonly Container[] };
    };
  };
  readonly status?: {
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

export interface LeaseWire {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly renewTime?: string;
  };
}

/** The operator as it is installed, as far as it was found. */
export interface Installation {
  readonly namespace: string;
  readonly deployment: DeploymentWire | undefined;
  readonly serviceAccount: string | undefined;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  /** What names it in every mark; undefined where it could not be read. */
  readonly id: string | undefined;
  readonly findings: readonly Finding[];
}

const argsOf = ({ spec }: DeploymentWire): readonly string[] =>
  spec.template.spec.containers.flatMap(({ args = [] }) => args);

const settingOf = (deployment: DeploymentWire, name: string): string | undefined => {
  const prefix = `--${name}=`;
  return argsOf(deployment)
    .findLast((arg) => arg.startsWith(prefix))
    ?.slice(prefix.length);
};

export const deploymentFinding = (deployment: DeploymentWire): Finding => {
  const { metadata, spec, status = {} } = deployment;
  const check = `Deployment ${metadata.namespace}/${metadata.name}`;
  const wanted = spec.replicas ?? 1;
  const available = status.availableReplicas ?? 0;
  const look = `kubectl describe deployment -n ${metadata.namespace} ${metadata.name}; kubectl logs -n ${metadata.namespace} -l ${OURS} --prefix --tail=50`;
  if (wanted === 0)
    return wrong(
      check,
      'it is scaled to 0: nobody works',
      `kubectl scale -n ${metadata.namespace} deployment/${metadata.name} --replicas=2`,
    );
  if (available === 0) return wrong(check, `none of ${wanted} replicas is available`, look);
  const message = `${available} of ${wanted} replicas available`;
  return available < wanted ? note(check, message, look) : ok(check, message);
};

export const operatorVersionFinding = ({ metadata }: DeploymentWire): Finding => {
  const check = 'operator';
  const theirs = metadata.labels?.[VERSION_LABEL];
  if (theirs === undefined)
    return note(check, `its version is not known (no label ${VERSION_LABEL} on its Deployment)`);
  return theirs === version
    ? ok(check, `version ${theirs}, as this plugin`)
    : note(
        check,
        `version ${theirs}; this plugin is ${version}`,
        'use the two of one version: an older plugin may not know what a newer operator says',
      );
};

/** `now` by the API server's clock, so that a clock that is wrong here is not told twice. */
export const leaseFinding = (lease: LeaseWire | undefined, namespace: string, now: number): Finding => {
  const check = `Lease ${namespace}/${leaseName}`;
  const start = `start the operator; kubectl get pods -n ${namespace}`;
  if (lease === undefined)
    return wrong(check, 'there is none: no operator with leader election has worked here', start);
  const { holderIdentity, renewTime = '', leaseDurationSeconds = 15 } = lease.spec ?? {};
  if (!holderIdentity) return wrong(check, 'nobody holds it: the last operator has stopped', start);
  const age = now - Date.parse(renewTime);
  if (Number.isNaN(age)) return wrong(check, `${holderIdentity} holds it and never renewed it`, start);
  return age > leaseDurationSeconds * 1000
    ? wrong(check, `${holderIdentity} holds it, and has not renewed it for ${span(age)}: nobody works`, start)
    : ok(check, `held by ${holderIdentity}, renewed ${span(age)} ago`);
};

const findDeployments = async (
  kube: KubeClient,
  namespace: string | undefined,
): Promise<readonly DeploymentWire[]> => {
  const labelSelector = OURS;
  try {
    return await kube.list<DeploymentWire>(deployments, { namespace, labelSelector });
  } catch (error) {
    // Who may not look everywhere may look where it usually is.
    if (!isForbidden(error) || namespace !== undefined) throw error;
    return await kube.list<DeploymentWire>(deployments, { namespace: defaultNamespace, labelSelector });
  }
};

/** A process names itself by its host, which in a pod is the pod: of a Deployment NAME-HASH-RANDOM, without vowels. */
const podName = /^([a-z0-9.-]+-[b-df-hj-np-tv-xz2456789]{6,10}-[b-df-hj-np-tv-xz2456789]{5})_[^_]+$/;
const podOf = (holder: string): string | undefined => podName.exec(holder)?.[1];

/**
 * There is no Deployment, and the Lease was renewed a moment ago. A pod that holds it and is not there any more was not
 * running outside of the cluster: it is the Lease that has outlived it.
 */
const withoutDeployment = async (
  kube: KubeClient,
  namespace: string,
  lease: LeaseWire | undefined,
): Promise<Finding> => {
  const message = `none with the label app.kubernetes.io/name=${PRODUCT}`;
  const outside = note(
    'Deployment',
    `${message}; somebody holds the Lease all the same, so the operator runs outside of the cluster`,
  );
  const name = podOf(lease?.spec?.holderIdentity ?? '');
  if (name === undefined) return outside;
  try {
    const pod = await orNone(kube.get<KubeObject>(pods, { namespace, name }, { metadataOnly: true }));
    return pod
      ? outside
      : wrong(
          'Deployment',
          `${message}; the Lease is still held by the pod ${name}, which is gone: the operator was just uninstalled`,
          'install the operator, or say where it is with --operator-namespace',
        );
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return note(
      'Deployment',
      `${message}; ${name} holds the Lease all the same, and you may not look whether that pod is still there`,
    );
  }
};

/** As the operator chooses it: what is set, else the uid of kube-system. */
const idOf = async (kube: KubeClient, deployment: DeploymentWire): Promise<string | undefined> => {
  const configured = settingOf(deployment, 'installation-id');
  if (configured !== undefined && configured !== '') return configured;
  try {
    const system = await kube.get<KubeObject>(namespaces, { name: 'kube-system' }, { metadataOnly: true });
    return system.metadata.uid;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return undefined;
  }
};

const elects = (deployment: DeploymentWire | undefined): boolean =>
  deployment === undefined || settingOf(deployment, 'leader-elect') !== 'false';

const leaseFindings = async (
  kube: KubeClient,
  {
    namespace,
    deployment,
    now,
  }: { readonly namespace: string; readonly deployment: DeploymentWire | undefined; readonly now: number },
): Promise<{ readonly lease?: LeaseWire | undefined; readonly findings: readonly Finding[] }> => {
  if (!elects(deployment)) return { findings: [] };
  try {
    const lease = await orNone(kube.get<LeaseWire>(leases, { namespace, name: leaseName }));
    return { lease, findings: [leaseFinding(lease, namespace, now)] };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const check = `Lease ${namespace}/${leaseName}`;
    return { findings: [unseen(check, `you may not look at Leases in namespace ${namespace}`)] };
  }
};

export const findInstallation = async (
  kube: KubeClient,
  wantedNamespace: string | undefined,
  now: number,
): Promise<Installation> => {
  let found: readonly DeploymentWire[] = [];
  const findings: Finding[] = [];
  try {
    found = await findDeployments(kube, wantedNamespace);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    findings.push(unseen('Deployment', 'you may not look at Deployments'));
  }
  const [deployment] = found;
  const namespace = deployment?.metadata.namespace ?? wantedNamespace ?? defaultNamespace;
  const { lease, findings: ofLease } = await leaseFindings(kube, { namespace, deployment, now });
  if (deployment) findings.push(deploymentFinding(deployment), operatorVersionFinding(deployment));
  else if (findings.length === 0) {
    const works = ofLease.some(({ verdict }) => verdict === 'ok');
    const message = `none with the label app.kubernetes.io/name=${PRODUCT}`;
    findings.push(
      works
        ? await withoutDeployment(kube, namespace, lease)
        : wrong('Deployment', message, 'install the operator, or say where it is with --operator-namespace'),
    );
  }
  if (found.length > 1)
    findings.push(
      note(
        'operator',
        `it is installed ${found.length} times: ${found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ')}; the first one is looked at`,
        'two may not watch the same namespaces; choose one with --operator-namespace',
      ),
    );
  const watched = deployment === undefined ? undefined : settingOf(deployment, 'watch-namespaces');
  return {
    namespace,
    deployment,
    serviceAccount: deployment?.spec.template.spec.serviceAccountName,
    watchNamespaces: watched === undefined || watched === '' ? [] : watched.split(','),
    id: deployment === undefined ? undefined : await idOf(kube, deployment),
    findings: [...findings, ...ofLease],
  };
};
