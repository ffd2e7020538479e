import type { Actor, IssuedSecret, StytchAccount, StytchClient } from './account.ts';
import { credentialsOf } from './console.ts';

/** A client as tests see it: all of it, with the secrets that work at present. */
export interface StytchClientState {
  readonly clientId: string;
  readonly name: string;
  readonly description: string;
  readonly status: 'active' | 'inactive';
  readonly scopes: readonly string[];
  readonly trustedMetadata: Readonly<Record<string, unknown>>;
  readonly secret: string;
  /** Null unless a rotation is open. */
  readonly nextSecret: string | null;
  /** Who started the open rotation. */
  readonly nextBy: Actor | null;
  readonly createdAt: number;
  readonly createdBy: Actor;
}

export interface StytchState {
  readonly credentials: { readonly projectId: string; readonly secret: string };
  /** In the order of creation. */
  readonly clients: readonly StytchClientState[];
}

const clientState = (client: StytchClient): StytchClientState => ({
  clientId: client.clientId,
  name: client.name,
  description: client.description,
  status: client.status,
  scopes: [...client.scopes],
  trustedMetadata: structuredClone(client.trustedMetadata),
  secret: client.current.value,
  nextSecret: client.next?.value ?? null,
  nextBy: client.next?.by ?? null,
  createdAt: client.createdAt,
  createdBy: client.createdBy,
});

export const stateOf = (account: StytchAccount): StytchState => ({
  credentials: credentialsOf(account),
  clients: [...account.allClients()].map(clientState),
});

export const secretsOf = (account: StytchAccount): IssuedSecret[] =>
  account.issued.map((secret) => ({ ...secret }));
