import type { Call } from '../provider.ts';
import type { VaultAccount, VaultToken } from './account.ts';
import { VaultFailure } from './errors.ts';

/** What a path needs: a right on roles, on their secret ids, or none but a token. */
export type Right = 'roles' | 'secret-ids' | 'own';

const header = (call: Call, name: string): string | undefined => {
  const value = call.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** The token of a call: its own header, or else a bearer. */
export const tokenOf = (account: VaultAccount, call: Call): VaultToken | undefined => {
  const value =
    header(call, 'x-vault-token') ?? /^Bearer +(\S+)$/i.exec(header(call, 'authorization') ?? '')?.[1];
  if (value === undefined || value === '') return undefined;
  const token = account.token(value);
  if (token === undefined) throw new VaultFailure('invalid_token');
  return token;
};

/** A mount is known in its namespace alone. */
export const inNamespace = (call: Call, namespace: string): boolean =>
  (header(call, 'x-vault-namespace') ?? '').replace(/^\/+|\/+$/g, '') === namespace;

/** Throws unless the caller may do this. A token that is none and a right that is not there are 403 alike. */
export const authorize = (account: VaultAccount, call: Call, right: Right): void => {
  // A gateway that has logged in for the caller has a token of its own.
  const token = call.vouchedFor ? undefined : tokenOf(account, call);
  if (!call.vouchedFor && token === undefined) throw new VaultFailure('permission_denied');
  if (token !== undefined && !token.isManagement) throw new VaultFailure('permission_denied');
  const { rights } = account.switches;
  if (rights === 'none' || (rights === 'secret-ids' && right === 'roles'))
    throw new VaultFailure('permission_denied');
};
