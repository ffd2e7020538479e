import { parseDuration } from '../../api/durations.ts';
import type { EntryField } from '../../api/schema/machine-client-secret.ts';
import type { Entries, Powers, Refusal, UpstreamClient, Wish } from '../provider.ts';
import { hash } from 'node:crypto';
import { markAttributes, names, releasedAttributes } from './marking.ts';
import {
  ALGORITHM,
  attributeNames,
  AUDIENCE_MAPPER,
  AUTHENTICATOR,
  audienceOf,
  CARRIER,
  isCarrier,
  isInTokens,
  least,
  SECRET_AUTHENTICATOR,
  specificOf,
} from './wire.ts';
import { formatKeySet } from './key-set.ts';

const unsupported = (message: string): Refusal => ({ reason: 'FieldNotSupported', message });

const isKeyPair = ({ spec }: Wish): boolean => spec.credential.type === 'KeyPair';

/** What a key pair has not, and what a client secret has not. */
const ofOthers = {
  KeyPair: ['ClientSecret', 'AccessKey', 'RoleID', 'ExpiryTime'],
  ClientSecret: ['PrivateKey', 'KeyID', 'AccessKey', 'RoleID', 'ExpiryTime'],
} as const satisfies Readonly<Record<string, readonly EntryField[]>>;

const entriesUnfit = ({ spec }: Wish): Refusal | undefined => {
  const entries = spec.secret.entries ?? [];
  const { type } = spec.credential;
  const others: readonly EntryField[] = ofOthers[type];
  const foreign = entries.findIndex(({ field }) => others.includes(field));
  if (foreign >= 0)
    return unsupported(
      `spec.secret.entries[${foreign}].field ${entries[foreign]?.field} means nothing to Keycloak with spec.credential.type ${type}; remove it`,
    );
  const fields = new Set(entries.map(({ field }) => field));
  return fields.has('KeyID') && !fields.has('PrivateKey')
    ? unsupported(
        'spec.secret.entries has KeyID and no PrivateKey: the id of a key alone opens nothing; add PrivateKey',
      )
    : undefined;
};

/** The columns of Keycloak's database: what does not fit there is an error of the server, which says nothing. */
export const LONGEST_TEXT = 255;

const textUnfit = ({ spec }: Wish): Refusal | undefined => {
  for (const field of ['displayName', 'description', 'clientId'] as const) {
    const length = spec[field]?.length ?? 0;
    if (length > LONGEST_TEXT)
      return unsupported(`spec.${field} has ${length} characters; Keycloak bears ${LONGEST_TEXT}`);
  }
  return undefined;
};

/** Whether they are there is not managed: what is asked for would never be found. */
const scopesUnfit = ({ spec }: Wish): Refusal | undefined => {
  const carrier = spec.scopes?.find(isCarrier);
  return carrier === undefined
    ? undefined
    : unsupported(`spec.scopes names ${carrier}, which every client of Keycloak has anyway; remove it`);
};

/** Seconds; undefined: the field is left out. */
const lifetimeSeconds = ({ spec }: Wish): number | undefined =>
  spec.accessTokenLifetime === undefined ? undefined : parseDuration(spec.accessTokenLifetime) / 1000;

const lifetimeUnfit = (wish: Wish): Refusal | undefined => {
  const seconds = lifetimeSeconds(wish);
  return seconds === undefined || (Number.isInteger(seconds) && seconds > 0)
    ? undefined
    : unsupported(
        'spec.accessTokenLifetime must be whole seconds, and at least one: Keycloak counts in seconds',
      );
};

/** What only one of the two kinds of credentials can be. */
const typeUnfit = ({ spec }: Wish): Refusal | undefined => {
  const { credential, rotation, managementPolicy } = spec;
  if (credential.type === 'KeyPair')
    return rotation.method === 'Replace'
      ? unsupported(
          'spec.rotation.method Replace means nothing to Keycloak with spec.credential.type KeyPair: keys always overlap; remove it',
        )
      : undefined;
  return managementPolicy === 'CredentialsOnly'
    ? unsupported(
        'spec.managementPolicy CredentialsOnly cannot be had at Keycloak with spec.credential.type ClientSecret: a client has one secret, which is that of its owner; set the type to KeyPair',
      )
    : undefined;
};

/** Of a client that somebody else has made: it is taken as it is, or not at all. */
const secretUnfit = (client: UpstreamClient): Refusal | undefined => {
  const { usesSecret, bearsSecret } = specificOf(client);
  return usesSecret && bearsSecret
    ? undefined
    : unsupported(
        `the client ${client.id} does not log in by a secret; let the operator make a client of its own, or set spec.credential.type to KeyPair`,
      );
};

