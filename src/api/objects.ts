import type * as z from 'zod';
import { asError } from '../runtime/errors.ts';
import { beyond, type Bounds } from '../runtime/extent.ts';
import { printable } from '../runtime/printable.ts';
import { remembered } from './remembered.ts';
import { compact } from '../runtime/share.ts';
import { leftOut } from '../runtime/skim.ts';
import { annotations } from './group.ts';
import {
  clusterIdentityProviderSpec,
  identityProviderSpec,
  providerStatus,
  type ClusterIdentityProviderSpec,
  type IdentityProviderSpec,
  type ProviderStatus,
} from './schema/identity-provider.ts';
import { machineClientSpec, type MachineClientSpec, type ProviderKind } from './schema/machine-client.ts';
import { machineClientStatus, type MachineClientStatus } from './schema/machine-client-status.ts';

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
  /** Milliseconds since the epoch, in whole seconds; 0 where it is not being deleted. */
  readonly deletionTime: number;
  /** Only ours, and of each no more than the beginning. */
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

/**
 * What of an object is read, in the spec and in the status each. A schema alone bounds neither depth nor size of what it
 * lets people choose, and thousands of objects are kept in memory.
 */
const BOUNDS: Bounds = { levels: 48, values: 2_048 };
const LARGEST_TEXT = 64 * 1024;
const LONGEST_ANNOTATION = 4_096;
const MOST_FINALIZERS = 64;
const MOST_ISSUES = 5;

const own: ReadonlySet<string> = new Set(Object.values(annotations));

const meta = (object: Wire): Meta => {
  const { metadata } = object;
  const kept = Object.entries(metadata.annotations ?? {})
    .filter(([key]) => own.has(key))
    .map(([key, value]) => [key, value.slice(0, LONGEST_ANNOTATION)]);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    creationTime: Date.parse(metadata.creationTimestamp ?? '') || 0,
    deleting: metadata.deletionTimestamp !== undefined,
    deletionTime: Date.parse(metadata.deletionTimestamp ?? '') || 0,
    annotations: compact(Object.fromEntries(kept)) as Record<string, string>,
    // A list that was not read as a whole must never be written back: none is.
    finalizers: finalizersRead(object) ? (metadata.finalizers ?? []) : [],
  };
};

const finalizersRead = (object: Wire): boolean =>
  (object.metadata.finalizers ?? []).length <= MOST_FINALIZERS &&
  !leftOut(object).includes('metadata.finalizers');

/** Paths and what is wrong there; never the values, which our own messages do not hold either. */
const describeIssues = ({ issues }: z.ZodError): string => {
  const named = issues.slice(0, MOST_ISSUES).map((issue) => {
    const path = issue.path.map((part) => `.${printable(String(part), 64)}`).join('');
    return `spec${path}: ${issue.code === 'custom' ? issue.message : issue.code}`;
  });
  const more = issues.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};

/** Which member is beyond the bounds, and in what: the innermost one that is so by itself, such as `spec.secret.labels`. */
const excessOf = (value: unknown, path: readonly string[]): string | undefined => {
  const excess = beyond(value, BOUNDS);
  if (excess === undefined) return undefined;
  if (path.length < 3 && typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) {
      const inner = excessOf(part, [...path, printable(key, 64)]);
      if (inner !== undefined) return inner;
    }
  return `${path.join('.')}: ${excess}`;
};

type Read<T> = { readonly spec: T; readonly invalid?: undefined } | { readonly invalid: string };

type SpecReader<T> = (spec: unknown) => Read<T>;

const specReader = <T>(schema: z.ZodType<T>): SpecReader<T> =>
  remembered((spec): Read<T> => {
    const parsed = schema.safeParse(spec);
    if (!parsed.success) return { invalid: describeIssues(parsed.error) };
    const text = JSON.stringify(parsed.data);
    return text.length > LARGEST_TEXT
      ? { invalid: `spec: it has more than ${LARGEST_TEXT / 1024} KiB` }
      : { spec: JSON.parse(text) as T };
  });

/** The spec as its schema reads it, or why it cannot be read. Nothing recursive sees what is beyond the bounds. */
const readSpec = <T>(read: SpecReader<T>, object: Wire): Read<T> => {
  const missing = leftOut(object).filter((path) => path === 'spec' || path.startsWith('spec.'));
  if (missing.length > 0)
    return {
      invalid: `the object is too large; without ${printable(missing.join(', '), 512)} it could be read`,
    };
  if (!finalizersRead(object)) return { invalid: `metadata.finalizers: more than ${MOST_FINALIZERS}` };
  const excess = excessOf(object.spec, ['spec']);
  if (excess !== undefined) return { invalid: excess };
  return read(object.spec);
};

