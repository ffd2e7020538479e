import type { Call, Reply } from '../provider.ts';
import type { TokenKey } from '../signing-key.ts';
import type { StytchAccount, StytchClient } from './account.ts';
import { basicCredentials } from './credentials.ts';
import { tokenError } from './errors.ts';
import type { StytchSwitches } from './switches.ts';

const LIFETIME_SECONDS = 3600;

/** A token request's parameters, from a form or JSON. */
const parameter = (call: Call, name: string): string | undefined => {
  if (call.body.kind === 'form') return call.body.value.get(name) ?? undefined;
  if (call.body.kind !== 'json' || typeof call.body.value !== 'object') return undefined;
  const value = (call.body.value as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : undefined;
};

/** The client that asks: by HTTP Basic, or by the body. */
const presented = (call: Call): { clientId: string | undefined; secret: string | undefined } => {
  const basic = basicCredentials(call.headers);
  if (basic !== undefined) return { clientId: basic.user, secret: basic.password };
  return { clientId: parameter(call, 'client_id'), secret: parameter(call, 'client_secret') };
};

export const tokenSubject = (call: Call): string | undefined => presented(call).clientId;

type TokenFault = keyof StytchSwitches['tokenError'];

/** The answer of the token endpoint. */
export const answerTokenRequest = async (
  account: StytchAccount,
  key: TokenKey,
  call: Call,
): Promise<Reply> => {
  const requestId = account.requestId();
  const granted = grant(account, call);
  if (typeof granted === 'string') {
    const { status, error } = account.switches.tokenError[granted];
    return tokenError(status, error, requestId);
  }
  const now = Math.floor(account.clock.now() / 1000);
  const accessToken = await key.sign({
    sub: granted.client.clientId,
    iss: `stytch.com/${account.project.id}`,
    aud: [account.project.id],
    scope: granted.scopes.join(' '),
    iat: now,
    nbf: now,
    exp: now + LIFETIME_SECONDS,
  });
  return {
    status: 200,
    requestId,
    body: {
      status_code: 200,
      request_id: requestId,
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: LIFETIME_SECONDS,
    },
  };
};

const grant = (
  account: StytchAccount,
  call: Call,
): TokenFault | { readonly client: StytchClient; readonly scopes: readonly string[] } => {
  const grantType = parameter(call, 'grant_type');
  const { clientId, secret } = presented(call);
  if (grantType === undefined || clientId === undefined || secret === undefined) return 'missingParameter';
  if (grantType !== 'client_credentials') return 'unknownGrant';
  const isOurProject = call.params.project_id === account.project.id;
  const client = isOurProject ? account.findClient(clientId) : undefined;
  if (client === undefined) return 'unknownClient';
  if (secret !== client.current.value && secret !== client.next?.value) return 'wrongSecret';
  if (client.status === 'inactive') return 'inactiveClient';

  const asked = parameter(call, 'scope')?.split(' ').filter(Boolean) ?? [];
  if (asked.length === 0) return { client, scopes: client.scopes };
  const scopes = asked.filter((scope) => client.scopes.includes(scope));
  const isRefused = scopes.length < asked.length && account.switches.tokenUnassignedScope === 'refuse';
  return isRefused ? 'unassignedScope' : { client, scopes };
};
