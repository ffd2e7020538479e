import type { Actor, ClientFields, IssuedSecret, ScalekitAccount, ScalekitClient } from './account.ts';
import { credentialsOf, type ScalekitCredentials } from './console.ts';

/** A client as tests see it: all of it, with the values of its secrets. */
export interface ScalekitClientState extends ClientFields {
  readonly clientId: string;
  readonly organizationId: string;
  readonly createdAt: number;
  readonly createdBy: Actor;
  /** The oldest first. */
  readonly secrets: readonly {
    readonly id: string;
    readonly value: string;
    readonly by: Actor;
    readonly createdAt: number;
    readonly status: 'ACTIVE' | 'INACTIVE';
    readonly expiresAt: number | null;
    readonly lastUsedAt: number | null;
  }[];
}

export interface ScalekitState {
  readonly credentials: ScalekitCredentials;
  readonly organizations: readonly string[];
  /** Of all organizations, in the order of creation. */
  readonly clients: readonly ScalekitClientState[];
}

const clientState = (client: ScalekitClient): ScalekitClientState => ({
  clientId: client.clientId,
  organizationId: client.organizationId,
  ...structuredClone(client.fields),
  createdAt: client.createdAt,
  createdBy: client.createdBy,
  secrets: client.secrets.map(({ id, issued, status, expiresAt, lastUsedAt }) => ({
    id,
    value: issued.value,
    by: issued.by,
    createdAt: issued.issuedAt,
    status,
    expiresAt,
    lastUsedAt,
  })),
});

export const stateOf = (account: ScalekitAccount): ScalekitState => ({
  credentials: credentialsOf(account),
  organizations: [...account.organizations],
  clients: [...account.allClients()].map(clientState),
});

export const secretsOf = (account: ScalekitAccount): IssuedSecret[] =>
  account.issued.map((secret) => ({ ...secret }));
