import {
  type Actor,
  type IssuedSecret,
  type KeycloakAccount,
  type KeycloakClient,
  keysIn,
} from './account.ts';
import { credentialsOf } from './console.ts';
import { NAMES } from './policy.ts';

/** A key of a client's set as tests see it. */
export interface KeycloakKeyState {
  readonly keyId: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly by: Actor;
  readonly createdAt: number;
}

/** A client as tests see it: all of it, with the keys of its set. */
export interface KeycloakClientState {
  readonly clientId: string;
  readonly id: string;
  readonly createdBy: Actor;
  readonly createdAt: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly defaultScopes: readonly string[];
  readonly optionalScopes: readonly string[];
  readonly audiences: readonly string[];
  readonly mappers: readonly Readonly<Record<string, unknown>>[];
  /** In the order of the set. */
  readonly keys: readonly KeycloakKeyState[];
}

export interface KeycloakState {
  readonly credentials: ReturnType<typeof credentialsOf>;
  /** In the order of client ids. */
  readonly clients: readonly KeycloakClientState[];
}

const clientState = (client: KeycloakClient): KeycloakClientState => {
  const { secret: _, rotated: __, keysSince, ...shown } = client;
  return structuredClone({
    ...shown,
    attributes: Object.fromEntries(
      Object.entries(shown.attributes).filter(([name]) => name !== NAMES.rotated),
    ),
    audiences: shown.mappers.flatMap(({ config }) => {
      const { 'included.custom.audience': audience } = (config ?? {}) as Readonly<Record<string, string>>;
      return audience ? [audience] : [];
    }),
    keys: keysIn(shown.attributes['jwks.string']).map((jwk) => ({
      keyId: jwk.kid,
      jwk,
      by: keysSince.get(jwk.kid)?.by ?? 'console',
      createdAt: keysSince.get(jwk.kid)?.at ?? shown.createdAt,
    })),
  });
};

export const stateOf = (account: KeycloakAccount): KeycloakState => ({
  credentials: credentialsOf(account),
  clients: account.clients().map(clientState),
});

export const secretsOf = (account: KeycloakAccount): IssuedSecret[] =>
  account.issued.map((secret) => ({ ...secret }));
