import { OperatorError } from '../runtime/errors.ts';
import { isPathSegment } from '../runtime/path-segment.ts';

/**
 * What the API server serves, and where: a resource, the reference of one object, and the paths made of the two.
 */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Of a larger object only the small members are read (`leftOut` names the others); left out: all is read. */
  readonly largestBytes?: number;
}

export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** As it is on the wire: times are RFC 3339 strings. `managedFields` is left out on purpose: nothing here reads it. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

export const secrets = core('secrets', 'Secret');
export const configMaps = core('configmaps', 'ConfigMap');
export const pods = core('pods', 'Pod');
export const namespaces = core('namespaces', 'Namespace', false);
const workload = (group: 'apps' | 'batch', plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});

export const deployments = workload('apps', 'deployments', 'Deployment');
export const statefulSets = workload('apps', 'statefulsets', 'StatefulSet');
export const daemonSets = workload('apps', 'daemonsets', 'DaemonSet');
export const jobs = workload('batch', 'jobs', 'Job');
export const cronJobs = workload('batch', 'cronjobs', 'CronJob');
export const customResourceDefinitions: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
export const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
export const events: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** `v1`, `apps/v1` */
export const apiVersion = (resource: Resource): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

/** `secrets`, `deployments.apps`: how RBAC rules, people and error messages name it. */
export const resourceName = (resource: Resource): string =>
  resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;

/**
 * `ns/name`, or `name` for what is cluster-scoped: the key of stores and queues. Joined, for V8 keeps what a template was
 * made of beside the text, and there are several keys of each object.
 */
export const objectKey = (ref: ObjectRef): string =>
  ref.namespace === undefined || ref.namespace === '' ? ref.name : [ref.namespace, ref.name].join('/');

/** A name that is none would lead to another path: an empty one to the collection, two dots to what is above it. */
const segment = (name: string): string => {
  if (!isPathSegment(name))
    throw new OperatorError(
      'MCO_NAME',
      `"${encodeURIComponent(name.toWellFormed())}" cannot be the name of an object`,
    );
  return encodeURIComponent(name);
};

/** Of all objects, or with a namespace of those in it. */
export const collectionPath = (resource: Resource, namespace?: string): string => {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersion(resource)}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
};

export const objectPath = (resource: Resource, ref: ObjectRef, subresource?: string): string => {
  const path = `${collectionPath(resource, ref.namespace)}/${segment(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
};
