import {
  apiVersion,
  daemonSets,
  deployments,
  type Resource,
  statefulSets,
} from '../../../../src/kube/resource.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Kind } from './kind.ts';

/** What a workload says of itself is kept as it was said: of the many defaults only the one that rollouts are counted by. */
const withReplicas = ({ plural }: Resource, spec: unknown): JsonObject => {
  const said = isObject(spec) ? spec : {};
  if (plural === 'daemonsets' || typeof said['replicas'] === 'number') return said;
  return { ...said, replicas: 1 };
};

const workloadKind = (resource: Resource): Kind => ({
  ...resource,
  apiVersion: apiVersion(resource),
  custom: false,
  counted: true,
  hasStatus: true,
  unconditionalUpdate: true,
  createOnUpdate: false,
  incompleteWhenCreated: false,
  fields: new Map(),
  content: (sent, old, verb) =>
    verb === 'status'
      ? { spec: old?.['spec'], status: sent['status'] ?? {} }
      : { spec: withReplicas(resource, sent['spec']), status: old?.['status'] ?? {} },
  check: () => [],
});

export const workloadKinds: readonly Kind[] = [deployments, statefulSets, daemonSets].map(workloadKind);
