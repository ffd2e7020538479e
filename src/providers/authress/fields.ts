import { looksLikeMark } from '../mark.ts';
import { hasUsualEntries, usualEntries } from '../default-entries.ts';
import type { Entries, Refusal, UpstreamClient, Wish } from '../provider.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import {
  displayNameLimit,
  isOfWriter,
  isOurs,
  markTags,
  nameWith,
  ownNameLimit,
  releasedName,
  releasedTag,
  tagDomain,
  tagLimit,
} from './marking.ts';
import { specificOf, type AuthressSpecific } from './wire.ts';
import { ownValue } from '../../runtime/own.ts';

type Authress = NonNullable<Wish['spec']['authress']>;
type RateLimits = AuthressSpecific['rateLimits'];

/** Of the wish that was not refused: then all of them are strings. */
const tagsOf = (wish: Wish): Readonly<Record<string, string>> =>
  (wish.spec.customMetadata ?? {}) as Readonly<Record<string, string>>;
const unsupported = (field: string): Refusal => ({
  reason: 'FieldNotSupported',
  message: `${field} means nothing to Authress; remove it`,
});

const foreignField = ({ spec }: Wish): string | undefined => {
  if (spec.state === 'Inactive') return 'spec.state Inactive';
  for (const [index, { field }] of (spec.secret.entries ?? []).entries())
    if (field === 'ExpiryTime' || field === 'Scopes') return `spec.secret.entries[${index}].field ${field}`;
  return undefined;
};

const keyPairHasNoSecret = ({ spec }: Wish): Refusal | undefined => {
  const index = (spec.secret.entries ?? []).findIndex(({ field }) => field === 'ClientSecret');
  if (!makesKeyPairs(spec) || index < 0) return undefined;
  return {
    reason: 'FieldNotSupported',
    message: `spec.secret.entries[${index}].field ClientSecret: with spec.credential.type KeyPair there is none; use AccessKey or PrivateKey`,
  };
};

const MOST_TAGS = 32;
const LONGEST_TAG = 128;

/** Tags are strings. */
const tagsUnfit = (wish: Wish): Refusal | undefined => {
  const tags: Readonly<Record<string, unknown>> = wish.spec.customMetadata ?? {};
  const refuse = (message: string): Refusal => ({ reason: 'FieldNotSupported', message });
  const count = Object.keys(tags).length;
  if (count > MOST_TAGS)
    return refuse(
      `spec.customMetadata has ${count} keys; beside the operator's own Authress takes ${MOST_TAGS} tags`,
    );
  for (const [key, value] of Object.entries(tags)) {
    if (typeof value !== 'string')
      return refuse(
        `the value of the key ${key} of spec.customMetadata is not a string; Authress keeps tags, which are strings: write it in quotes, or remove it`,
      );
    if (Array.from(value).length > LONGEST_TAG)
      return refuse(
        `the value of the key ${key} of spec.customMetadata has ${Array.from(value).length} characters; Authress takes ${LONGEST_TAG} of a tag`,
      );
  }
  return undefined;
};

const tooLong = (what: string, length: number, limit: number): Refusal => ({
  reason: 'FieldNotSupported',
  message: `${what} has ${length} characters; Authress bears ${limit} of it`,
});

/** The mark stands in the name and in tags, and takes room there. */
const marksFit = (wish: Wish, client: UpstreamClient | undefined): Refusal | undefined => {
  const { displayName } = wish.spec;
  if (displayName !== undefined && displayName.length > displayNameLimit)
    return {
      reason: 'FieldNotSupported',
      message: `spec.displayName has ${displayName.length} characters; Authress bears 128, and the operator's mark takes some: at most ${displayNameLimit}`,
    };
  if (displayName === undefined && client && client.displayName.length > displayNameLimit)
    return {
      reason: 'FieldNotSupported',
      message: `the client's name has ${client.displayName.length} characters; with the operator's mark there are ${displayNameLimit}: set spec.displayName`,
    };
  const { mark } = wish;
  for (const part of ['installation', 'name'] as const)
    if (mark[part].length > tagLimit)
      return tooLong(part === 'name' ? 'metadata.name' : part, mark[part].length, tagLimit);
  return undefined;
};

const markInText = (wish: Wish): Refusal | undefined => {
  const tags = tagsOf(wish);
  const taken = Object.keys(tags).find((key) => key.startsWith(tagDomain));
  if (taken !== undefined)
    return {
      reason: 'MarkInUserText',
      message: `the key ${taken} of spec.customMetadata is the operator's own: keys that begin with ${tagDomain} are; choose another`,
    };
  const texts = [
    ['spec.displayName', wish.spec.displayName],
    ['spec.customMetadata', JSON.stringify(tags)],
  ] as const;
  for (const [field, value] of texts)
    if (value !== undefined && looksLikeMark(value))
      return {
        reason: 'MarkInUserText',
        message: `${field} contains what looks like the operator's mark (mco- and 26 characters); change it`,
      };
  return undefined;
};

export const refuse = (wish: Wish, client?: UpstreamClient): Refusal | undefined => {
  const foreign = foreignField(wish);
  if (foreign !== undefined) return unsupported(foreign);
  return keyPairHasNoSecret(wish) ?? tagsUnfit(wish) ?? markInText(wish) ?? marksFit(wish, client);
};

