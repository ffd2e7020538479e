import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RawAnswer, rawRequest } from '../raw-client.ts';
import { apiClient, storeCard } from './api-client.ts';
import { type PlastiqSimulator, startPlastiqSimulator } from './simulator.ts';

const payerId = '2f0c6d0e-3a75-4b56-9b5c-6f1d2c0a7e11';
const traceId = '33333333-3333-4333-8333-333333333333';
const uuidV4 = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const stranger = '8f51c396-6e29-49a6-ba5a-1a31d5420158';

let simulator: PlastiqSimulator;
let call: ReturnType<typeof apiClient>;

beforeEach(async () => {
  simulator = await startPlastiqSimulator({ apiKey: 'pk_local', payerId });
  call = apiClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const issue = async (path: string, body: unknown = { payer: { id: payerId } }): Promise<string> => {
  const answer = await call('POST', path, body);
  expect(answer.status).toBe(200);
  return answer.json.clientSecret;
};
const v1 = '/client-secrets';
const v2 = '/v2/client-secrets';
const outcome = ({ status, json }: RawAnswer): [number, string] => [status, json.code];

test.each([
  ['V1', v1, { payer: { id: payerId }, type: 'CARD' }, payerId],
  ['V1', v1, { payer: { id: payerId } }, payerId],
  ['V2', v2, { payer: { id: payerId } }, payerId],
  ['V2', v2, {}, null],
  ['V2', v2, undefined, null],
] as const)('%s: POST %s %j gives the secret and nothing else', async (version, path, body, bound) => {
  const answer = await call('POST', path, body, {
    'Trace-Id': traceId,
    'User-Agent': 'Mozilla/5.0 test',
    'End-User-Ip': '203.0.113.9',
    'End-User-Device-Id': 'dev-1',
  });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'trace-id': traceId });
  const [secret] = simulator.clientSecrets();
  expect(answer.json).toEqual({ clientSecret: secret?.value });
  expect(secret).toMatchObject({
    version,
    payerId: bound,
    traceId,
    endUser: { userAgent: 'Mozilla/5.0 test', ipAddress: '203.0.113.9', deviceId: 'dev-1' },
    usedAt: null,
    revokedAt: null,
  });
});

test('the log has the trace, and no secret', async () => {
  const secret = await issue(v1);
  await storeCard(simulator, secret, payerId);
  const [issued, stored] = simulator.requests();
  expect(issued).toMatchObject({
    operation: 'issueV1',
    method: 'POST',
    path: '/api/client-secrets',
    clientId: payerId,
    authorization: 'Bearer',
    body: { payer: { id: payerId } },
    requestId: uuidV4,
    committed: true,
    status: 200,
  });
  expect(stored).toMatchObject({ operation: 'createPaymentMethod', body: { data: '[secret]' } });
  expect(JSON.stringify(simulator.requests())).not.toContain(secret);
});

describe('errors', () => {
  test('have the documented shape, and repeat the trace', async () => {
    const answer = await call('POST', v1, { payer: { id: 'x' } }, { 'Trace-Id': traceId });
    expect(answer.status).toBe(400);
    expect(answer.headers['trace-id']).toBe(traceId);
    expect(answer.json).toEqual({
      code: 'VALIDATION_ERROR',
      message: 'Validation error',
      details: [{ details: 'payer.id must be a valid uuid' }],
      statusCode: 400,
      traceId,
    });
  });

  test.each(['', 'x', '33333333-3333-1333-8333-333333333333'])(
    'a trace id that is no UUID v4 (%j) is replaced',
    async (given) => {
      const answer = await call('GET', '/payers/x', undefined, { 'Trace-Id': given });
      expect(answer.json.traceId).toEqual(uuidV4);
      expect(answer.headers['trace-id']).toBe(answer.json.traceId);
    },
  );

  test.each([
    ['no payer', v1, {}, 'payer should not be empty'],
    ['another type', v1, { payer: { id: payerId }, type: 'BANK' }, 'type must be one of'],
    ['a payer that is no object', v2, { payer: payerId }, 'payer.id must be a valid uuid'],
    ['a list', v2, [], 'body must be an object'],
  ])('%s is refused', async (_name, path, body, text) => {
    const answer = await call('POST', path, body);
    expect(outcome(answer)).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.json.details[0].details).toContain(text);
    expect(simulator.clientSecrets()).toEqual([]);
  });

  test('a payer that there is not', async () => {
    const answer = await call('POST', v1, { payer: { id: stranger } });
    expect(outcome(answer)).toEqual([404, 'NOT_FOUND_ERROR']);
  });

  test.each([undefined, 'Bearer wrong', 'Basic cGtfbG9jYWw6'])('the login %s is refused', async (login) => {
    for (const [method, path] of [
      ['GET', '/categories'],
      ['POST', v1],
      ['POST', '/payment-methods'],
    ] as const) {
      const answer = await rawRequest(simulator.url + path, {
        method,
        headers: login === undefined ? {} : { authorization: login },
      });
      expect(outcome(answer)).toEqual([401, 'AUTHORIZATION_ERROR']);
    }
  });

  test('paths and methods that there are not', async () => {
    expect(outcome(await call('GET', '/nowhere'))).toEqual([404, 'NOT_FOUND_ERROR']);
    expect(outcome(await call('GET', v1))).toEqual([405, 'METHOD_NOT_ALLOWED_ERROR']);
  });
});

