import { parseDuration } from '../../api/durations.ts';
import { looksLikeMark } from '../mark.ts';
import type { Powers, Refusal, UpstreamClient, Wish } from '../provider.ts';
import { charactersLeft, formatDescription, lengthOf } from './description-mark.ts';
import type { ScalekitSpecific } from './wire.ts';

/** docs.scalekit.com: the shortest life of a token. */
const SHORTEST_LIFETIME_SECONDS = 300;
const LONGEST_NAME = 128;

const unsupported = (message: string): Refusal => ({ reason: 'FieldNotSupported', message });
const meaningless = (field: string): Refusal => unsupported(`${field} means nothing to Scalekit; remove it`);

const specific = (client: UpstreamClient): ScalekitSpecific => client.specific as ScalekitSpecific;

const lifetimeSeconds = ({ spec }: Wish): number | undefined => {
  const lifetime = spec.accessTokenLifetime;
  return lifetime === undefined ? undefined : parseDuration(lifetime) / 1000;
};

const claims = ({ spec }: Wish): Readonly<Record<string, string>> | undefined =>
  spec.customClaims && Object.fromEntries(spec.customClaims.map(({ key, value }) => [key, value]));

/** Of the published schema. */
const ORGANIZATION_ID_LIMIT = 32;

/** What has no counterpart here at all. */
const misplaced = ({ spec }: Wish): Refusal | undefined => {
  const { organizationId } = spec;
  if (organizationId === undefined)
    return {
      reason: 'FieldRequired',
      message: 'spec.organizationId is required by Scalekit: a client lives in an organization',
    };
  if (!organizationId.startsWith('org_') || organizationId.length > ORGANIZATION_ID_LIMIT)
    return unsupported(
      `spec.organizationId must begin with org_ and have at most ${ORGANIZATION_ID_LIMIT} characters: it is the id that Scalekit shows, not a name`,
    );
  if (spec.state === 'Inactive')
    return unsupported('spec.state Inactive cannot be had: Scalekit has no inactive clients');
  const isTheirs = spec.adoptionPolicy === 'Existing' || spec.managementPolicy === 'CredentialsOnly';
  if (spec.clientId !== undefined && !isTheirs)
    return unsupported(
      'spec.clientId cannot be chosen: Scalekit does. To take over a client that exists, set adoptionPolicy: Existing',
    );
  for (const [index, { field }] of (spec.secret.entries ?? []).entries())
    if (field === 'PrivateKey' || field === 'AccessKey')
      return meaningless(`spec.secret.entries[${index}].field ${field}`);
  return undefined;
};

const wrongLifetime = (wish: Wish): Refusal | undefined => {
  const seconds = lifetimeSeconds(wish);
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= SHORTEST_LIFETIME_SECONDS))
    return undefined;
  return unsupported(
    `spec.accessTokenLifetime must be whole seconds, and at least ${SHORTEST_LIFETIME_SECONDS}`,
  );
};

const looksMarked = ({ spec }: Wish): Refusal | undefined => {
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['spec.displayName', spec.displayName],
    ['spec.description', spec.description],
    ['spec.customClaims', JSON.stringify(spec.customClaims ?? [])],
  ];
  for (const [field, value] of texts)
    if (value !== undefined && looksLikeMark(value))
      return {
        reason: 'MarkInUserText',
        message: `${field} contains what looks like the operator's mark (mco- and 26 characters); change it`,
      };
  return undefined;
};

/** The mark stands in the description. What is promised must also fit beside it once it says "released". */
const tooLong = (wish: Wish, client: UpstreamClient | undefined): Refusal | undefined => {
  const { spec, mark, uid } = wish;
  if (spec.description !== undefined) {
    const left = charactersLeft(mark, uid, true);
    const length = lengthOf(spec.description);
    if (length <= left) return undefined;
    return unsupported(
      `spec.description has ${length} characters; beside the operator's mark Scalekit leaves ${left}`,
    );
  }
  const left = charactersLeft(mark, uid, false);
  if (client === undefined || lengthOf(client.description) <= left) return undefined;
  return unsupported(
    `the client's description has ${lengthOf(client.description)} characters; beside the operator's mark Scalekit leaves ${left}: shorten it, or set spec.description`,
  );
};