const sameOptions = (wanted: Authress['options'], client: UpstreamClient): boolean =>
  Object.entries(wanted ?? {}).every(
    ([name, value]) => value === undefined || (specificOf(client).options?.[name] ?? false) === value,
  );

/** As Authress writes them (ISO 8601). */
const periods = { '0s': 'PT0S', '5m': 'PT5M', '1h': 'PT1H', '24h': 'P1D', '720h': 'P1M' } as const;

const limitsOf = (authress: Authress | undefined): RateLimits =>
  authress?.rateLimits?.map(({ duration, quota }) => ({ duration: periods[duration], quota }));

const sameLimits = (a: RateLimits, b: RateLimits): boolean => {
  const plain = (limits: RateLimits) =>
    JSON.stringify(limits?.map(({ duration, quota }) => [duration, quota]) ?? []);
  return plain(a) === plain(b);
};

/** All tags as they should be: those of nobody stay, those of ours that have left the spec go. */
const wantedTags = (wish: Wish, client: UpstreamClient): Record<string, unknown> => {
  const { tags, ownTags } = specificOf(client);
  const wanted = tagsOf(wish);
  const kept = Object.entries(tags).filter(([key]) => !isOurs(key) && !ownTags.includes(key));
  return {
    ...Object.fromEntries(kept),
    ...wanted,
    ...markTags(wish.mark, wish.uid, Object.keys(wanted)),
  };
};

/** Names the tags that differ, ours apart from the user's. */
const tagDifferences = (wish: Wish, client: UpstreamClient): readonly string[] => {
  const { tags } = specificOf(client);
  const wanted = wantedTags(wish, client);
  const changed = [...new Set([...Object.keys(tags), ...Object.keys(wanted)])].filter(
    (key) => !isOfWriter(key) && ownValue(tags, key) !== ownValue(wanted, key),
  );
  return [
    ...(changed.some((key) => !isOurs(key)) ? ['customMetadata'] : []),
    ...(changed.some(isOurs) ? ['mark'] : []),
  ];
};

export const differences = (wish: Wish, client: UpstreamClient): readonly string[] => {
  const { displayName, authress } = wish.spec;
  const names: string[] = [];
  if (displayName !== undefined && displayName !== client.displayName) names.push('displayName');
  if (!sameOptions(authress?.options, client)) names.push('authress.options');
  if (authress?.rateLimits && !sameLimits(limitsOf(authress), specificOf(client).rateLimits))
    names.push('authress.rateLimits');
  names.push(...tagDifferences(wish, client));
  const bearsMark = specificOf(client).name === nameWith(client.displayName, wish.mark.short);
  if (!bearsMark && !names.includes('mark')) names.push('mark');
  return names;
};

/** The body of a create call. The name is sent even where it is not managed: a nameless client helps nobody. */
export const createBody = (wish: Wish): Record<string, unknown> => {
  const { displayName, authress } = wish.spec;
  return {
    name: nameWith(displayName ?? wish.mark.name.slice(0, ownNameLimit), wish.mark.short),
    ...(authress?.options && { options: authress.options }),
    ...(authress?.rateLimits && { rateLimits: limitsOf(authress) }),
    tags: { ...tagsOf(wish), ...markTags(wish.mark, wish.uid, Object.keys(tagsOf(wish))) },
  };
};

/** What a PUT does to a field that is left out is not documented, so all that can be written is sent as it should be. */
const whole = (
  client: UpstreamClient,
  { name, tags }: { readonly name: string; readonly tags: Record<string, unknown> },
  authress: Authress | undefined,
): Record<string, unknown> => {
  const present = specificOf(client);
  const options = { ...present.options, ...authress?.options };
  const rateLimits = limitsOf(authress) ?? present.rateLimits;
  return {
    name,
    ...(Object.keys(options).length > 0 && { options }),
    ...(rateLimits && { rateLimits }),
    tags,
  };
};

export const updateBody = (wish: Wish, client: UpstreamClient): Record<string, unknown> => {
  const displayName = wish.spec.displayName ?? client.displayName;
  const name = nameWith(displayName, wish.mark.short);
  return whole(client, { name, tags: wantedTags(wish, client) }, wish.spec.authress);
};

/** The mark of a client that was let go: it names nobody as the owner any more, and still tells a person whose it was. */
export const releaseBody = (client: UpstreamClient): Record<string, unknown> => {
  const { name, tags } = specificOf(client);
  if (!client.mark) return whole(client, { name, tags: { ...tags } }, undefined);
  const released = { name: releasedName(client.displayName, name), tags: { ...tags, ...releasedTag } };
  return whole(client, released, undefined);
};

/** The key pair is made here, and the provider sees the public key alone. */
export const makesKeyPairs = ({ credential }: MachineClientSpec): boolean => credential.type === 'KeyPair';

const ofAccessKeys: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'access-key', field: 'AccessKey' },
];
const ofKeyPairs: Entries = [
  { key: 'client-id', field: 'ClientID' },
  { key: 'private-key', field: 'PrivateKey' },
  { key: 'access-key', field: 'AccessKey' },
  { key: 'token-url', field: 'TokenURL' },
];

/** A Secret of before access keys were chosen stays as it is: programs read it. */
export const defaultEntries = (spec: MachineClientSpec, present?: Entries): Entries => {
  if (makesKeyPairs(spec)) return ofKeyPairs;
  return hasUsualEntries(present) ? usualEntries() : ofAccessKeys;
};
