import { type Call, isShown, type Reply, type Route } from '../provider.ts';
import type { TokenKey } from '../signing-key.ts';
import type { ScalekitAccount, ScalekitClient } from './account.ts';
import { addSecret, clientIn, createClient, deleteSecret, updateClient } from './clients.ts';
import { errorTable, ScalekitFailure, statusError } from './errors.ts';
import { listClients } from './list.ts';
import { answerTokenRequest, hasManagementToken, tokenSubject } from './token.ts';
import { checkIds, clientOf } from './validation.ts';
import { clientToWire, secretToWire } from './wire.ts';

type ScalekitOperation =
  | 'create'
  | 'get'
  | 'list'
  | 'update'
  | 'delete'
  | 'addSecret'
  | 'deleteSecret'
  | 'token'
  | 'keys';

/** What a management call does: its value is the success body. */
type Work = (account: ScalekitAccount, call: Call) => Record<string, unknown> | undefined;

/** Path parameters; the router has made sure that they are there. */
const organizationOf = (call: Call): string => call.params.organization_id ?? '';
const subjectOf = (account: ScalekitAccount, call: Call): ScalekitClient =>
  clientIn(account, organizationOf(call), call.params.client_id ?? '');

const create: Work = (account, call) => {
  const client = createClient(account, organizationOf(call), clientOf(call.body), 'api');
  return { client: clientToWire(client, account.switches), plain_secret: client.secrets[0]?.issued.value };
};

const get: Work = (account, call) => {
  const client = subjectOf(account, call);
  if (!isShown(client.createdAt, account.clock.now(), account.switches.readLagMs))
    throw new ScalekitFailure('unknownClient');
  return { client: clientToWire(client, account.switches) };
};

const list: Work = (account, call) => listClients(account, organizationOf(call), call.query);

const update: Work = (account, call) => {
  const { emptyInPatch, patchSecrets } = account.switches;
  const client = updateClient(account, subjectOf(account, call), clientOf(call.body), emptyInPatch);
  return { client: clientToWire(client, account.switches, patchSecrets) };
};

const deleted = ({ switches }: ScalekitAccount): Record<string, unknown> | undefined =>
  switches.deleteAnswer === 'object' ? {} : undefined;

const remove: Work = (account, call) => {
  account.removeClient(subjectOf(account, call));
  return deleted(account);
};

const add: Work = (account, call) => {
  const secret = addSecret(account, subjectOf(account, call), 'api');
  return { plain_secret: secret.issued.value, secret: secretToWire(secret, account.switches) };
};

const removeSecret: Work = (account, call) => {
  deleteSecret(account, subjectOf(account, call), call.params.secret_id ?? '');
  return deleted(account);
};

const checkAccess = (account: ScalekitAccount, call: Call): void => {
  const { accountMode } = account.switches;
  if (accountMode === 'forbidden') throw new ScalekitFailure('forbidden');
  const isKnown = call.vouchedFor || hasManagementToken(account, call.headers);
  if (accountMode === 'unauthorized' || !isKnown) throw new ScalekitFailure('unauthenticated');
};

/** Checks the caller and the ids, does the work and gives the answer in Scalekit's shape. */
const answer = (account: ScalekitAccount, call: Call, status: number, work: Work): Reply => {
  const { switches } = account;
  try {
    checkAccess(account, call);
    checkIds(call.params, switches);
    return { status, body: work(account, call) };
  } catch (error) {
    if (!(error instanceof ScalekitFailure)) throw error;
    const { kind, message, violations } = error;
    const override = Object.entries(switches.errors[kind] ?? {}).filter(([, value]) => value !== undefined);
    const row = { ...errorTable[kind], message, ...Object.fromEntries(override) };
    return statusError(row, switches.errorDetail, account.id('req'), violations);
  }
};

/** `account` is a function because a reset replaces it. */
export const scalekitRoutes = (account: () => ScalekitAccount, key: TokenKey): readonly Route[] => {
  const management = (
    operation: ScalekitOperation,
    method: string,
    path: string,
    work: Work,
    status: () => number = () => 200,
  ): Route => ({
    operation,
    method,
    path,
    access: 'management',
    handle: (call) => answer(account(), call, status(), work),
  });
  const clients = '/api/v1/organizations/:organization_id/clients';
  const client = `${clients}/:client_id`;
  const secrets = `${client}/secrets`;
  const switches = () => account().switches;
  return [
    management('create', 'POST', clients, create, () => switches().createStatus),
    management('list', 'GET', clients, list),
    management('get', 'GET', client, get),
    management('update', 'PATCH', client, update),
    management('delete', 'DELETE', client, remove),
    management('addSecret', 'POST', secrets, add, () => switches().addSecretStatus),
    management('deleteSecret', 'DELETE', `${secrets}/:secret_id`, removeSecret),
    {
      operation: 'token' satisfies ScalekitOperation,
      method: 'POST',
      path: '/oauth/token',
      access: 'public',
      subject: tokenSubject,
      handle: (call) => answerTokenRequest(account(), key, call),
    },
    {
      operation: 'keys' satisfies ScalekitOperation,
      method: 'GET',
      path: '/keys',
      access: 'public',
      handle: async () => ({ status: 200, body: { keys: [await key.publicJwk()] } }),
    },
  ];
};
