import type { KeyObject } from 'node:crypto';
import type { Exchange, ProviderHttp } from '../http.ts';
import { importPrivateKey, signJwt } from '../key-pairs.ts';
import { ProviderError, withoutValue, type Outcome } from '../outcome.ts';
import type { Path } from '../path.ts';
import type { Call } from '../provider.ts';
import type { Secret } from '../../runtime/secret.ts';
import { requestToken } from '../token-proof.ts';
import { interpret, saysRefused } from './errors.ts';
import { ALGORITHM, tokenAnswer } from './wire.ts';

/** What the entry `PrivateKey` holds; undefined where it is no key of ours. */
export const parsePem = (secret: Secret): KeyObject | undefined =>
  importPrivateKey(
    secret.reveal(),
    ({ asymmetricKeyType, asymmetricKeyDetails: details }) =>
      asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1',
  );

export const refused = (said: string, status = 0): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(`Keycloak token: ${said}`, {
    reason: 'CredentialRefused',
    retry: 'later',
    status,
  }),
});

/** How Keycloak is asked whether a key works: never with the token of the operator. */
export interface Prover {
  readonly http: ProviderHttp;
  readonly path: Path;
  /** Of the realm: the one audience that it takes. */
  readonly issuer: string;
  readonly random: () => number;
}

/** Long enough to get there, and less than the minute that Keycloak allows. */
const LIFETIME_SECONDS = 30;

/** Each is taken once. */
const nonce = (random: () => number): string =>
  [random(), random(), random()].map((one) => one.toString(36).slice(2)).join('');

/** What a gateway in front has logged in as, where it puts its own credential in the place of this one. */
const partyOf = (token: string): unknown => {
  try {
    const [, claims = ''] = token.split('.');
    return (JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { azp?: unknown } | null)?.azp;
  } catch {
    return undefined;
  }
};

/** Asks for a token with an assertion that the key has signed (RFC 7523, section 2.2). The token is looked at no further. */
export const proveByKey = async (
  { http, path, issuer, random }: Prover,
  clientId: string,
  keyId: string,
  privateKey: KeyObject,
  call: Call,
): Promise<Outcome<void>> => {
  const seconds = Math.floor(http.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: issuer,
    jti: nonce(random),
    iat: seconds,
    exp: seconds + LIFETIME_SECONDS,
  };
  const assertion = signJwt({ alg: ALGORITHM, kid: keyId, typ: 'JWT' }, claims, privateKey, 'SHA256');
  const exchange = await http.send(
    {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion.reveal(),
      }).toString(),
    },
    call,
  );
  return judged(exchange, clientId);
};

/** Asks for a token with the secret (RFC 6749, section 4.4). */
export const proveBySecret = async (
  { http, path }: Prover,
  clientId: string,
  secret: Secret,
  call: Call,
): Promise<Outcome<void>> => judged(await requestToken(http, path, clientId, secret, call), clientId);

const judged = (exchange: Exchange, clientId: string): Outcome<void> => {
  const outcome = interpret('token', exchange, false, (json) => {
    const token = tokenAnswer.safeParse(json).data?.access_token;
    const party = token === undefined ? undefined : partyOf(token);
    return token !== undefined && (party === undefined || party === clientId) ? true : undefined;
  });
  return saysRefused(exchange) && exchange.kind === 'answer'
    ? refused(`HTTP ${exchange.status}`, exchange.status)
    : withoutValue(outcome);
};
