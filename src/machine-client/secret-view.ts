import { annotations as names, labels } from '../api/group.ts';
import { type MachineClient, secretName } from '../api/objects.ts';
import { entryFields, type EntryField } from '../api/schema/machine-client-secret.ts';
import type { SecretValues } from '../providers/provider.ts';
import { Secret } from '../runtime/secret.ts';
import { compact } from '../runtime/share.ts';
import { isSecretField } from './layout.ts';
import { verify, type Integrity, type IntegrityKey } from './integrity.ts';
import { ownValue } from '../runtime/own.ts';

/** A Secret on the wire. */
export interface SecretWire {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly type?: string;
  readonly immutable?: boolean;
  /** base64 */
  readonly data?: Readonly<Record<string, string>>;
}

export interface Owner {
  readonly installation: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What of a Secret is ours to find again: key and what stands there. */
export type Layout = readonly (readonly [key: string, field: EntryField | 'DotEnv' | 'JSON'])[];

/**
 * S of docs/protocol.md: a Secret of ours as the cache keeps it. No value is in it, only whether the values are what
 * we wrote.
 */
export interface SecretView {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deleting: boolean;
  readonly labelled: boolean;
  readonly immutable: boolean;
  /** It was there before us: only our keys are ever removed. */
  readonly merged: boolean;
  readonly owner: Owner;
  /** When the API server made the owner, by its clock; undefined: written before that was noted. */
  readonly ownerCreated?: number | undefined;
  readonly operation: string;
  readonly clientId: string;
  readonly credentialId: string;
  /** The credential that was the current one when this one was published beside it. */
  readonly previousCredentialId?: string | undefined;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly publishedAt: number;
  /** When this credential was first published; publications of the same one do not change it. */
  readonly rotatedAt: number;
  /** This version brought another credential than the one before it: whoever read that one holds an old one. */
  readonly renewed: boolean;
  /** When the credential ends by itself; milliseconds since the epoch, undefined: never, or nobody said when. */
  readonly expiryTime?: number | undefined;
  /** What an issued secret is bound to, as its provider said it. */
  readonly terms?: string | undefined;
  /** A user brought the credential: nothing of it is shown to who may not read the Secret. */
  readonly imported: boolean;
  /** No other credential of the client was ever in a Secret: an old one that lives on is one whose secret was lost. */
  readonly first: boolean;
  readonly rotateRequest: string | undefined;
  readonly abandonedOperation: string | undefined;
  readonly integrity: Integrity;
  readonly layout: Layout;
  /** Digest of everything else that the spec says of the Secret: see render.ts. */
  readonly template: string;
}

export const formatOwner = (owner: Owner): string =>
  [owner.installation, owner.namespace, owner.name, owner.uid].join('/');

const parseOwner = (text: string | undefined): Owner | undefined => {
  const parts = text?.split('/') ?? [];
  const [installation, namespace, name, uid] = parts;
  return parts.length === 4 && installation && namespace && name && uid
    ? compact({ installation, namespace, name, uid })
    : undefined;
};

const isField = (text: string): text is Layout[number][1] =>
  (entryFields as readonly string[]).includes(text) || text === 'DotEnv' || text === 'JSON';

export const formatLayout = (layout: Layout): string =>
  layout.map(([key, field]) => `${key}=${field}`).join(',');

export const parseLayout = (text: string | undefined): Layout =>
  (text ?? '').split(',').flatMap((part) => {
    const [key, field] = part.split('=');
    return key && field && isField(field) ? [[key, field] as const] : [];
  });

/** What we write is far shorter. Whoever may write Secrets could fill the cache with more. */
const LONGEST = 1_024;
const LONGEST_KEYS = 16 * 1_024;
const LONGEST_TEMPLATE = 32 * 1_024;

/** Undefined: not a Secret that this operator wrote for an object of this namespace. */
export const viewSecret = (wire: SecretWire, key: IntegrityKey): SecretView | undefined => {
  const { metadata } = wire;
  const said = (name: string, longest = LONGEST): string | undefined => {
    const text = ownValue(metadata.annotations, name);
    return text === undefined || text.length > longest ? undefined : text;
  };
  const owner = parseOwner(said(names.owner));
  // A Secret that was copied to another namespace, or under another name, carries our annotations, and is not ours.
  if (!owner || owner.namespace !== metadata.namespace) return undefined;
  // One that was written before the annotation existed does not say its name.
  if ((said(names.secretName) ?? metadata.name) !== metadata.name) return undefined;
  const layout = parseLayout(said(names.keys, LONGEST_KEYS));
  const ownerCreated = Date.parse(said(names.ownerCreated) ?? '');
  const publishedAt = Date.parse(said(names.publishedAt) ?? '');
  const rotatedAt = Date.parse(said(names.rotatedAt) ?? '');
  const expiryTime = Date.parse(said(names.expiryTime) ?? '');
  const version = Number.parseInt(said(names.secretVersion) ?? '0', 10) || 0;
  const keys = layout.map(([name]) => name);
  const integrity = verify(key, said(names.integrity), wire.data ?? {}, keys);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    deleting: metadata.deletionTimestamp !== undefined,
    labelled: metadata.labels?.[labels.managed] === 'true',
    immutable: wire.immutable === true,
    merged: said(names.merged) === 'true',
    owner,
    ownerCreated: Number.isNaN(ownerCreated) ? undefined : ownerCreated,
    operation: said(names.operation) ?? '',
    clientId: said(names.clientId) ?? '',
    credentialId: said(names.credentialId) ?? '',
    previousCredentialId: said(names.previousCredentialId),
    version,
    publishedAt: Number.isNaN(publishedAt) ? 0 : publishedAt,
    rotatedAt: Number.isNaN(rotatedAt) ? publishedAt || 0 : rotatedAt,
    renewed: version > 1 && rotatedAt === publishedAt,
    expiryTime: Number.isNaN(expiryTime) ? undefined : expiryTime,
    terms: said(names.terms),
    imported: said(names.imported) === 'true',
    first: said(names.firstCredential) === 'true',
    rotateRequest: said(names.rotateRequest),
    abandonedOperation: said(names.abandonedOperation),
    // Whoever cut the time off could end the overlap: without it nothing else counts either.
    integrity: Number.isNaN(publishedAt) ? 'edited' : integrity,
    layout,
    template: said(names.template, LONGEST_TEMPLATE) ?? '',
  };
};

