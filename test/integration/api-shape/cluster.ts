import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { type AdminClient, adminClient, type Answer } from '../../control-plane/admin-client.ts';
import { installCrds } from '../../helpers/install-crds.ts';

export const kinds = ['MachineClient', 'IdentityProvider', 'ClusterIdentityProvider'] as const;
export type Kind = (typeof kinds)[number];
export type Spec = Readonly<Record<string, unknown>>;

/** Why the API server refuses an object: one entry of `details.causes`. */
export interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** Both are served, with one schema. */
export const versions = ['v1beta1', 'v1alpha1'] as const;
export type Version = (typeof versions)[number];
export const apiVersion = 'machine-client.dev/v1beta1';

export const uniqueName = (base: string): string => `${base}-${randomBytes(4).toString('hex')}`;

/** @param group another group than ours, for a copy of our definitions */
export const collectionOf = (
  kind: Kind,
  namespace: string,
  group = 'machine-client.dev',
  version: Version = 'v1beta1',
): string => {
  const scope = kind === 'ClusterIdentityProvider' ? '' : `/namespaces/${namespace}`;
  return `/apis/${group}/${version}${scope}/${kind.toLowerCase()}s`;
};

/** What a refusal complains of, with indices taken out, so that a field reads as the schema has it. */
export const causesOf = ({ body }: Answer): Cause[] =>
  ((body.details?.causes ?? []) as Cause[])
    // It only says that there is more where it stopped.
    .filter(({ message }) => !message.includes('some validation rules were not checked'))
    .map((cause) => ({ ...cause, field: cause.field.replaceAll(/\[\d+\]/g, '[]') }));

interface Cluster {
  readonly client: AdminClient;
  readonly namespace: string;
  /** Sends a new object and stores nothing. */
  readonly tryCreate: (kind: Kind, spec: Spec) => Promise<Answer>;
  /** Sends a new object; what it stores is gone after the last test of the file. */
  readonly create: (kind: Kind, spec: Spec, name?: string) => Promise<Answer>;
}

/** A client and a namespace for one test file, with the definitions installed. */
export const useCluster = (base: string): Cluster => {
  const client = adminClient(inject('kubeconfig'));
  const namespace = uniqueName(base);
  const clusterScoped: string[] = [];
  beforeAll(async () => {
    await installCrds(client);
    const made = await client.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    if (made.status !== 201) throw new Error(made.body.message);
  });
  afterAll(async () => {
    await client.call('DELETE', `/api/v1/namespaces/${namespace}`);
    await Promise.all(clusterScoped.map((path) => client.call('DELETE', path)));
    await client[Symbol.asyncDispose]();
  });

  const post = (kind: Kind, spec: Spec, name: string, query: string): Promise<Answer> => {
    const path = `${collectionOf(kind, namespace)}?fieldValidation=Strict${query}`;
    return client.call('POST', path, { apiVersion, kind, metadata: { name }, spec });
  };
  return {
    client,
    namespace,
    tryCreate: (kind, spec) => post(kind, spec, uniqueName('try'), '&dryRun=All'),
    create: (kind, spec, name = uniqueName('object')) => {
      if (kind === 'ClusterIdentityProvider') clusterScoped.push(`${collectionOf(kind, namespace)}/${name}`);
      return post(kind, spec, name, '');
    },
  };
};