const clientUnfit = (wish: Wish, client: UpstreamClient | undefined): Refusal | undefined => {
  if (!client) return undefined;
  const { spec } = wish;
  const { otherLogin, algorithm, points, beyond, bearsSecret } = specificOf(client);
  const { id } = client;
  if (client.mark)
    return bearsSecret === isKeyPair(wish)
      ? unsupported(
          `the client ${id} has ${bearsSecret ? 'a secret' : 'keys'}: spec.credential.type of a client of Keycloak cannot be changed; set it back, and make another MachineClient`,
        )
      : undefined;
  if (!isKeyPair(wish)) {
    const unfit = secretUnfit(client);
    if (unfit) return unfit;
  } else if (otherLogin !== undefined)
    return unsupported(
      `the client ${id} logs in ${otherLogin}, and the operator makes keys: set its authenticator to Signed JWT, with a JWKS that is written down at the client, or let the operator make a client of its own`,
    );
  else if (algorithm !== undefined && algorithm !== ALGORITHM)
    return unsupported(
      `the client ${id} takes assertions of another algorithm than ${ALGORITHM} alone; change that at Keycloak`,
    );
  else if (points === undefined)
    return unsupported(`the JWKS of the client ${id} cannot be read; put it right at Keycloak`);
  const unfit = spec.managementPolicy === 'Manage' ? beyond : [];
  const all = unfit.length > 0 ? unfit : beyond.filter((name) => name === 'serviceAccountsEnabled');
  return all.length > 0
    ? unsupported(
        `the client ${id} is not one for machines alone: ${all.map((name) => `${name} must be ${least[name]}`).join(', ')}; change that at Keycloak`,
      )
    : undefined;
};

export const refuse = (wish: Wish, client?: UpstreamClient): Refusal | undefined =>
  typeUnfit(wish) ??
  entriesUnfit(wish) ??
  textUnfit(wish) ??
  scopesUnfit(wish) ??
  lifetimeUnfit(wish) ??
  clientUnfit(wish, client);

/** Opted in, and said: who reads slowly is refused meanwhile. */
export const caveat = ({ spec }: Wish): string | undefined =>
  spec.rotation.method === 'Replace'
    ? 'where no rotation policy binds the client, a rotation replaces its secret, and programs that hold the old one are refused until they read the new one (spec.rotation.method: Replace)'
    : undefined;

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  new Set(a).size === new Set(b).size && new Set([...a, ...b]).size === new Set(a).size;

/** All that a PUT writes. */
export const differencesBesideScopes = (wish: Wish, client: UpstreamClient): readonly string[] => {
  const { spec, mark } = wish;
  const { beyond, otherLogin, usesSecret, bearsSecret, algorithm, lifespan, hasSilentAudience } =
    specificOf(client);
  const found: string[] = [];
  if (spec.displayName !== undefined && spec.displayName !== client.displayName) found.push('displayName');
  if (spec.description !== undefined && spec.description !== client.description) found.push('description');
  if (spec.audiences !== undefined && (hasSilentAudience || !sameSet(spec.audiences, client.audiences)))
    found.push('audiences');
  const lifetime = lifetimeSeconds(wish);
  if (lifetime !== undefined && lifetime !== lifespan) found.push('accessTokenLifetime');
  if ((spec.state === 'Active') !== client.active) found.push('state');
  const isFit = isKeyPair(wish)
    ? otherLogin === undefined && algorithm === ALGORITHM
    : usesSecret && bearsSecret;
  if (!isFit) found.push('credential.type');
  if (beyond.length > 0) found.push('the flows');
  if (client.mark?.full !== mark.full) found.push('mark');
  return found;
};

export const scopesDiffer = ({ spec: { scopes: wanted } }: Wish, client: UpstreamClient): boolean =>
  wanted !== undefined &&
  (!sameSet(wanted, client.scopes) ||
    wanted.some((scope) => specificOf(client).optionalScopes.includes(scope)));

export const differences = (wish: Wish, client: UpstreamClient): readonly string[] => [
  ...differencesBesideScopes(wish, client),
  ...(scopesDiffer(wish, client) ? ['scopes'] : []),
];

export const powers = (client: UpstreamClient): Powers => {
  const { lifespan } = specificOf(client);
  return { accessTokenLifetimeMs: lifespan === undefined ? undefined : lifespan * 1000 };
};