/** The stored values of a credential, from a live read: those that an entry holds. */
export const storedValues = (wire: SecretWire, layout: Layout): SecretValues =>
  Object.fromEntries(
    layout.flatMap(([key, field]) => {
      const value = ownValue(wire.data, key);
      return isSecretField(field) && value !== undefined
        ? [[field, new Secret(Buffer.from(value, 'base64').toString('utf8'))] as const]
        : [];
    }),
  );

export const isEmpty = (values: SecretValues): boolean => Object.keys(values).length === 0;

/** Of the Secrets with an object as their owner those of this installation; one that is being deleted is gone. */
export const ownSecrets = (all: readonly SecretView[], installation: string): readonly SecretView[] =>
  all.filter(({ owner, deleting }) => owner.installation === installation && !deleting);

/**
 * Of the Secrets of an object the one that counts: that of the wanted name, else the newest under a former one, as long
 * as nothing newer was published: what consumers use then is gone, and not that one.
 */
export const mainSecret = (object: MachineClient, owned: readonly SecretView[]): SecretView | undefined => {
  const newest = owned.toSorted((a, b) => b.version - a.version)[0];
  const former = newest && newest.version >= (object.status.secretVersion ?? 0) ? newest : undefined;
  return owned.find(({ name }) => name === secretName(object)) ?? former;
};
