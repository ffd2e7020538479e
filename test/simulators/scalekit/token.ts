import type { IncomingHttpHeaders } from 'node:http';
import type { Call, Reply } from '../provider.ts';
import type { TokenKey } from '../signing-key.ts';
import type { ScalekitAccount, ScalekitClient, ScalekitSecret } from './account.ts';
import { oauthError, rowOf, statusError } from './errors.ts';
import type { ScalekitSwitches } from './switches.ts';

/** Of the public host, which the simulator is not: what `iss` says. */
const ISSUER = 'https://example.scalekit.dev';

interface Presented {
  readonly clientId: string | undefined;
  readonly secret: string | undefined;
}

const basicOf = (headers: IncomingHttpHeaders): Presented | undefined => {
  const encoded = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { clientId: text.slice(0, colon), secret: text.slice(colon + 1) };
};

const parameter = (call: Call, name: string): string | undefined =>
  call.body.kind === 'form' ? (call.body.value.get(name) ?? undefined) : undefined;

/** By the form, or by HTTP Basic where that is taken. */
const presented = (call: Call, basicAuth: 'accept' | 'refuse'): Presented => {
  const basic = basicAuth === 'accept' ? basicOf(call.headers) : undefined;
  return basic ?? { clientId: parameter(call, 'client_id'), secret: parameter(call, 'client_secret') };
};

export const tokenSubject = (call: Call): string | undefined => presented(call, 'accept').clientId;

type TokenFault = keyof ScalekitSwitches['tokenError'];
type Grant =
  | { readonly kind: 'refused'; readonly fault: TokenFault }
  | { readonly kind: 'management' }
  | {
      readonly kind: 'client';
      readonly client: ScalekitClient;
      readonly secret: ScalekitSecret;
      readonly scopes: readonly string[];
    };

const works = (secret: ScalekitSecret, now: number): boolean =>
  secret.status === 'ACTIVE' && (secret.expiresAt === null || secret.expiresAt > now);

const grant = (account: ScalekitAccount, call: Call): Grant => {
  const { switches } = account;
  const refused = (fault: TokenFault): Grant => ({ kind: 'refused', fault });
  const grantType = parameter(call, 'grant_type');
  const { clientId, secret } = presented(call, switches.tokenBasicAuth);
  if (!grantType || !clientId || !secret) return refused('missingParameter');
  if (grantType !== 'client_credentials') return refused('unknownGrant');
  if (clientId === account.clientId)
    return secret === account.managementSecret ? { kind: 'management' } : refused('wrongSecret');
  const client = account.findClient(clientId);
  if (client === undefined) return refused('unknownClient');
  const now = account.clock.now();
  const match = client.secrets.find(({ issued }) => issued.value === secret);
  if (match === undefined || !works(match, now)) return refused('wrongSecret');
  const { scopes } = client.fields;
  const asked = parameter(call, 'scope')?.split(' ').filter(Boolean) ?? [];
  if (asked.length === 0) return { kind: 'client', client, secret: match, scopes };
  const granted = asked.filter((scope) => scopes.includes(scope));
  const isRefused = granted.length < asked.length && switches.tokenUnassignedScope === 'refuse';
  return isRefused ? refused('unassignedScope') : { kind: 'client', client, secret: match, scopes: granted };
};

const clientClaims = ({ clientId, organizationId, fields }: ScalekitClient, scopes: readonly string[]) => ({
  client_id: clientId,
  sub: clientId,
  oid: organizationId,
  ...(fields.audience.length > 0 && { aud: fields.audience }),
  scopes,
  ...(fields.customClaims.length > 0 && {
    custom_claims: Object.fromEntries(fields.customClaims.map(({ key, value }) => [key, value])),
  }),
});

/** The answer of the token endpoint, to the management client and to the clients of organizations. */
export const answerTokenRequest = async (
  account: ScalekitAccount,
  key: TokenKey,
  call: Call,
): Promise<Reply> => {
  const { switches } = account;
  const granted = grant(account, call);
  if (granted.kind === 'refused') {
    const { status, error } = switches.tokenError[granted.fault];
    return switches.tokenErrorShape === 'oauth'
      ? oauthError(status, error)
      : statusError(rowOf(status, undefined), switches.errorDetail, account.id('req'));
  }
  const now = account.clock.now();
  const seconds = Math.floor(now / 1000);
  const isManagement = granted.kind === 'management';
  const lifetime = isManagement ? switches.managementTokenSeconds : granted.client.fields.expiry;
  const own = isManagement
    ? { client_id: account.clientId, sub: account.clientId }
    : clientClaims(granted.client, granted.scopes);
  if (granted.kind === 'client') granted.secret.lastUsedAt = now;
  const token = await key.sign({
    ...own,
    iss: ISSUER,
    jti: account.id('tkn'),
    iat: seconds,
    nbf: seconds,
    exp: Math.floor(seconds + lifetime),
  });
  if (isManagement) account.acceptManagementToken(token, now + lifetime * 1000);
  return {
    status: 200,
    body: {
      access_token: token,
      token_type: 'Bearer',
      expires_in: lifetime,
      scope: isManagement ? 'openid' : granted.scopes.join(' '),
    },
  };
};

/** Whether the caller bears a token of the management client. */
export const hasManagementToken = (account: ScalekitAccount, headers: IncomingHttpHeaders): boolean => {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return token !== undefined && account.isManagementToken(token);
};
