import { isDeepStrictEqual } from 'node:util';
import { looksLikeMark } from '../mark.ts';
import type { Powers, Refusal, UpstreamClient, Wish } from '../provider.ts';
import { markValue, metadataKey, type StytchSpecific } from './wire.ts';
import { ownValue } from '../../runtime/own.ts';

/** Stytch bears 20 keys of trusted_metadata; one is ours. */
const USER_KEYS = 19;
/** And so much of it all, as JSON (https://stytch.com/docs/api/metadata). */
const METADATA_BYTES = 4_096;

const metadataOf = (wish: Wish): Readonly<Record<string, unknown>> => wish.spec.customMetadata ?? {};
const specific = (client: UpstreamClient): StytchSpecific => client.specific as StytchSpecific;
const unsupported = (field: string): Refusal => ({
  reason: 'FieldNotSupported',
  message: `${field} means nothing to Stytch; remove it`,
});

/** With what is there already: keys that nobody names are left alone. */
const metadataTooLarge = (wish: Wish, client: UpstreamClient | undefined): Refusal | undefined => {
  const wanted = metadataOf(wish);
  const whole = {
    ...(client && specific(client).metadata),
    ...wanted,
    [metadataKey]: markValue(wish.mark, wish.uid, Object.keys(wanted)),
  };
  const bytes = Buffer.byteLength(JSON.stringify(whole));
  if (bytes <= METADATA_BYTES) return undefined;
  const others = client ? ', what others have written there' : '';
  return {
    reason: 'FieldNotSupported',
    message: `spec.customMetadata${others} and the operator's mark are ${bytes} bytes of JSON; Stytch bears ${METADATA_BYTES}`,
  };
};

export const refuse = (wish: Wish, client?: UpstreamClient): Refusal | undefined => {
  const { spec } = wish;
  for (const [index, { field }] of (spec.secret.entries ?? []).entries())
    if (field === 'PrivateKey' || field === 'AccessKey' || field === 'ExpiryTime')
      return unsupported(`spec.secret.entries[${index}].field ${field}`);
  const metadata = metadataOf(wish);
  const keys = Object.keys(metadata);
  if (keys.length > USER_KEYS)
    return {
      reason: 'FieldNotSupported',
      message: `spec.customMetadata has ${keys.length} keys; Stytch bears 20, and one of them is the operator's: at most ${USER_KEYS}`,
    };
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['spec.displayName', spec.displayName],
    ['spec.description', spec.description],
    ['spec.customMetadata', JSON.stringify(metadata)],
  ];
  const taken = keys.find((key) => key.startsWith(metadataKey));
  if (taken !== undefined)
    return {
      reason: 'MarkInUserText',
      message: `the key ${taken} of spec.customMetadata is the operator's own; choose another`,
    };
  for (const [field, value] of texts)
    if (value !== undefined && looksLikeMark(value))
      return {
        reason: 'MarkInUserText',
        message: `${field} contains what looks like the operator's mark (mco- and 26 characters); change it`,
      };
  return metadataTooLarge(wish, client);
};

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && new Set([...a, ...b]).size === new Set(a).size;

/** Metadata keys whose value must change, and those of ours that have left the spec. */
const metadataChanges = (wish: Wish, client: UpstreamClient): Record<string, unknown> => {
  const wanted = metadataOf(wish);
  const { metadata, ownKeys } = specific(client);
  const changes: Record<string, unknown> = {};
  // Null deletes, so a null in the spec is in sync with a key that is not there.
  for (const [key, value] of Object.entries(wanted))
    if (!isDeepStrictEqual(ownValue(metadata, key) ?? null, value)) changes[key] = value;
  // Merge semantics: null deletes a key. Keys that we never set stay, whoever set them.
  for (const key of ownKeys)
    if (!Object.hasOwn(wanted, key) && Object.hasOwn(metadata, key)) changes[key] = null;
  return changes;
};

/** Without the uid: an object that comes back under its names finds its client as it is, and there is nothing to write. */
const markIsCurrent = (wish: Wish, client: UpstreamClient): boolean =>
  client.mark?.full === wish.mark.full && sameSet(specific(client).ownKeys, Object.keys(metadataOf(wish)));

export const differences = (wish: Wish, client: UpstreamClient): readonly string[] => {
  const { spec } = wish;
  const names: string[] = [];
  if (spec.displayName !== undefined && spec.displayName !== client.displayName) names.push('displayName');
  if (spec.description !== undefined && spec.description !== client.description) names.push('description');
  if (spec.scopes !== undefined && !sameSet(spec.scopes, client.scopes)) names.push('scopes');
  if ((spec.state === 'Active') !== client.active) names.push('state');
  if (Object.keys(metadataChanges(wish, client)).length > 0) names.push('customMetadata');
  if (!markIsCurrent(wish, client)) names.push('mark');
  return names;
};

/** The metadata reaches tokens by the project's claim template. */
export const powers = (client: UpstreamClient): Powers => ({
  customMetadata: Object.keys(specific(client).metadata),
});

/** The body of a create call. The name is sent even where it is not managed: a nameless client helps nobody. */
export const createBody = (wish: Wish, id: string | undefined) => ({
  ...(id !== undefined && { client_id: id }),
  client_name: wish.spec.displayName ?? wish.mark.name,
  ...(wish.spec.description !== undefined && { client_description: wish.spec.description }),
  scopes: wish.spec.scopes ?? [],
  trusted_metadata: {
    ...metadataOf(wish),
    [metadataKey]: markValue(wish.mark, wish.uid, Object.keys(metadataOf(wish))),
  },
});

/** The body of an update: only what differs, and the mark where anything of it does (PUT is partial). */
export const updateBody = (wish: Wish, client: UpstreamClient): Record<string, unknown> => {
  const { spec } = wish;
  const changed = new Set(differences(wish, client));
  const changes = metadataChanges(wish, client);
  // With any key the mark goes along: were the metadata replaced and not merged, the client would not lose it.
  const metadata =
    Object.keys(changes).length > 0 || !markIsCurrent(wish, client) || client.uid !== wish.uid
      ? { ...changes, [metadataKey]: markValue(wish.mark, wish.uid, Object.keys(metadataOf(wish))) }
      : {};
  return {
    ...(changed.has('displayName') && { client_name: spec.displayName }),
    ...(changed.has('description') && { client_description: spec.description }),
    ...(changed.has('scopes') && { scopes: spec.scopes }),
    ...(changed.has('state') && { status: spec.state === 'Active' ? 'active' : 'inactive' }),
    ...(Object.keys(metadata).length > 0 && { trusted_metadata: metadata }),
  };
};

/** The mark of a client that was let go: it names nobody as the owner any more, and still tells a person whose it was. */
export const releaseBody = (client: UpstreamClient): Record<string, unknown> => ({
  trusted_metadata: {
    [metadataKey]: client.mark
      ? { ...markValue(client.mark, client.uid ?? '', specific(client).ownKeys), released: true }
      : null,
  },
});
