import * as z from 'zod';
import type { UpstreamClient } from '../provider.ts';
import { listOf, strings } from '../shapes.ts';
import { credentialsOf, parseKeySet } from './key-set.ts';
import { markIn, names, type Point } from './marking.ts';
import { secretCredentials, secretNames, shownSecret } from './secrets.ts';

/**
 * What Keycloak shows of a client: all of it, with its secrets, in the answer to a list too. These schemas take out what is
 * named here, and nothing else of an answer is ever kept.
 */
const text = z.string().nullish().catch(undefined);
const flag = z.boolean().nullish().catch(undefined);

export const attributeNames = {
  keySet: 'jwks.string',
  usesKeySet: 'use.jwks.string',
  usesKeyUrl: 'use.jwks.url',
  algorithm: 'token.endpoint.auth.signing.alg',
  lifespan: 'access.token.lifespan',
} as const;

const attributes = z.object({
  [names.mark]: text,
  [names.uid]: text,
  [names.managed]: text,
  [names.released]: text,
  [attributeNames.keySet]: text,
  [attributeNames.usesKeySet]: text,
  [attributeNames.usesKeyUrl]: text,
  [attributeNames.algorithm]: text,
  [attributeNames.lifespan]: text,
  [secretNames.since]: text,
  [secretNames.ends]: text,
  [secretNames.rotated]: shownSecret,
  [secretNames.rotatedSince]: text,
  [secretNames.rotatedEnds]: text,
});

export const AUDIENCE_MAPPER = 'oidc-audience-mapper';
const mapper = z.object({
  name: text,
  protocolMapper: text,
  config: z
    .object({
      'included.custom.audience': text,
      'included.client.audience': text,
      'access.token.claim': text,
    })
    .nullish()
    .catch(undefined),
});

export const clientWire = z.object({
  /** Of Keycloak's own; clients of others have another one than their client id. */
  id: z.string().min(1).max(255),
  clientId: z.string().min(1).max(255),
  name: text,
  description: text,
  enabled: flag,
  publicClient: flag,
  bearerOnly: flag,
  standardFlowEnabled: flag,
  implicitFlowEnabled: flag,
  directAccessGrantsEnabled: flag,
  serviceAccountsEnabled: flag,
  fullScopeAllowed: flag,
  clientAuthenticatorType: text,
  secret: shownSecret,
  defaultClientScopes: strings.nullish(),
  optionalClientScopes: strings.nullish(),
  protocolMappers: listOf(mapper).nullish(),
  attributes: attributes.nullish(),
});
export type ClientWire = z.output<typeof clientWire>;

export const clientsAnswer = listOf(z.unknown());
/** For a PUT, which replaces the list as a whole: what they hold is of others, and kept for no longer than the call. */
export const mappersAnswer = z.object({
  id: z.string(),
  clientId: z.string(),
  protocolMappers: listOf(z.record(z.string(), z.unknown())).nullish(),
});
export const scopesAnswer = listOf(
  z.object({ id: z.string().min(1), name: z.string().min(1), protocol: text }),
);
export const tokenAnswer = z.object({
  // It becomes the value of a header.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.number().nullish(),
});
/** Each field by itself: what is wrong in one of them hides nothing of the other. */
export const errorAnswer = z.object({ error: text, error_description: text, errorMessage: text });

/** What every client of the operator is; what Keycloak does where nothing is said is more. */
export const least = {
  publicClient: false,
  bearerOnly: false,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: true,
  fullScopeAllowed: false,
} as const;

export const AUTHENTICATOR = 'client-jwt';
export const SECRET_AUTHENTICATOR = 'client-secret';
export const ALGORITHM = 'ES256';

/** What carries the parts of a token that are no scope: Keycloak's own, left alone, and shown nowhere. */
const carriers: readonly string[] = ['service_account', 'basic'];
export const CARRIER = 'basic';
export const isCarrier = (scope: string): boolean => carriers.includes(scope);

/** What our `differences`, `refuse` and `identify` need to know of the present state. */
export interface KeycloakSpecific {
  /** In what it is more, or less, than `least`. */
  readonly beyond: readonly (keyof typeof least)[];
  /** How its clients log in, for a sentence; undefined: by a key set that is written down at the client. */
  readonly otherLogin: string | undefined;
  /** They log in by a secret. */
  readonly usesSecret: boolean;
  /** What is shown of its credentials are its secrets, and not the keys of a set. */
  readonly bearsSecret: boolean;
  readonly algorithm: string | undefined;
  /** Of its secrets, by their ids; never printed. */
  readonly digests: ReadonlyMap<string, string>;
  /** Undefined: it cannot be read as a key set. */
  readonly points: Readonly<Record<string, Point>> | undefined;
  /** Seconds; undefined: as the realm has it. */
  readonly lifespan: number | undefined;
  /** An audience of it is written down and switched off. */
  readonly hasSilentAudience: boolean;
  /** Those of its scopes that a token has only where it is asked for with them. */
  readonly optionalScopes: readonly string[];
}

