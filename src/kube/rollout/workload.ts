import { daemonSets, deployments, statefulSets, type KubeObject, type Resource } from '../resource.ts';
import { podUses, type PodSpec } from './pod-uses.ts';
import { ownValue } from '../../runtime/own.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

export const resourceOfWorkload: Readonly<Record<WorkloadKind, Resource>> = {
  Deployment: deployments,
  StatefulSet: statefulSets,
  DaemonSet: daemonSets,
};

/** What of a workload (apps/v1) says how far its rollout is. Numbers that are 0 are left out on the wire. */
export interface WorkloadWire extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec?: PodSpec;
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    /** Of Deployments, from Kubernetes 1.35 on. */
    readonly terminatingReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

/** A workload that uses the Secret, as `decide` sees it. */
export interface Consumer {
  readonly kind: WorkloadKind;
  readonly name: string;
  /** undefined: spec.restart names it, and it does not exist. */
  readonly uid: string | undefined;
  /** The publication that its pods were last restarted for. */
  readonly publication: Publication | undefined;
  /** Why its pods are not all new; undefined: it has rolled out. */
  readonly waitsFor: string | undefined;
}

/**
 * What pods are restarted for. The version is for people, and begins anew with a MachineClient that is made again, while
 * the workload keeps what it was told for the former one; the operation is never the same again.
 */
export interface Publication {
  readonly version: string;
  readonly operation: string;
}

export const versionAnnotation = (machineClient: string): string =>
  `secret-version.machine-client.dev/${machineClient}`;
export const operationAnnotation = (machineClient: string): string =>
  `secret-operation.machine-client.dev/${machineClient}`;

/** On the pod template, for each MachineClient its own: the same twice is no change. */
export const restartAnnotations = (
  machineClient: string,
  { version, operation }: Publication,
): Readonly<Record<string, string>> => ({
  [versionAnnotation(machineClient)]: version,
  [operationAnnotation(machineClient)]: operation,
});

const restartedFor = (
  own: Readonly<Record<string, string>> | undefined,
  machineClient: string,
): Publication | undefined => {
  const version = ownValue(own, versionAnnotation(machineClient));
  if (version === undefined) return undefined;
  return { version, operation: ownValue(own, operationAnnotation(machineClient)) ?? '' };
};

/** As kubectl's `rollout status` has it, plus what would never end by itself. */
const waitsFor = (kind: WorkloadKind, { metadata, spec, status = {} }: WorkloadWire): string | undefined => {
  // What the controller has not looked at yet has the numbers of the time before.
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (seen && podsAreNew(kind, spec, status))
    // `replicas` leaves them out, and through its grace period a pod still works with the old credential.
    return (status.terminatingReplicas ?? 0) > 0 ? 'pods that are still terminating' : undefined;
  if (kind === 'Deployment') return spec.paused === true ? 'it is paused' : 'its rollout';
  if (spec.updateStrategy?.type === 'OnDelete')
    return 'its update strategy is OnDelete: delete its pods to restart them';
  return (spec.updateStrategy?.rollingUpdate?.partition ?? 0) > 0
    ? 'its rolling update has a partition'
    : 'its rollout';
};

/** updated = desired = available, and no pod is left over. */
const podsAreNew = (
  kind: WorkloadKind,
  spec: WorkloadWire['spec'],
  status: NonNullable<WorkloadWire['status']>,
): boolean => {
  if (kind === 'DaemonSet') {
    const desired = status.desiredNumberScheduled ?? 0;
    return (status.updatedNumberScheduled ?? 0) === desired && (status.numberAvailable ?? 0) === desired;
  }
  const desired = spec.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired
  );
};

export const consumerOf = (kind: WorkloadKind, wire: WorkloadWire, machineClient: string): Consumer => ({
  kind,
  name: wire.metadata.name,
  uid: wire.metadata.uid,
  publication: restartedFor(wire.spec.template.metadata?.annotations, machineClient),
  waitsFor: waitsFor(kind, wire),
});

export const missingConsumer = (kind: WorkloadKind, name: string): Consumer => ({
  kind,
  name,
  uid: undefined,
  publication: undefined,
  waitsFor: 'it does not exist',
});

export const usesSecret = (wire: WorkloadWire, secret: string): boolean =>
  wire.spec.template.spec !== undefined && podUses(wire.spec.template.spec, secret);
