import type { Call, Reply, Route } from '../provider.ts';
import type { AuthressAccount } from './account.ts';
import { addKey, createClient, deleteClient, deleteKey, replaceClient } from './clients.ts';
import { authenticate, authorize } from './credentials.ts';
import { AuthressFailure, errorReply } from './errors.ts';
import { jwkOf } from './key-pair.ts';
import { listClients } from './list.ts';
import { grantToken, tokenSubject } from './token.ts';
import { fieldsOf } from './validation.ts';
import { newKeyToWire, toWire } from './wire.ts';

type AuthressOperation =
  | 'create'
  | 'list'
  | 'get'
  | 'update'
  | 'delete'
  | 'addKey'
  | 'deleteKey'
  | 'keys'
  | 'token'
  | 'accountKeys';

/** What stands behind the routes now. Functions, because a reset replaces the account and the address comes late. */
export interface Behind {
  readonly account: () => AuthressAccount;
  /** Where the API begins: the issuers of the clients are below it. */
  readonly baseUrl: () => string;
}

/** What a call does: its value is the body of the success; undefined: there is none. */
type Work = (account: AuthressAccount, call: Call, baseUrl: string) => unknown;

/** The path parameter; the router has made sure that it is there. */
const clientIdOf = (call: Call): string => call.params.client_id ?? '';

const create: Work = (account, call) => {
  if (call.body.kind === 'none') throw new AuthressFailure('InvalidRequest');
  return toWire(createClient(account, fieldsOf(call.body), 'api'), account.switches);
};

const list: Work = (account, call, baseUrl) => listClients(account, call.query, `${baseUrl}/v1/clients`);

const get: Work = (account, call) => toWire(account.shown(clientIdOf(call)), account.switches);

const update: Work = (account, call) => {
  if (call.body.kind === 'none') throw new AuthressFailure('InvalidRequest');
  return toWire(replaceClient(account, clientIdOf(call), fieldsOf(call.body)), account.switches);
};

const remove: Work = (account, call) => deleteClient(account, clientIdOf(call));

const requestKey: Work = (account, call) => {
  const clientId = clientIdOf(call);
  const key = addKey(account, clientId, fieldsOf(call.body), 'api');
  return newKeyToWire(account.client(clientId), key, account.switches);
};

const removeKey: Work = (account, call) => deleteKey(account, clientIdOf(call), call.params.key_id ?? '');

const clientKeys: Work = (account, call) => ({
  keys: account
    .workingKeys(account.client(clientIdOf(call)))
    .map(({ keyId, publicKey }) => jwkOf(keyId, publicKey)),
});

const accountKeys: Work = (account) => ({ keys: [jwkOf('account', account.tokenKey.publicKey)] });

/** Does the work and gives the answer in Authress's shape. */
const answer = ({ account: current, baseUrl }: Behind, call: Call, status: number, work: Work): Reply => {
  const account = current();
  try {
    const body = work(account, call, baseUrl());
    if (body === undefined) return { status, body };
    return { status, body, headers: { 'content-type': 'application/links+json' } };
  } catch (error) {
    if (!(error instanceof AuthressFailure)) throw error;
    const { errorMembers, retryAfter } = account.switches;
    const reply = errorReply(error.status, error.errorCode, account.errorId(), errorMembers);
    if (retryAfter === 'absent' || error.retryAfter === undefined) return reply;
    return { ...reply, headers: { ...reply.headers, 'retry-after': String(error.retryAfter) } };
  }
};

export const authressRoutes = (behind: Behind): readonly Route[] => {
  const management = (
    operation: AuthressOperation,
    [method, path]: readonly [string, string],
    right: Parameters<typeof authorize>[2],
    status: number,
    work: Work,
  ): Route => ({
    operation,
    method,
    path,
    access: 'management',
    handle: (call) =>
      answer(behind, call, status, (account, _call, baseUrl) => {
        const caller = authenticate(account, call, baseUrl);
        authorize(account, caller, right, call.params.client_id);
        return work(account, call, baseUrl);
      }),
  });
  const open = (operation: AuthressOperation, method: string, path: string, work: Work): Route => ({
    operation,
    method,
    path,
    access: 'public',
    handle: (call) => answer(behind, call, 200, work),
  });
  const clients = '/v1/clients';
  const one = `${clients}/:client_id`;
  const keySet = '.well-known/openid-configuration/jwks';
  return [
    management('create', ['POST', clients], 'write', 201, create),
    management('list', ['GET', clients], 'list', 200, list),
    management('get', ['GET', one], 'read-one', 200, get),
    management('update', ['PUT', one], 'write', 200, update),
    management('delete', ['DELETE', one], 'write', 204, remove),
    management('addKey', ['POST', `${one}/access-keys`], 'write', 201, requestKey),
    management('deleteKey', ['DELETE', `${one}/access-keys/:key_id`], 'write', 204, removeKey),
    open('keys', 'GET', `${one}/${keySet}`, clientKeys),
    { ...open('token', 'POST', '/api/authentication/oauth/tokens', grantToken), subject: tokenSubject },
    open('accountKeys', 'GET', `/${keySet}`, accountKeys),
  ];
};
