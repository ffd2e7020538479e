import type {
  Actor,
  AuthressAccount,
  AuthressClient,
  AuthressKey,
  ClientFields,
  IssuedSecret,
} from './account.ts';

/** A key as tests see it. */
export interface AuthressKeyState {
  readonly keyId: string;
  readonly publicKey: string;
  /** Null where the caller brought the public half. */
  readonly accessKey: string | null;
  readonly clientSecret: string | null;
  readonly by: Actor;
  readonly generatedAt: number;
}

/** A client as tests see it: all of it, with the secrets of its keys. */
export interface AuthressClientState extends Readonly<ClientFields> {
  readonly clientId: string;
  /** The oldest first. */
  readonly keys: readonly AuthressKeyState[];
  readonly createdAt: number;
  readonly createdBy: Actor;
}

export interface AuthressState {
  readonly credentials: { readonly accessKey: string };
  readonly accountId: string;
  /** In the order of creation, without the one that manages the others. */
  readonly clients: readonly AuthressClientState[];
}

const keyState = ({ keyId, publicKey, accessKey, clientSecret, by, generatedAt }: AuthressKey) => ({
  keyId,
  publicKey,
  accessKey: accessKey?.value ?? null,
  clientSecret: clientSecret?.value ?? null,
  by,
  generatedAt,
});

const clientState = (client: AuthressClient): AuthressClientState => ({
  clientId: client.clientId,
  name: client.name,
  options: { ...client.options },
  rateLimits: structuredClone(client.rateLimits),
  tags: { ...client.tags },
  keys: client.keys.map(keyState),
  createdAt: client.createdAt,
  createdBy: client.createdBy,
});

export const stateOf = (account: AuthressAccount): AuthressState => ({
  credentials: { accessKey: account.managementKey },
  accountId: account.accountId,
  clients: account.managed().map(clientState),
});

export const secretsOf = (account: AuthressAccount): IssuedSecret[] =>
  account.issued.map((secret) => ({ ...secret }));
