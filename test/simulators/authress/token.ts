import type { Call } from '../provider.ts';
import type { AuthressAccount } from './account.ts';
import { AuthressFailure } from './errors.ts';
import { signJwt } from './key-pair.ts';

const LIFETIME_SECONDS = 86_400;

/** Only JSON: that the service takes forms or HTTP Basic is not documented. */
const parameter = (call: Call, name: string): string | undefined => {
  if (call.body.kind !== 'json' || typeof call.body.value !== 'object') return undefined;
  const value = (call.body.value as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : undefined;
};

export const tokenSubject = (call: Call): string | undefined => parameter(call, 'client_id');

/** The body of the token endpoint's answer. */
export const grantToken = (
  account: AuthressAccount,
  call: Call,
  baseUrl: string,
): Record<string, unknown> => {
  const clientId = parameter(call, 'client_id');
  const secret = parameter(call, 'client_secret');
  const grantType = parameter(call, 'grant_type') ?? 'client_credentials';
  if (!clientId || !secret || grantType !== 'client_credentials') throw new AuthressFailure('InvalidRequest');
  const client = account.findClient(clientId);
  const works = client && account.workingKeys(client).some((key) => key.clientSecret?.value === secret);
  if (!works) throw new AuthressFailure('Unauthorized');
  const now = Math.floor(account.clock.now() / 1000);
  const claims = { iss: baseUrl, sub: clientId, client_id: clientId, iat: now, exp: now + LIFETIME_SECONDS };
  return { access_token: signJwt(account.tokenKey.privateKey, 'account', claims) };
};
