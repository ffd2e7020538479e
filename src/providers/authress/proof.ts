import type { KeyObject } from 'node:crypto';
import type { Secret } from '../../runtime/secret.ts';
import type { ProviderHttp } from '../http.ts';
import { ok, ProviderError, withoutValue, type Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { Call, SecretValues } from '../provider.ts';
import {
  type AccessKey,
  parseAccessKey,
  parsePem,
  publicKeyOf,
  rawPublicKey,
  signToken,
} from './access-key.ts';
import type { Answers, Operation } from './errors.ts';
import { accept, clientAnswer, keySetAnswer, tokenAnswer } from './wire.ts';

/** How Authress is asked whether a credential works: never with the management credential. */
export interface Prover {
  readonly http: ProviderHttp;
  readonly baseUrl: string;
  readonly answers: Answers;
  /** A gateway sets the Authorization header: with its own any credential would seem good. */
  readonly gateway: boolean;
}

export const tokenPath = path`/api/authentication/oauth/tokens`;
export const clientPath = (id: string): Path => path`/v1/clients/${id}`;

const refused = (operation: Operation, said: string, status = 0): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(`Authress ${operation}: ${said}`, {
    reason: 'CredentialRefused',
    retry: 'later',
    status,
  }),
});

/**
 * The client asks for itself with a token that its key has signed. It need not have a permission: only 401 says that
 * the key is no good.
 */
const proveByToken = async (
  { http, baseUrl, answers }: Prover,
  key: AccessKey,
  call: Call,
): Promise<Outcome<void>> => {
  const token = signToken(key, baseUrl, Math.floor(http.now() / 1000));
  const headers = { accept, authorization: `Bearer ${token.reveal()}` };
  const exchange = await http.send({ method: 'GET', path: clientPath(key.clientId), headers }, call);
  if (answers.isOwn(exchange, 403, 404)) return ok(undefined);
  if (answers.isOwn(exchange, 401)) return refused('proof', 'HTTP 401', 401);
  const outcome = answers.interpret(
    'proof',
    exchange,
    false,
    (json) => clientAnswer.safeParse(json).success || undefined,
  );
  return withoutValue(outcome);
};

/** The public half must be among the keys that the client's tokens are verified with. No login is needed to see them. */
const proveByKeySet = async (
  { http, answers }: Prover,
  clientId: string,
  privateKey: KeyObject,
  call: Call,
): Promise<Outcome<void>> => {
  const keySet = path`${clientPath(clientId)}/.well-known/openid-configuration/jwks`;
  const exchange = await http.send({ method: 'GET', path: keySet, headers: { accept } }, call);
  if (answers.isOwn(exchange, 404)) return refused('key set', 'HTTP 404', 404);
  const outcome = answers.interpret(
    'key set',
    exchange,
    false,
    (json) => keySetAnswer.safeParse(json).data?.keys,
  );
  if (outcome.kind !== 'ok') return outcome;
  const own = rawPublicKey(publicKeyOf(privateKey));
  return outcome.value.some(({ x }) => x === own)
    ? ok(undefined)
    : refused('key set', 'the key is not in it', 200);
};

/** Provider notes, section 6. The answer's token is looked at no further and dropped. */
const proveBySecret = async (
  { http, answers }: Prover,
  clientId: string,
  secret: Secret,
  call: Call,
): Promise<Outcome<void>> => {
  const body = JSON.stringify({
    client_id: clientId,
    client_secret: secret.reveal(),
    grant_type: 'client_credentials',
  });
  const headers = { accept, 'content-type': 'application/json' };
  const exchange = await http.send({ method: 'POST', path: tokenPath, headers, body }, call);
  if (exchange.kind === 'answer' && answers.isOwn(exchange, 400, 401))
    return refused('token', `HTTP ${exchange.status}`, exchange.status);
  const outcome = answers.interpret(
    'token',
    exchange,
    false,
    (json) => tokenAnswer.safeParse(json).success || undefined,
  );
  return withoutValue(outcome);
};

/** Of several values the one that says most: what is stored together belongs together. */
export const prove = async (
  prover: Prover,
  clientId: string,
  { AccessKey, PrivateKey, ClientSecret }: SecretValues,
  call: Call,
): Promise<Outcome<void>> => {
  if (AccessKey) {
    const key = parseAccessKey(AccessKey);
    if (key?.clientId !== clientId) return refused('proof', 'this is no access key of the client');
    return prover.gateway
      ? await proveByKeySet(prover, clientId, key.privateKey, call)
      : await proveByToken(prover, key, call);
  }
  if (PrivateKey) {
    const key = parsePem(PrivateKey);
    if (!key) return refused('proof', 'this is no private key');
    return await proveByKeySet(prover, clientId, key, call);
  }
  if (ClientSecret) return await proveBySecret(prover, clientId, ClientSecret, call);
  return refused('proof', 'there is no credential');
};