const readMachineClientSpec = specReader(machineClientSpec);
const readProviderSpecOf = {
  IdentityProvider: specReader<IdentityProviderSpec>(identityProviderSpec),
  ClusterIdentityProvider: specReader<ClusterIdentityProviderSpec>(clusterIdentityProviderSpec),
};

const bare = (): MachineClientSpec => machineClientSpec.parse({ providerRef: { name: 'invalid' } });

const fieldsOf = (value: unknown, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(typeof value === 'object' && value !== null ? value : {}).filter(([name]) =>
      names.includes(name),
    ),
  );

/** The least that deletion needs, from a spec that as a whole is not valid. */
const salvage = (spec: unknown): MachineClientSpec => {
  const names = [
    'providerRef',
    'deletionPolicy',
    'managementPolicy',
    'clientId',
    'organizationId',
    'secret',
  ] as const;
  const fields = fieldsOf(spec, names);
  const out: Record<string, unknown> = { ...bare() };
  for (const name of names) {
    const value = name === 'secret' ? fieldsOf(fields[name], ['name', 'deletionPolicy']) : fields[name];
    if (beyond(value, BOUNDS) !== undefined) continue;
    const parsed = machineClientSpec.shape[name].safeParse(value);
    if (parsed.success && parsed.data !== undefined) out[name] = parsed.data;
  }
  return compact(out) as MachineClientSpec;
};

/**
 * Status is only ever written by us, yet a person can edit it: what cannot be read counts as absent.
 * The schemas of status change nothing, so what was sent is kept.
 */
const statusReader = <T extends object>(schema: z.ZodType<T>, fallback: T): ((status: unknown) => T) => {
  const read = remembered((status) => (schema.safeParse(status).success ? compact(status as T) : fallback));
  return (status) => (status === undefined || beyond(status, BOUNDS) !== undefined ? fallback : read(status));
};

const readMachineClientStatus = statusReader<MachineClientStatus>(machineClientStatus, {
  observedGeneration: -1,
});
const readProviderStatus = statusReader<ProviderStatus>(providerStatus, { observedGeneration: -1 });

/** Nobody foresaw what is in it. The object is kept all the same, so that its status says so. */
const unreadable = (error: unknown): string => `it could not be read (${asError(error).name})`;

export const parseMachineClient = (object: Wire): MachineClient => {
  let read: Read<MachineClientSpec>;
  let spec: MachineClientSpec;
  try {
    read = readSpec(readMachineClientSpec, object);
    spec = read.invalid === undefined ? read.spec : salvage(object.spec);
  } catch (error) {
    read = { invalid: unreadable(error) };
    spec = bare();
  }
  const about = meta(object);
  // Written out: a spread makes larger objects, and of these there are thousands.
  return {
    namespace: about.namespace,
    name: about.name,
    uid: about.uid,
    resourceVersion: about.resourceVersion,
    generation: about.generation,
    creationTime: about.creationTime,
    deleting: about.deleting,
    deletionTime: about.deletionTime,
    annotations: about.annotations,
    finalizers: about.finalizers,
    spec,
    invalid: read.invalid,
    status: readMachineClientStatus(object.status),
  };
};

const readProviderSpec = <T>(read: SpecReader<T>, object: Wire): Read<T> => {
  try {
    return readSpec(read, object);
  } catch (error) {
    return { invalid: unreadable(error) };
  }
};

export const parseProvider =
  (kind: ProviderKind) =>
  (object: Wire): Provider => {
    const reader: SpecReader<IdentityProviderSpec | ClusterIdentityProviderSpec> = readProviderSpecOf[kind];
    const read = readProviderSpec(reader, object);
    return {
      ...meta(object),
      kind,
      ...(read.invalid === undefined ? { spec: read.spec } : { spec: undefined, invalid: read.invalid }),
      status: readProviderStatus(object.status),
    };
  };

/** `IdentityProvider/ns/name` or `ClusterIdentityProvider/name`: a key over both kinds. */
export const providerKey = (kind: ProviderKind, namespace: string, name: string): string =>
  kind === 'IdentityProvider' ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;

export const providerKeyOf = (client: Pick<MachineClient, 'namespace' | 'spec'>): string =>
  providerKey(client.spec.providerRef.kind, client.namespace, client.spec.providerRef.name);
