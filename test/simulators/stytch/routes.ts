import type { Call, Reply, Route } from '../provider.ts';
import type { TokenKey } from '../signing-key.ts';
import type { StytchAccount } from './account.ts';
import {
  cancelRotation,
  createClient,
  deleteClient,
  finishRotation,
  startRotation,
  updateClient,
} from './clients.ts';
import { checkManagementAccess } from './credentials.ts';
import { errorTable, managementError, StytchFailure } from './errors.ts';
import { searchClients } from './search.ts';
import { answerTokenRequest, tokenSubject } from './token.ts';
import { fieldsOf } from './validation.ts';
import { toWire } from './wire.ts';

type StytchOperation =
  | 'create'
  | 'get'
  | 'search'
  | 'update'
  | 'delete'
  | 'rotateStart'
  | 'rotate'
  | 'rotateCancel'
  | 'token'
  | 'jwks';

/** What a management call does: its value is the success body, without `status_code` and `request_id`. */
type Work = (account: StytchAccount, call: Call) => Record<string, unknown>;

/** The path parameter; the router has made sure that it is there. */
const clientIdOf = (call: Call): string => call.params.client_id ?? '';

const suggestedId = (call: Call): string | undefined => {
  const value = call.body.kind === 'json' ? call.body.value : undefined;
  const id =
    typeof value === 'object' && value !== null ? (value as { client_id?: unknown }).client_id : undefined;
  return typeof id === 'string' ? id : undefined;
};

const create: Work = (account, call) => {
  const client = createClient(account, fieldsOf(call.body), 'api');
  return { m2m_client: { ...toWire(client, account.switches), client_secret: client.current.value } };
};

const get: Work = (account, call) => ({
  m2m_client: toWire(account.shown(clientIdOf(call)), account.switches),
});

const search: Work = (account, call) => {
  const page = searchClients(account, fieldsOf(call.body));
  return {
    m2m_clients: page.clients.map((client) => toWire(client, account.switches)),
    results_metadata: { total: page.total, next_cursor: page.nextCursor },
  };
};

const update: Work = (account, call) => ({
  m2m_client: toWire(updateClient(account, clientIdOf(call), fieldsOf(call.body)), account.switches),
});

const remove: Work = (account, call) => {
  deleteClient(account, clientIdOf(call));
  return { client_id: clientIdOf(call) };
};

const rotateStart: Work = (account, call) => {
  fieldsOf(call.body);
  const client = startRotation(account, clientIdOf(call), 'api');
  return { m2m_client: { ...toWire(client, account.switches), next_client_secret: client.next?.value } };
};

const rotate: Work = (account, call) => {
  fieldsOf(call.body);
  return { m2m_client: toWire(finishRotation(account, clientIdOf(call)), account.switches) };
};

const rotateCancel: Work = (account, call) => {
  fieldsOf(call.body);
  return { m2m_client: toWire(cancelRotation(account, clientIdOf(call)), account.switches) };
};

/** Checks the caller, does the work and gives the answer in Stytch's shape. */
const answer = (account: StytchAccount, call: Call, status: number, work: Work): Reply => {
  const requestId = account.requestId();
  try {
    checkManagementAccess(account, call);
    const body = work(account, call);
    return { status, requestId, body: { status_code: status, request_id: requestId, ...body } };
  } catch (error) {
    if (!(error instanceof StytchFailure)) throw error;
    const { errorType } = error;
    const errorStatus = account.switches.errorStatus[errorType] ?? errorTable[errorType].status;
    return managementError(errorStatus, errorType, requestId);
  }
};

const answerKeys = async (account: StytchAccount, key: TokenKey, call: Call): Promise<Reply> => {
  const requestId = account.requestId();
  if (call.params.project_id !== account.project.id) {
    return managementError(404, 'route_not_found', requestId);
  }
  const keys = [await key.publicJwk()];
  return { status: 200, requestId, body: { status_code: 200, request_id: requestId, keys } };
};

/** `account` is a function because a reset replaces it. */
export const stytchRoutes = (account: () => StytchAccount, key: TokenKey): readonly Route[] => {
  const management = (operation: StytchOperation, method: string, path: string, work: Work): Route => ({
    operation,
    method,
    path,
    access: 'management',
    handle: (call) => answer(account(), call, 200, work),
  });
  const jwks = (path: string): Route => ({
    operation: 'jwks' satisfies StytchOperation,
    method: 'GET',
    path,
    access: 'public',
    handle: (call) => answerKeys(account(), key, call),
  });
  const clients = '/v1/m2m/clients';
  const rotation = `${clients}/:client_id/secrets/rotate`;
  return [
    {
      ...management('create', 'POST', clients, create),
      subject: suggestedId,
      handle: (call) => answer(account(), call, account().switches.createStatus, create),
    },
    management('search', 'POST', `${clients}/search`, search),
    management('get', 'GET', `${clients}/:client_id`, get),
    management('update', 'PUT', `${clients}/:client_id`, update),
    management('delete', 'DELETE', `${clients}/:client_id`, remove),
    management('rotateStart', 'POST', `${rotation}/start`, rotateStart),
    management('rotate', 'POST', rotation, rotate),
    management('rotateCancel', 'POST', `${rotation}/cancel`, rotateCancel),
    {
      operation: 'token' satisfies StytchOperation,
      method: 'POST',
      path: '/v1/public/:project_id/oauth2/token',
      access: 'public',
      subject: tokenSubject,
      handle: (call) => answerTokenRequest(account(), key, call),
    },
    jwks('/v1/sessions/jwks/:project_id'),
    jwks('/v1/b2b/sessions/jwks/:project_id'),
  ];
};