export const specificOf = (of: UpstreamClient): KeycloakSpecific => of.specific as KeycloakSpecific;

const wordOf = (authenticator: string): string =>
  /^[a-z0-9-]{1,40}$/.test(authenticator) ? authenticator : 'another authenticator';

/** How the client logs in, where that is not by a key set that is written down at it. */
export const otherLoginOf = ({ publicClient, clientAuthenticatorType, attributes: own }: ClientWire) => {
  if (publicClient) return 'without any credential';
  if (clientAuthenticatorType !== AUTHENTICATOR)
    return `by ${wordOf(clientAuthenticatorType ?? 'client-secret')}`;
  if (own?.[attributeNames.usesKeyUrl] === 'true') return 'by keys at a URL';
  return own?.[attributeNames.usesKeySet] === 'true' ? undefined : 'by a certificate';
};

/** A client of ours has a set of keys from its creation on, or never one. */
export const bearsSecret = ({ attributes: own }: ClientWire): boolean =>
  !own?.[attributeNames.keySet] && own?.[attributeNames.usesKeySet] !== 'true';

/** Where a mapper names a client, that is what stands in tokens: Keycloak looks at the other one only without it. */
export const audienceOf = ({ protocolMapper, config }: z.output<typeof mapper>): string | undefined =>
  protocolMapper === AUDIENCE_MAPPER
    ? config?.['included.client.audience'] || config?.['included.custom.audience'] || undefined
    : undefined;

/** Else what it gives is in no access token. */
export const isInTokens = ({ config }: z.output<typeof mapper>): boolean =>
  config?.['access.token.claim'] === 'true';

const lifespanOf = (shown: string | null | undefined): number | undefined => {
  const seconds = Number(shown || Number.NaN);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : undefined;
};

export const project = (wire: ClientWire): UpstreamClient => {
  const own: Partial<z.output<typeof attributes>> = wire.attributes ?? {};
  const released = markIn(own[names.released]) !== undefined;
  const mark = released ? undefined : markIn(own[names.mark]);
  const entries = parseKeySet(own[attributeNames.keySet]);
  const uid = own[names.uid] || undefined;
  const hasSecret = bearsSecret(wire);
  const specific: KeycloakSpecific = {
    beyond: (Object.keys(least) as (keyof typeof least)[]).filter(
      (name) => (wire[name] ?? false) !== least[name],
    ),
    otherLogin: otherLoginOf(wire),
    usesSecret:
      !wire.publicClient && (wire.clientAuthenticatorType ?? SECRET_AUTHENTICATOR) === SECRET_AUTHENTICATOR,
    bearsSecret: hasSecret,
    algorithm: own[attributeNames.algorithm] || undefined,
    digests: new Map(
      [own[secretNames.rotated], wire.secret].flatMap((shown) => (shown ? [[shown.id, shown.digest]] : [])),
    ),
    points: entries && Object.fromEntries(entries.flatMap(({ id, point }) => (point ? [[id, point]] : []))),
    lifespan: lifespanOf(own[attributeNames.lifespan]),
    hasSilentAudience: (wire.protocolMappers ?? []).some(
      (one) => audienceOf(one) !== undefined && !isInTokens(one),
    ),
    optionalScopes: wire.optionalClientScopes ?? [],
  };
  const scopes = [...(wire.defaultClientScopes ?? []), ...(wire.optionalClientScopes ?? [])];
  return {
    id: wire.clientId,
    mark,
    released,
    ...(mark && uid !== undefined && { uid }),
    displayName: wire.name ?? '',
    description: wire.description ?? '',
    scopes: scopes.filter((scope) => !isCarrier(scope)),
    audiences: (wire.protocolMappers ?? []).flatMap((one) => audienceOf(one) ?? []),
    active: wire.enabled ?? true,
    credentials: hasSecret
      ? secretCredentials({ secret: wire.secret, rotated: own[secretNames.rotated], times: own }, mark)
      : credentialsOf(entries ?? [], mark),
    specific,
  };
};
