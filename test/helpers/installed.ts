import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { AdminClient } from '../control-plane/admin-client.ts';

/** Where it is installed, and what all of it is called. */
export const installedNamespace = 'machine-client-system';
export const installedName = 'machine-client-operator';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export type Manifest = KubeObject & { readonly rules?: readonly Rule[] };

const collections: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
};

/** The path of its collection. */
export const collectionOf = ({ apiVersion, kind, metadata }: Manifest): string => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : '';
  return `${root}${scope}/${collections[kind] ?? `${kind.toLowerCase()}s`}`;
};

export const parseManifests = (text: string): Manifest[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);

/** deploy/install.yaml without the CustomResourceDefinitions, which tests install by themselves. */
export const installManifests = async (): Promise<Manifest[]> => {
  const text = await readFile(join(import.meta.dirname, '../../deploy/install.yaml'), 'utf8');
  return parseManifests(text).filter(({ kind }) => kind !== 'CustomResourceDefinition');
};

/** The rules of the operator's own ClusterRole. */
export const operatorRules = async (): Promise<readonly Rule[]> => {
  const found = (await installManifests()).find(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === installedName,
  );
  if (!found?.rules) throw new Error(`deploy/install.yaml has no ClusterRole ${installedName}`);
  return found.rules;
};

/** Creates each; throws for the first that is refused. */
export const createAll = async (admin: AdminClient, manifests: readonly Manifest[]): Promise<void> => {
  for (const manifest of manifests) {
    const { status, body } = await admin.call('POST', collectionOf(manifest), manifest);
    if (status !== 201)
      throw new Error(`${manifest.kind} ${manifest.metadata.name}: ${status} ${JSON.stringify(body)}`);
  }
};

/** That the operator may ask for tokens of its own ServiceAccount, as the chart grants it with `tokenAudiences`. */
export const grantTokens = async (admin: AdminClient): Promise<void> => {
  const metadata = { name: `${installedName}-tokens`, namespace: installedNamespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name };
  const subjects = [{ kind: 'ServiceAccount', name: installedName, namespace: installedNamespace }];
  const rule: Rule = {
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    resourceNames: [installedName],
    verbs: ['create'],
  };
  const roles = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata };
  await createAll(admin, [
    { ...roles, kind: 'Role', rules: [rule] },
    { ...roles, kind: 'RoleBinding', roleRef, subjects },
  ] as unknown as readonly Manifest[]);
};
