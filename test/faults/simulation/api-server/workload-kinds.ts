import {
  apiVersion,
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  type Resource,
  statefulSets,
} from '../../../../src/kube/resource.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Kind } from './kind.ts';

const replicated: ReadonlySet<string> = new Set([deployments.plural, statefulSets.plural]);

/** What a workload says of itself is kept as it was said: of the many defaults only the one that rollouts are counted by. */
const withReplicas = ({ plural }: Resource, spec: unknown): JsonObject => {
  const said = isObject(spec) ? spec : {};
  if (!replicated.has(plural) || typeof said['replicas'] === 'number') return said;
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

/** Jobs are there in every cluster, and listed with the consumers of a Secret: without their kinds the list is refused. */
export const workloadKinds: readonly Kind[] = [deployments, statefulSets, daemonSets, cronJobs, jobs].map(
  workloadKind,
);
