import type * as z from 'zod';
import { compact } from '../runtime/share.ts';
import { group } from './group.ts';
import {
  clusterIdentityProviderSpec,
  identityProviderSpec,
  providerStatus,
  type ClusterIdentityProviderSpec,
  type IdentityProviderSpec,
  type ProviderStatus,
} from './schema/identity-provider.ts';
import {
  machineClientSpec,
  machineClientStatus,
  type MachineClientSpec,
  type MachineClientStatus,
  type ProviderKind,
} from './schema/machine-client.ts';

export {
  clusterIdentityProviders,
  identityProviders,
  machineClients,
  resourceOfProvider,
  secretName,
} from './resources.ts';

/** What this file reads of an object on the wire. */
interface Wire {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

interface Meta {
  /** Empty for what is cluster-scoped. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly creationTime: number;
  readonly deleting: boolean;
  /** Only those of our group. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
}

/**
 * A MachineClient as the operator sees it. An object that was stored before a rule existed may not parse: then
 * `invalid` says why, and `spec` is what deletion needs, as far as it can be read. One bad object stops no other.
 */
export interface MachineClient extends Meta {
  readonly spec: MachineClientSpec;
  readonly invalid?: string | undefined;
  readonly status: MachineClientStatus;
}

export interface Provider extends Meta {
  readonly kind: ProviderKind;
  readonly spec: ClusterIdentityProviderSpec | undefined;
  readonly invalid?: string | undefined;
  readonly status: ProviderStatus;
}

const meta = (object: Wire): Meta => {
  const { metadata } = object;
  const own = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(`${group}/`));
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    creationTime: Date.parse(metadata.creationTimestamp ?? '') || 0,
    deleting: metadata.deletionTimestamp !== undefined,
    annotations: compact(Object.fromEntries(own)),
    finalizers: metadata.finalizers ?? [],
  };
};

/** Paths and what is wrong there; never the values, which our own messages do not hold either. */
const describeIssues = (error: z.ZodError): string =>
  error.issues
    .map(
      (issue) =>
        `spec${issue.path.map((part) => `.${String(part)}`).join('')}: ${issue.code === 'custom' ? issue.message : issue.code}`,
    )
    .join('; ');

/** The least that deletion needs, from a spec that as a whole is not valid. */
const salvage = (spec: unknown): MachineClientSpec => {
  const fields = (typeof spec === 'object' && spec !== null ? spec : {}) as Record<string, unknown>;
  const base: MachineClientSpec = machineClientSpec.parse({ providerRef: { name: 'invalid' } });
  const out: Record<string, unknown> = { ...base };
  for (const key of ['providerRef', 'deletionPolicy', 'managementPolicy', 'clientId', 'secret'] as const) {
    const parsed = machineClientSpec.shape[key].safeParse(fields[key]);
    if (parsed.success && parsed.data !== undefined) out[key] = parsed.data;
  }
  return out as MachineClientSpec;
};

/**
 * Status is only ever written by us, yet a person can edit it: what cannot be read counts as absent.
 * The schemas of status change nothing, so what was sent is kept.
 */
const readStatus = <T>(schema: z.ZodType<T>, status: unknown, fallback: T): T => {
  if (status === undefined) return fallback;
  return schema.safeParse(status).success ? compact(status as T) : fallback;
};

export const parseMachineClient = (object: Wire): MachineClient => {
  const parsed = machineClientSpec.safeParse(object.spec);
  const own = meta(object);
  // Written out: a spread makes larger objects, and of these there are thousands.
  return {
    namespace: own.namespace,
    name: own.name,
    uid: own.uid,
    resourceVersion: own.resourceVersion,
    generation: own.generation,
    creationTime: own.creationTime,
    deleting: own.deleting,
    annotations: own.annotations,
    finalizers: own.finalizers,
    spec: compact(parsed.success ? parsed.data : salvage(object.spec)),
    invalid: parsed.success ? undefined : describeIssues(parsed.error),
    status: readStatus(machineClientStatus, object.status, { observedGeneration: -1 }),
  };
};

export const parseProvider =
  (kind: ProviderKind) =>
  (object: Wire): Provider => {
    const schema: z.ZodType<IdentityProviderSpec | ClusterIdentityProviderSpec> =
      kind === 'IdentityProvider' ? identityProviderSpec : clusterIdentityProviderSpec;
    const parsed = schema.safeParse(object.spec);
    return {
      ...meta(object),
      kind,
      spec: parsed.success ? parsed.data : undefined,
      ...(!parsed.success && { invalid: describeIssues(parsed.error) }),
      status: readStatus(providerStatus, object.status, { observedGeneration: -1 }),
    };
  };

/** `IdentityProvider/ns/name` or `ClusterIdentityProvider/name`: a key over both kinds. */
export const providerKey = (kind: ProviderKind, namespace: string, name: string): string =>
  kind === 'IdentityProvider' ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;

export const providerKeyOf = (client: Pick<MachineClient, 'namespace' | 'spec'>): string =>
  providerKey(client.spec.providerRef.kind, client.namespace, client.spec.providerRef.name);
