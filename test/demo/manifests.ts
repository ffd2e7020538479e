import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { apiVersion as ownVersion } from '../../src/api/group.ts';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import { configMaps, namespaces, type Resource, secrets } from '../../src/kube/resource.ts';
import { maskSuffix } from '../../src/runtime/secret.ts';
import type { StytchSimulator } from '../simulators/stytch/simulator.ts';

const FILE = join(import.meta.dirname, '..', '..', 'examples', 'stytch.yaml');
const DEFAULT_NAMESPACE = 'demo';

/** What is read of a document; all else goes to the API server as it is written. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface Example {
  /** In the order in which they are applied: namespaces first. */
  readonly manifests: readonly Manifest[];
  readonly namespaces: readonly string[];
  /** What was changed in memory, in words. */
  readonly changes: readonly string[];
}

const resources: Readonly<Record<string, Resource>> = {
  'v1/Namespace': namespaces,
  'v1/Secret': secrets,
  'v1/ConfigMap': configMaps,
  [`${ownVersion}/IdentityProvider`]: identityProviders,
  [`${ownVersion}/MachineClient`]: machineClients,
};

export const resourceOf = ({ apiVersion, kind }: Manifest): Resource => {
  const resource = resources[`${apiVersion}/${kind}`];
  if (!resource) throw new Error(`examples/stytch.yaml: the demo cannot apply ${apiVersion}/${kind}`);
  return resource;
};

interface StytchSpec {
  readonly auth?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

/**
 * Reads examples/stytch.yaml and turns it to the simulator: project id, URL and management secret. Everything lands
 * in the namespaces of the file, with the suffix where there is one.
 */
export const readExample = async (
  simulator: StytchSimulator,
  suffix: string | undefined,
): Promise<Example> => {
  const documents = parseAllDocuments(await readFile(FILE, 'utf8'));
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken) throw new Error(`examples/stytch.yaml: ${broken.message}`);
  const written = documents
    .map((document) => document.toJS() as Manifest | null)
    .filter((one) => one !== null);

  const rename = (namespace: string): string => (suffix === undefined ? namespace : `${namespace}-${suffix}`);
  const changes: string[] = [];
  const keys = new Map<string, { readonly namespace: string; readonly key: string }>();

  const placed = written.map((manifest) => {
    const { metadata } = manifest;
    return manifest.kind === 'Namespace'
      ? { ...manifest, metadata: { ...metadata, name: rename(metadata.name) } }
      : {
          ...manifest,
          metadata: { ...metadata, namespace: rename(metadata.namespace ?? DEFAULT_NAMESPACE) },
        };
  });

  const turned = placed.map((manifest): Manifest => {
    if (manifest.kind !== 'IdentityProvider') return manifest;
    const { name, namespace = '' } = manifest.metadata;
    const stytch = manifest.spec?.['stytch'] as StytchSpec | undefined;
    const ref = stytch?.auth?.secretKeyRef;
    if (!ref)
      throw new Error(`examples/stytch.yaml: IdentityProvider ${name} has no spec.stytch.auth.secretKeyRef`);
    keys.set(`${namespace}/${ref.name}`, { namespace, key: ref.key });
    const { projectId } = simulator.credentials;
    changes.push(
      `IdentityProvider ${name}: spec.stytch.projectId ${projectId}`,
      `IdentityProvider ${name}: spec.stytch.baseUrl ${simulator.url}`,
    );
    return {
      ...manifest,
      spec: { ...manifest.spec, stytch: { ...stytch, projectId, baseUrl: simulator.url } },
    };
  });

  const credentials = [...keys].map(([path, { namespace, key }]): Manifest => {
    const name = path.slice(namespace.length + 1);
    const { secret } = simulator.credentials;
    changes.push(`Secret ${name}: ${key} ${maskSuffix(secret.slice(-4))}, the simulator's management secret`);
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { [key]: secret } };
  });

  const others = turned.filter(
    ({ kind, metadata }) =>
      kind !== 'Namespace' && !(kind === 'Secret' && keys.has(`${metadata.namespace}/${metadata.name}`)),
  );
  const names = [...new Set([...others, ...credentials].map(({ metadata }) => metadata.namespace ?? ''))];
  const homes = names.map(
    (name): Manifest =>
      turned.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name) ?? {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      },
  );
  return { manifests: [...homes, ...credentials, ...others], namespaces: names, changes };
};
