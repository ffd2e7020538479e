import type { Actor, IssuedSecret, RoleFields, VaultAccount, VaultRole, VaultSecretId } from './account.ts';
import { credentialsOf } from './console.ts';

/** A secret id as tests see it. */
export interface VaultSecretIdState {
  readonly accessor: string;
  readonly secretId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly by: Actor;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** A role as tests see it: all of it, with its secret ids. */
export interface VaultRoleState extends Readonly<RoleFields> {
  readonly clientId: string;
  readonly roleId: string;
  readonly createdBy: Actor;
  readonly createdAt: number;
  /** The oldest first. */
  readonly secretIds: readonly VaultSecretIdState[];
}

export interface VaultState {
  readonly credentials: ReturnType<typeof credentialsOf>;
  /** In the order of creation. */
  readonly clients: readonly VaultRoleState[];
  /** Of roles: how many tokens of logins are good now. */
  readonly tokens: number;
}

const secretIdState = ({ accessor, secret, metadata, createdAt, expiresAt }: VaultSecretId) => ({
  accessor,
  secretId: secret.value,
  metadata: { ...metadata },
  by: secret.by,
  createdAt,
  expiresAt,
});

const roleState = (account: VaultAccount, role: VaultRole): VaultRoleState => {
  const { name, secretIds: _, ...fields } = role;
  return structuredClone({
    ...fields,
    clientId: name,
    secretIds: account.alive(role).map(secretIdState),
  });
};

export const stateOf = (account: VaultAccount): VaultState => ({
  credentials: credentialsOf(account),
  clients: account.roles().map((role) => roleState(account, role)),
  tokens: account.tokensOfRoles().length,
});

export const secretsOf = (account: VaultAccount): IssuedSecret[] =>
  account.issued.map((secret) => ({ ...secret }));