/** Empty and absent are one on Scalekit's wire, so nothing can be cleared but the text beside the mark. */
const cannotClear = (wish: Wish, client: UpstreamClient): Refusal | undefined => {
  const { spec } = wish;
  const wanted = claims(wish);
  const cleared: readonly (readonly [string, boolean])[] = [
    ['spec.displayName', spec.displayName === '' && client.displayName !== ''],
    ['spec.scopes', spec.scopes?.length === 0 && client.scopes.length > 0],
    ['spec.audiences', spec.audiences?.length === 0 && client.audiences.length > 0],
    [
      'spec.customClaims',
      wanted !== undefined &&
        Object.keys(wanted).length === 0 &&
        Object.keys(specific(client).customClaims).length > 0,
    ],
  ];
  const field = cleared.find(([, isCleared]) => isCleared)?.[0];
  return field === undefined
    ? undefined
    : unsupported(
        `${field} is empty, and Scalekit cannot clear it: keep a value, or delete the MachineClient and make a new one`,
      );
};

export const refuse = (wish: Wish, client?: UpstreamClient): Refusal | undefined =>
  misplaced(wish) ??
  wrongLifetime(wish) ??
  looksMarked(wish) ??
  tooLong(wish, client) ??
  (client && cannotClear(wish, client));

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && new Set([...a, ...b]).size === new Set(a).size;

const sameClaims = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  sameSet(Object.entries(a).map(String), Object.entries(b).map(String));

/** Without the uid: an object that comes back under its names finds its client as it is, and there is nothing to write. */
const markIsCurrent = (wish: Wish, client: UpstreamClient): boolean => client.mark?.full === wish.mark.full;

export const differences = (wish: Wish, client: UpstreamClient): readonly string[] => {
  const { spec } = wish;
  const names: string[] = [];
  if (spec.displayName !== undefined && spec.displayName !== client.displayName) names.push('displayName');
  if (spec.description !== undefined && spec.description !== client.description) names.push('description');
  if (spec.scopes !== undefined && !sameSet(spec.scopes, client.scopes)) names.push('scopes');
  if (spec.audiences !== undefined && !sameSet(spec.audiences, client.audiences)) names.push('audiences');
  const wanted = claims(wish);
  const { customClaims, expiry } = specific(client);
  if (wanted !== undefined && !sameClaims(wanted, customClaims)) names.push('customClaims');
  const lifetime = lifetimeSeconds(wish);
  // Where it is not shown nobody knows: that is no difference, or it would be written for ever.
  if (lifetime !== undefined && expiry !== undefined && lifetime !== expiry)
    names.push('accessTokenLifetime');
  if (!markIsCurrent(wish, client)) names.push('mark');
  return names;
};

export const powers = (client: UpstreamClient): Powers => {
  const { customClaims, expiry } = specific(client);
  return {
    customClaims: Object.keys(customClaims),
    accessTokenLifetimeMs: expiry === undefined ? undefined : expiry * 1_000,
  };
};

/** The body of a create call. The name is sent even where it is not managed: a nameless client helps nobody. */
export const createBody = (wish: Wish): Record<string, unknown> => {
  const { spec, mark, uid } = wish;
  const lifetime = lifetimeSeconds(wish);
  const name = spec.displayName ?? Array.from(mark.name).slice(0, LONGEST_NAME).join('');
  return {
    ...(name !== '' && { name }),
    description: formatDescription(mark, uid, false, spec.description ?? ''),
    ...(spec.scopes?.length && { scopes: spec.scopes }),
    ...(spec.audiences?.length && { audience: spec.audiences }),
    ...(spec.customClaims?.length && { custom_claims: spec.customClaims }),
    ...(lifetime !== undefined && { expiry: lifetime }),
  };
};

/** The body of an update: what differs, each list whole, and the mark (PATCH is partial). */
export const updateBody = (wish: Wish, client: UpstreamClient): Record<string, unknown> => {
  const { spec, mark, uid } = wish;
  const changed = new Set(differences(wish, client));
  const lifetime = lifetimeSeconds(wish);
  return {
    description: formatDescription(mark, uid, false, spec.description ?? client.description),
    ...(changed.has('displayName') && { name: spec.displayName }),
    ...(changed.has('scopes') && { scopes: spec.scopes }),
    ...(changed.has('audiences') && { audience: spec.audiences }),
    ...(changed.has('customClaims') && { custom_claims: spec.customClaims }),
    ...(lifetime !== undefined && lifetime !== specific(client).expiry && { expiry: lifetime }),
  };
};

/** The mark of a client that was let go: it names nobody as the owner any more, and still tells a person whose it was. */
export const releaseBody = ({ mark, uid, description }: UpstreamClient): Record<string, unknown> => ({
  ...(mark && { description: formatDescription(mark, uid, true, description) }),
});
