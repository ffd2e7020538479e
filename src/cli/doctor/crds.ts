import { version } from '../../api/group.ts';
import { customResourceDefinitions } from '../../api/crd/definitions.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { Resource } from '../../kube/resource.ts';
import { isForbidden } from '../../kube/errors.ts';
import { type Finding, ok, unseen, wrong } from './finding.ts';

const resource: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

export interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** What this check reads of a CustomResourceDefinition. */
export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema?: { readonly openAPIV3Schema?: Schema };
    }[];
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** `spec.rotation.overlap`, `spec.secret.entries[].key`: every field that there is. */
const fieldsOf = (schema: Schema | undefined, path = ''): readonly string[] => {
  if (schema === undefined) return [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...fieldsOf(child, at)];
  });
  const values =
    typeof schema.additionalProperties === 'object' ? fieldsOf(schema.additionalProperties, `${path}.*`) : [];
  return [...own, ...fieldsOf(schema.items, `${path}[]`), ...values];
};

const served = ({ spec }: Definition): Schema | undefined =>
  spec.versions.find((one) => one.name === version && one.served)?.schema?.openAPIV3Schema;

const NAMED = 3;
const some = (fields: readonly string[]): string =>
  `${fields.slice(0, NAMED).join(', ')}${fields.length > NAMED ? ` and ${fields.length - NAMED} more` : ''}`;

/** The API grows by addition: fields that are missing are of an older version, others of a newer one. */
export const crdFinding = (ours: Definition, theirs: Definition | undefined): Finding => {
  const check = `CRD ${ours.metadata.name}`;
  const apply = 'kubectl apply --server-side -f crds/, of the version of the operator';
  if (theirs === undefined) return wrong(check, 'it is not installed', apply);
  const schema = served(theirs);
  if (schema === undefined) return wrong(check, `it does not serve ${version}`, apply);
  const bad = theirs.status?.conditions?.find(
    ({ type, status }) => (type === 'Established' || type === 'NamesAccepted') && status !== 'True',
  );
  if (bad)
    return wrong(
      check,
      `${bad.type} is ${bad.status}: ${bad.message ?? ''}`,
      `kubectl describe crd ${ours.metadata.name}`,
    );
  const have = new Set(fieldsOf(schema));
  const know = fieldsOf(served(ours));
  const missing = know.filter((field) => !have.has(field));
  if (missing.length > 0)
    return wrong(
      check,
      `it is older than this plugin, and drops what it does not know: ${some(missing)}`,
      apply,
    );
  const more = [...have].filter((field) => !know.includes(field));
  return ok(
    check,
    more.length === 0
      ? `serves ${version}`
      : `serves ${version}, and is newer than this plugin: ${some(more)}`,
  );
};

const find = async (kube: KubeClient, ours: Definition): Promise<Finding> => {
  const { name } = ours.metadata;
  try {
    return crdFinding(ours, await kube.get<Definition>(resource, { name }));
  } catch (error) {
    if (isNotFound(error)) return crdFinding(ours, undefined);
    if (isForbidden(error)) return unseen(`CRD ${name}`, 'you may not look at CustomResourceDefinitions');
    throw error;
  }
};

/** Each of the three kinds. */
export const crdFindings = async (kube: KubeClient): Promise<readonly Finding[]> => {
  const ours = [...customResourceDefinitions().values()] as readonly unknown[] as readonly Definition[];
  return await Promise.all(ours.map((one) => find(kube, one)));
};