describe('a secret is used', () => {
  const create = (): string => simulator.act({ action: 'createPayer' }).payerId ?? '';

  test('V1 once, and V2 again and again', async () => {
    const [once, often] = [await issue(v1), await issue(v2)];
    expect((await storeCard(simulator, once, payerId)).json).toMatchObject({
      id: uuidV4,
      type: 'CARD',
      payer: { id: payerId },
    });
    expect(outcome(await storeCard(simulator, once, payerId))).toEqual([401, 'AUTHORIZATION_ERROR']);
    for (const _ of [1, 2]) expect((await storeCard(simulator, often, payerId)).status).toBe(200);
  });

  test('only for its own payer, and a refused use does not spend it', async () => {
    const secret = await issue(v1);
    expect(outcome(await storeCard(simulator, secret, create()))).toEqual([403, 'FORBIDDEN_ERROR']);
    expect((await storeCard(simulator, secret, payerId)).status).toBe(200);
  });

  test('without a payer it becomes that of the first one that is made with it', async () => {
    const secret = await issue(v2, {});
    const headers = { authorization: `Bearer ${secret}` };
    expect(outcome(await storeCard(simulator, secret, payerId))).toEqual([403, 'FORBIDDEN_ERROR']);
    const made = await call('POST', '/payers', { contact: { phone: '+1' } }, headers);
    expect(made.status).toBe(200);
    expect((await storeCard(simulator, secret, made.json.id)).status).toBe(200);
    const second = await call('POST', '/payers', { contact: { phone: '+2' } }, headers);
    expect(outcome(second)).toEqual([403, 'FORBIDDEN_ERROR']);
  });

  test('it is no API key', async () => {
    const headers = { authorization: `Bearer ${await issue(v2)}` };
    for (const path of [v1, v2]) expect((await call('POST', path, {}, headers)).status).toBe(401);
    expect((await call('GET', '/categories', undefined, headers)).status).toBe(401);
  });

  test('an API key stores a card without one', async () => {
    expect((await storeCard(simulator, 'pk_local', payerId)).status).toBe(200);
  });
});

test('payers are made, shown, changed and deleted', async () => {
  const made = await call('POST', '/payers', { contact: { email: 'a@example.com' } });
  expect(made.json).toEqual({
    contact: { email: 'a@example.com' },
    id: uuidV4,
    createdAt: expect.any(String) as string,
    status: 'ACTIVE',
  });
  const path = `/payers/${made.json.id}`;
  expect((await call('GET', path)).json).toEqual(made.json);
  const changed = await call('PATCH', path, { businessName: 'b' });
  expect(changed.json).toEqual({ ...made.json, businessName: 'b' });
  for (const body of [{}, { contact: {} }, { contact: { email: 'a' }, businessAddress: { line1: '1' } }])
    expect(outcome(await call('POST', '/payers', body))).toEqual([400, 'VALIDATION_ERROR']);
  const deleted = await call('DELETE', path);
  expect([deleted.status, deleted.text]).toEqual([204, '']);
  expect(outcome(await call('GET', path))).toEqual([404, 'NOT_FOUND_ERROR']);
});

test('categories are what an API key is checked with', async () => {
  const answer = await call('GET', '/categories');
  expect([answer.status, answer.json]).toEqual([200, { data: [expect.anything()] }]);
});
