import { expect } from 'vitest';
import type { Request } from '../wire/behaviour.ts';
import { MANAGED } from './realm.ts';

/** What an administrator of the realm does. */
export type KeycloakAct = 'bind' | 'bind for seconds' | 'unbind' | 'let secrets expire';

export const ADMIN = '/admin/realms/$realm';
export const CLIENTS = `${ADMIN}/clients`;
export const ONE = `${CLIENTS}/id-$own-one`;
export const TOKEN = '/realms/$realm/protocol/openid-connect/token';
export const text = expect.any(String) as unknown;
/** Seconds since the epoch, as Keycloak writes them. */
export const aTime = expect.stringMatching(/^\d{10}$/) as unknown;

/** The least that a client of ours needs; two defaults would give it more. */
export const least = {
  publicClient: false,
  standardFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: true,
  fullScopeAllowed: false,
} as const;

export const body = (name: string, more: object = {}): object => ({
  id: `id-$own-${name}`,
  clientId: `$own-${name}`,
  secret: `first-secret-of-${name}`,
  ...least,
  ...more,
});

export const creation = (name: string, more: object = {}): Request => ({
  ask: `POST ${CLIENTS}`,
  send: body(name, more),
  answer: 201,
});

/** Made so that the policy finds it. */
export const managed = { attributes: { [MANAGED.key]: MANAGED.value } } as const;

export const login = (secret: string, clientId = '$own-one'): Omit<Request, 'answer'> => ({
  ask: `POST ${TOKEN}`,
  as: 'nobody',
  form: { grant_type: 'client_credentials', client_id: clientId, client_secret: secret },
});

export const works = (secret: string, clientId?: string): Request => ({
  ...login(secret, clientId),
  answer: 200,
});

export const refusal = (error: string) => ({
  answer: 401,
  is: { error, error_description: 'Invalid client or Invalid client credentials' },
});

/** The answer to a bad secret is `unauthorized_client`; to whom nobody knows, `invalid_client`. */
export const dead = (secret: string, clientId?: string): Request => ({
  ...login(secret, clientId),
  ...refusal('unauthorized_client'),
});
