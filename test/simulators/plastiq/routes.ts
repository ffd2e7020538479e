import type { Call, Reply, Route } from '../provider.ts';
import { checkApiKey, checkEither, checkPayerOf } from './access.ts';
import type { ClientSecret, EndUser, Payer, PlastiqAccount } from './account.ts';
import { errorReply, PlastiqFailure } from './errors.ts';
import {
  checkPayer,
  checkPaymentMethod,
  checkSecretType,
  fieldsOf,
  isUuidV4,
  onlyFields,
  payerIdOf,
} from './validation.ts';

type PlastiqOperation =
  | 'issueV1'
  | 'issueV2'
  | 'createPayer'
  | 'getPayer'
  | 'updatePayer'
  | 'deletePayer'
  | 'createPaymentMethod'
  | 'categories';

/** What a call does: its value is the answer. */
type Work = (
  account: PlastiqAccount,
  call: Call,
  traceId: string,
) => { readonly status: number; readonly body: unknown };

const headerOf = ({ headers }: Call, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
};

const endUserOf = (call: Call): EndUser => ({
  userAgent: headerOf(call, 'user-agent'),
  ipAddress: headerOf(call, 'end-user-ip'),
  deviceId: headerOf(call, 'end-user-device-id'),
});

const issue =
  (version: ClientSecret['version']): Work =>
  (account, call, traceId) => {
    checkApiKey(account, call);
    const { missingUserAgent, missingPayer, unknownFields, unknownPayerStatus, createStatus, moreFields } =
      account.switches;
    const endUser = endUserOf(call);
    if (endUser.userAgent === null && missingUserAgent === 'refuse')
      throw new PlastiqFailure(400, 'User-Agent should not be empty');
    const fields = fieldsOf(call.body);
    if (unknownFields === 'refuse') onlyFields(fields, version === 'V1' ? ['payer', 'type'] : ['payer']);
    const payerId = payerIdOf(fields);
    if (version === 'V1') {
      checkSecretType(fields);
      if (payerId === undefined && missingPayer !== 'accept')
        throw new PlastiqFailure(missingPayer, 'payer should not be empty');
    }
    if (payerId !== undefined && !account.payers.has(payerId))
      throw new PlastiqFailure(unknownPayerStatus, 'payer does not exist');
    const secret = account.addSecret({ version, payerId: payerId ?? null, endUser, traceId });
    return { status: createStatus, body: { clientSecret: secret.value, ...moreFields } };
  };

const payerBody = ({ id, createdAt, fields }: Payer): Record<string, unknown> => ({
  ...fields,
  id,
  createdAt: new Date(createdAt).toISOString(),
  status: 'ACTIVE',
});

const payerOf = (account: PlastiqAccount, call: Call): Payer => {
  checkApiKey(account, call);
  const payer = account.payers.get(call.params.payer_id ?? '');
  if (payer === undefined) throw new PlastiqFailure(404);
  return payer;
};

const createPayer: Work = (account, call) => {
  const secret = checkEither(account, call);
  const fields = fieldsOf(call.body);
  checkPayer(fields, false);
  // A secret without a payer becomes that of the first one that is made with it.
  if (secret !== undefined && secret.payerId !== null)
    throw new PlastiqFailure(account.switches.foreignPayerStatus);
  const payer = account.addPayer(fields, 'api');
  if (secret !== undefined) {
    secret.usedAt ??= account.clock.now();
    secret.payerId = payer.id;
  }
  return { status: account.switches.createStatus, body: payerBody(payer) };
};

const getPayer: Work = (account, call) => ({ status: 200, body: payerBody(payerOf(account, call)) });

const updatePayer: Work = (account, call) => {
  const payer = payerOf(account, call);
  const fields = fieldsOf(call.body);
  checkPayer(fields, true);
  payer.fields = { ...payer.fields, ...fields };
  return { status: 200, body: payerBody(payer) };
};

const deletePayer: Work = (account, call) => {
  account.removePayer(payerOf(account, call).id);
  return { status: 204, body: undefined };
};

/** Where a client secret is used. A refused use does not spend it. */
const createPaymentMethod: Work = (account, call) => {
  const secret = checkEither(account, call);
  const fields = fieldsOf(call.body);
  const payerId = checkPaymentMethod(fields);
  checkPayerOf(account, secret, payerId);
  if (!account.payers.has(payerId)) throw new PlastiqFailure(404);
  const now = account.clock.now();
  if (secret !== undefined) secret.usedAt ??= now;
  return {
    status: account.switches.createStatus,
    body: {
      id: account.uuid(),
      type: fields.type,
      payer: { id: payerId },
      createdAt: new Date(now).toISOString(),
    },
  };
};

const categories: Work = (account, call) => {
  checkApiKey(account, call);
  return { status: 200, body: { data: [{ id: 'b3f1a7de-52d5-4a5f-8a0e-6d7f0d1c2b11', name: 'Rent' }] } };
};

const answer = (account: PlastiqAccount, call: Call, work: Work): Reply => {
  const given = call.headers['trace-id'];
  const traceId = isUuidV4(given) ? given : account.uuid();
  try {
    return { ...work(account, call, traceId), requestId: traceId, headers: { 'Trace-Id': traceId } };
  } catch (error) {
    if (!(error instanceof PlastiqFailure)) throw error;
    return errorReply(account.switches, traceId, error.status, error.details);
  }
};

/** For the log and for faults: the payer that a body names. */
const payerSubject = ({ body }: Call): string | undefined => {
  try {
    return payerIdOf(fieldsOf(body));
  } catch {
    return undefined;
  }
};

/** `account` is a function because a reset replaces it. */
export const plastiqRoutes = (account: () => PlastiqAccount): readonly Route[] => {
  const route = (
    operation: PlastiqOperation,
    method: string,
    path: string,
    work: Work,
    access: Route['access'] = 'management',
  ): Route => ({
    operation,
    method,
    path: `/api${path}`,
    access,
    subject: (call) => call.params.payer_id ?? payerSubject(call),
    handle: (call) => answer(account(), call, work),
  });
  return [
    route('issueV1', 'POST', '/client-secrets', issue('V1')),
    route('issueV2', 'POST', '/v2/client-secrets', issue('V2')),
    route('createPayer', 'POST', '/payers', createPayer),
    route('getPayer', 'GET', '/payers/:payer_id', getPayer),
    route('updatePayer', 'PATCH', '/payers/:payer_id', updatePayer),
    route('deletePayer', 'DELETE', '/payers/:payer_id', deletePayer),
    // The end user's browser calls it, with a client secret.
    route('createPaymentMethod', 'POST', '/payment-methods', createPaymentMethod, 'public'),
    route('categories', 'GET', '/categories', categories),
  ];
};