const OURS = 'machine-client.dev/audience/';
/** One for each audience. */
const nameOf = (audience: string): string => `${OURS}${hash('sha256', audience, 'hex').slice(0, 24)}`;
const audienceMapper = (audience: string) => ({
  name: nameOf(audience),
  protocol: 'openid-connect',
  protocolMapper: AUDIENCE_MAPPER,
  config: {
    'included.custom.audience': audience,
    'access.token.claim': 'true',
    'id.token.claim': 'false',
    'introspection.token.claim': 'true',
  },
});

type Mapper = Readonly<Record<string, unknown>>;

/** All mappers as they should be, where the spec manages audiences: those of another kind stay as they are. */
const wantedMappers = (audiences: readonly string[], present: readonly Mapper[]): readonly Mapper[] => {
  const shown = (mapper: Mapper): string | undefined => audienceOf(mapper);
  const kept = present.filter((mapper) => {
    if (mapper.protocolMapper !== AUDIENCE_MAPPER) return true;
    const { name } = mapper;
    const audience = shown(mapper);
    if (audience === undefined || !audiences.includes(audience) || !isInTokens(mapper)) return false;
    // Under a name of ours that is of another audience it would stand in the way of that one: Keycloak takes no name twice.
    return typeof name !== 'string' || !name.startsWith(OURS) || name === nameOf(audience);
  });
  const there = new Set(kept.map(shown));
  return [...kept, ...audiences.filter((audience) => !there.has(audience)).map(audienceMapper)];
};

const managed = (wish: Wish): Readonly<Record<string, unknown>> => {
  const { spec, mark, uid } = wish;
  const lifetime = lifetimeSeconds(wish);
  return {
    ...(spec.description !== undefined && { description: spec.description }),
    enabled: spec.state === 'Active',
    ...least,
    clientAuthenticatorType: isKeyPair(wish) ? AUTHENTICATOR : SECRET_AUTHENTICATOR,
    // Also where there is nothing to say in them: without any, the server fails where the secret of the client has ended.
    attributes: {
      ...markAttributes(mark, uid),
      ...(isKeyPair(wish) && {
        [attributeNames.usesKeySet]: 'true',
        [attributeNames.usesKeyUrl]: 'false',
        [attributeNames.algorithm]: ALGORITHM,
      }),
      ...(lifetime !== undefined && { [attributeNames.lifespan]: String(lifetime) }),
    },
  };
};

/**
 * The body of a creation. The name is sent even where it is not managed: a nameless client helps nobody. `secret`: its part of
 * the body, where it logs in by one.
 */
export const createBody = (
  wish: Wish,
  id: string,
  secret: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> => {
  const { spec, mark } = wish;
  const body = managed(wish);
  return {
    ...body,
    clientId: id,
    protocol: 'openid-connect',
    name: spec.displayName ?? mark.name,
    ...(secret ?? {
      attributes: { ...(body.attributes as object), [attributeNames.keySet]: formatKeySet([]) },
    }),
    // Left out, a client gets what the realm has for all.
    defaultClientScopes: [CARRIER, ...(spec.scopes ?? [])],
    optionalClientScopes: [],
    protocolMappers: wantedMappers(spec.audiences ?? [], []),
  };
};

/** Keycloak keeps what a PUT leaves out, but for a part of it where there are no attributes at all. `mappers`: of the client now. */
export const updateBody = (wish: Wish, mappers: readonly Mapper[]): Readonly<Record<string, unknown>> => {
  const { displayName, audiences } = wish.spec;
  return {
    ...managed(wish),
    ...(displayName !== undefined && { name: displayName }),
    ...(audiences && { protocolMappers: wantedMappers(audiences, mappers) }),
  };
};

/** The mark of a client that was let go: it names nobody as the owner any more, and still tells a person whose it was. */
export const releaseBody = ({ mark }: UpstreamClient): Readonly<Record<string, unknown>> => ({
  attributes: mark ? releasedAttributes(mark) : { [names.managed]: '' },
});

const around: readonly [Entries, Entries] = [
  [{ key: 'client-id', field: 'ClientID' }],
  [
    { key: 'token-url', field: 'TokenURL' },
    { key: 'issuer', field: 'Issuer' },
  ],
];
const entriesFor = {
  KeyPair: [
    { key: 'private-key', field: 'PrivateKey' },
    { key: 'key-id', field: 'KeyID' },
  ],
  ClientSecret: [{ key: 'client-secret', field: 'ClientSecret' }],
} as const satisfies Readonly<Record<string, Entries>>;
const [first, last] = around;
export const defaultEntries = ({ credential: { type } }: Wish['spec']): Entries => [
  ...first,
  ...entriesFor[type],
  ...last,
];
