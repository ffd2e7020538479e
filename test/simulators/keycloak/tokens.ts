import { createPublicKey, verify } from 'node:crypto';
import type { Call, Reply } from '../provider.ts';
import { type Jwk, type KeycloakAccount, type KeycloakClient, keysIn } from './account.ts';
import { KeycloakFailure } from './errors.ts';
import { textIn, type Fields } from './fields.ts';
import { audiencesOf } from './mappers.ts';
import { isExpired, isRotatedExpired } from './policy.ts';

interface Asking {
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly isBasic: boolean;
  readonly form: URLSearchParams;
}

const basicOf = (authorization: string | undefined): readonly [string, string] | undefined => {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [decodeURIComponent(user), decodeURIComponent(rest.join(':'))];
};

const partsOf = (jwt: string) => {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const decoded = (text: string): Fields => {
    try {
      return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Fields;
    } catch {
      return {};
    }
  };
  return {
    header: decoded(header),
    claims: decoded(claims),
    signed: Buffer.from(`${header}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
  };
};

export const askingOf = ({ body, headers }: Call): Asking => {
  const form = body.kind === 'form' ? body.value : new URLSearchParams();
  const basic = basicOf(headers.authorization);
  const assertion = form.get('client_assertion') ?? undefined;
  const subject = assertion === undefined ? undefined : textIn(partsOf(assertion).claims, 'sub');
  return {
    clientId: basic?.[0] ?? form.get('client_id') ?? subject ?? '',
    secret: basic?.[1] ?? form.get('client_secret') ?? undefined,
    assertion,
    isBasic: basic !== undefined,
    form,
  };
};

const isSignedBy = (jwk: Jwk, { signed, signature }: ReturnType<typeof partsOf>): boolean => {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verify('SHA256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
};

const bad = (said: string): KeycloakFailure => new KeycloakFailure('bad_assertion', said);

/** An assertion is good once, for the issuer of the realm, and before it ends. */
const checkAssertion = (account: KeycloakAccount, client: KeycloakClient, assertion: string): void => {
  const parts = partsOf(assertion);
  const { header, claims } = parts;
  const jwk = keysIn(client.attributes['jwks.string']).find(({ kid }) => kid === header['kid']);
  if (!jwk) throw bad('Unable to load public key');
  if (!isSignedBy(jwk, parts))
    throw bad('Client authentication with signed JWT failed: Signature on JWT token failed validation');
  const audience = textIn(claims, 'aud') ?? '';
  const { hostname } = account.switches;
  const isOwn = URL.canParse(audience) && new URL(audience).pathname.endsWith(`/realms/${account.realm}`);
  if (!isOwn || !audience.startsWith(hostname)) throw bad('Invalid token audience');
  const now = account.clock.now() / 1000;
  const [expires, issued] = [Number(claims['exp']), Number(claims['iat'])];
  if (issued > now + 15) throw bad('Token was issued in the future');
  if (!(expires > now)) throw bad('Token is not active');
  const id = textIn(claims, 'jti') ?? '';
  if (id === '' || account.used.has(id)) throw bad('Token reuse detected');
  account.used.add(id);
};

/** The key that signed it well, whatever else is wrong with it. */
export const keyOfLogin = (client: KeycloakClient, assertion: string): string | undefined => {
  const parts = partsOf(assertion);
  const jwk = keysIn(client.attributes['jwks.string']).find(({ kid }) => kid === parts.header['kid']);
  return jwk && isSignedBy(jwk, parts) ? jwk.kid : undefined;
};

/** The current one or the rotated one, where that has not ended. */
export const opensBySecret = (
  { policy }: KeycloakAccount,
  { secret, rotated, attributes }: KeycloakClient,
  value: string | undefined,
): boolean =>
  (secret.value === value && !isExpired(attributes, policy)) ||
  (rotated !== undefined && rotated.value === value && !isRotatedExpired(attributes, policy));

const check = (account: KeycloakAccount, client: KeycloakClient, asking: Asking): void => {
  const usesKeys = client.fields['clientAuthenticatorType'] === 'client-jwt';
  if (client.fields['enabled'] === false) throw new KeycloakFailure('bad_client');
  if (usesKeys) {
    if (asking.assertion === undefined) throw bad('Parameter client_assertion_type is missing');
    checkAssertion(account, client, asking.assertion);
  } else {
    const method = client.attributes['client.secret.authentication.allowed.method'];
    if (method === 'client_secret_basic' && !asking.isBasic) throw new KeycloakFailure('bad_method');
    if (!opensBySecret(account, client, asking.secret)) throw new KeycloakFailure('bad_secret');
  }
  if (client.fields['serviceAccountsEnabled'] !== true) throw new KeycloakFailure('no_service_account');
};

const answerFor = (
  account: KeycloakAccount,
  realm: string,
  clientId: string,
  scope: string,
  lifespan?: string,
  audiences?: readonly string[],
): Reply => {
  const { value, seconds } = account.addToken(realm, clientId, lifespan, audiences);
  const body = {
    access_token: value,
    expires_in: seconds,
    refresh_expires_in: 0,
    token_type: 'Bearer',
    'not-before-policy': 0,
    scope,
  };
  return { status: 200, body };
};

export const issueToken = (account: KeycloakAccount, realm: string, call: Call): Reply => {
  const asking = askingOf(call);
  if (asking.form.get('grant_type') !== 'client_credentials') throw new KeycloakFailure('bad_grant');
  const login = account.login(realm, asking.clientId);
  if (login) {
    if (login.secret.value !== asking.secret) throw new KeycloakFailure('bad_secret');
    return answerFor(account, realm, login.clientId, '');
  }
  const client = realm === account.realm ? account.clientOf(asking.clientId) : undefined;
  if (!client) throw new KeycloakFailure('bad_client');
  check(account, client, asking);
  const names = account.scopes().filter(({ isInToken }) => isInToken);
  const wanted = (asking.form.get('scope') ?? '').split(' ').filter((one) => one !== '');
  const may = names.filter(
    ({ name }) => client.defaultScopes.includes(name) || client.optionalScopes.includes(name),
  );
  const unknown = wanted.filter((one) => !may.some(({ name }) => name === one));
  if (unknown.length > 0) throw new KeycloakFailure('bad_scope', unknown.join(' '));
  const given = may.filter(({ name }) => client.defaultScopes.includes(name) || wanted.includes(name));
  return answerFor(
    account,
    realm,
    client.clientId,
    given.map(({ name }) => name).join(' '),
    client.attributes['access.token.lifespan'],
    audiencesOf(client),
  );
};
