import type { IncomingHttpHeaders } from 'node:http';
import type { AuthressAccount, AuthressClient } from './account.ts';
import { AuthressFailure } from './errors.ts';
import { parseJwt, publicHalf } from './key-pair.ts';

/**
 * Which client asks. Three forms are taken: an access key as it is, a token that a key has signed, and, where a
 * gateway has logged in for the caller, none.
 */
export const authenticate = (
  account: AuthressAccount,
  call: { readonly headers: IncomingHttpHeaders; readonly vouchedFor: boolean },
  baseUrl: string,
): AuthressClient => {
  if (call.vouchedFor) return account.management;
  const token = /^Bearer +(\S+)$/i.exec(call.headers.authorization ?? '')?.[1];
  const client = token === undefined ? undefined : ownerOf(account, token, baseUrl);
  if (client === undefined) throw new AuthressFailure('Unauthorized');
  return client;
};

const ownerOf = (account: AuthressAccount, token: string, baseUrl: string): AuthressClient | undefined =>
  token.split('.').length === 4 ? ownerOfKey(account, token) : ownerOfJwt(account, token, baseUrl);

const ownerOfKey = (account: AuthressAccount, accessKey: string): AuthressClient | undefined => {
  const [clientId = '', keyId, accountId, privateKey = ''] = accessKey.split('.');
  const client = account.findClient(clientId);
  const key = client && account.workingKeys(client).find((candidate) => candidate.keyId === keyId);
  if (key === undefined || accountId !== account.accountId) return undefined;
  try {
    return publicHalf(privateKey) === key.publicKey ? client : undefined;
  } catch {
    return undefined;
  }
};

/** `client_id`, `typ` and `scope` are not asked for: not every official SDK sends them. */
const ownerOfJwt = (account: AuthressAccount, token: string, baseUrl: string): AuthressClient | undefined => {
  const jwt = parseJwt(token);
  if (jwt?.header.alg !== 'EdDSA') return undefined;
  const { sub, iss, aud, exp } = jwt.claims;
  const client = typeof sub === 'string' ? account.findClient(sub) : undefined;
  if (client === undefined) return undefined;
  const key = account.workingKeys(client).find(({ keyId }) => keyId === jwt.header.kid);
  const isOurs =
    [baseUrl, ...account.switches.domains].some(
      (domain) => iss === `${domain}/v1/clients/${encodeURIComponent(client.clientId)}`,
    ) && aud === `${account.accountId}.accounts.authress.io`;
  const isAlive = typeof exp === 'number' && exp * 1000 > account.clock.now();
  return key !== undefined && isOurs && isAlive && jwt.isSignedBy(key.publicKey) ? client : undefined;
};

type Right = 'read-one' | 'list' | 'write';

/** Throws unless the caller may do this. A client that does not manage the account has no permissions at all. */
export const authorize = (
  account: AuthressAccount,
  caller: AuthressClient,
  right: Right,
  clientId: string | undefined,
): void => {
  const { accountMode, blindList, blindWrites, ownClientRead } = account.switches;
  if (caller === account.management) {
    if (accountMode === 'unauthorized') throw new AuthressFailure('Unauthorized');
    if (accountMode === 'forbidden') throw new AuthressFailure('Forbidden');
    if (accountMode === 'normal') return;
    if (right === 'read-one') throw new AuthressFailure('NotFound');
    if (right === 'write') throw new AuthressFailure(blindWrites === 'forbidden' ? 'Forbidden' : 'NotFound');
    if (blindList === 'forbidden') throw new AuthressFailure('Forbidden');
    return;
  }
  if (right !== 'read-one') throw new AuthressFailure('Forbidden');
  if (clientId !== caller.clientId || ownClientRead === 'not-found') throw new AuthressFailure('NotFound');
  if (ownClientRead === 'forbidden') throw new AuthressFailure('Forbidden');
};
