import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { ControlClient } from '../control-client.ts';
import { type RawAnswer, rawRequest } from '../raw-client.ts';
import { apiClient, storeCard } from './api-client.ts';
import type { PlastiqControl } from './control-types.ts';
import { type PlastiqSimulator, startPlastiqSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: PlastiqSimulator;
let call: ReturnType<typeof apiClient>;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startPlastiqSimulator({ clock });
  call = apiClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const HOUR = 3_600_000;
const v1 = '/client-secrets';
const v2 = '/v2/client-secrets';
const outcome = ({ status, json }: RawAnswer): [number, string] => [status, json.code];
const issue = (path = v1): Promise<RawAnswer> =>
  call('POST', path, { payer: { id: simulator.credentials.payerId } });
const store = (secret: string): Promise<RawAnswer> =>
  storeCard(simulator, secret, simulator.credentials.payerId);
const accepts = async (apiKey: string): Promise<boolean> => {
  const headers = { authorization: `Bearer ${apiKey}` };
  return (await call('GET', '/categories', undefined, headers)).status === 200;
};

test.each([
  ['lifetimeV1Ms', v1, 60_000],
  ['lifetimeV2Ms', v2, 1_800_000],
] as const)('%s: a secret ends by itself', async (name, path, lifetimeMs) => {
  const [first, second] = [await issue(path), await issue(path)];
  clock.advance(lifetimeMs - 1);
  expect((await store(first.json.clientSecret)).status).toBe(200);
  clock.advance(1);
  expect(outcome(await store(second.json.clientSecret))).toEqual([401, 'AUTHORIZATION_ERROR']);
  simulator.setSwitches({ [name]: 5, expiredSecretStatus: 400 });
  const third = await issue(path);
  clock.advance(5);
  expect(outcome(await store(third.json.clientSecret))).toEqual([400, 'VALIDATION_ERROR']);
});

test('single use of each version, and what a spent secret is answered with', async () => {
  simulator.setSwitches({ singleUseV1: false, singleUseV2: true, spentSecretStatus: 403 });
  const [often, once] = [await issue(v1), await issue(v2)];
  for (const _ of [1, 2]) expect((await store(often.json.clientSecret)).status).toBe(200);
  expect((await store(once.json.clientSecret)).status).toBe(200);
  expect(outcome(await store(once.json.clientSecret))).toEqual([403, 'FORBIDDEN_ERROR']);
});

test('a secret of another payer', async () => {
  simulator.setSwitches({ foreignPayerStatus: 404 });
  const { clientSecret } = (await issue()).json;
  const { payerId = '' } = simulator.act({ action: 'createPayer' });
  expect((await storeCard(simulator, clientSecret, payerId)).status).toBe(404);
});

test('the errors of 2021', async () => {
  simulator.setSwitches({ errorShape: '2021' });
  const answer = await call('POST', v1, {});
  expect(answer.json).toEqual({
    code: 'VALIDATION_ERROR',
    message: 'Validation error',
    errors: [{ details: 'payer should not be empty' }],
    traceId: answer.headers['trace-id'],
  });
});

test('201, and more fields than are documented', async () => {
  simulator.setSwitches({ createStatus: 201, moreFields: { id: 'cs_1', expiresIn: 1800 } });
  const answer = await issue(v2);
  expect(answer.status).toBe(201);
  expect(answer.json).toEqual({ clientSecret: expect.any(String) as string, id: 'cs_1', expiresIn: 1800 });
  expect((await call('POST', '/payers', { contact: { email: 'a' } })).status).toBe(201);
});

test.each([400, 403, 404] as const)('a payer that there is not: %i', async (unknownPayerStatus) => {
  simulator.setSwitches({ unknownPayerStatus });
  simulator.act({ action: 'deletePayer', payerId: simulator.credentials.payerId });
  expect((await issue()).status).toBe(unknownPayerStatus);
});

test('no payer: taken, or another status', async () => {
  simulator.setSwitches({ missingPayer: 'accept' });
  expect((await call('POST', v1, {})).status).toBe(200);
  simulator.setSwitches({ missingPayer: 403 });
  expect(outcome(await call('POST', v1, {}))).toEqual([403, 'FORBIDDEN_ERROR']);
});

test('fields that are not documented, and a missing User-Agent', async () => {
  simulator.setSwitches({ unknownFields: 'refuse', missingUserAgent: 'refuse' });
  const agent = { 'User-Agent': 'test' };
  const payer = { id: simulator.credentials.payerId };
  expect(outcome(await issue(v2))).toEqual([400, 'VALIDATION_ERROR']);
  expect((await call('POST', v2, { payer, type: 'CARD' }, agent)).status).toBe(400);
  expect((await call('POST', v2, { payer }, agent)).status).toBe(200);
  expect((await call('POST', v1, { payer, type: 'CARD' }, agent)).status).toBe(200);
});

test('what secrets look like', async () => {
  simulator.setSwitches({ secretPrefix: 'a"b\n', secretLength: 3 });
  expect((await issue()).json.clientSecret).toMatch(/^a"b\n[\w-]{3}$/);
});

test('addresses that are not allowed', async () => {
  simulator.setSwitches({ allowedAddresses: ['203.0.113.1'] });
  expect(outcome(await call('GET', '/categories'))).toEqual([403, 'FORBIDDEN_ERROR']);
  simulator.setSwitches({ allowedAddresses: ['203.0.113.1', '127.0.0.1'] });
  expect((await call('GET', '/categories')).status).toBe(200);
});

test.each([
  ['unauthorized', 401, 'AUTHORIZATION_ERROR'],
  ['forbidden', 403, 'FORBIDDEN_ERROR'],
  ['maintenance', 503, 'SERVICE_UNAVAILABLE'],
] as const)(
  'an account that is %s refuses keys, and not client secrets',
  async (accountMode, status, code) => {
    const { clientSecret } = (await issue()).json;
    simulator.setSwitches({ accountMode });
    expect(outcome(await call('GET', '/categories'))).toEqual([status, code]);
    expect((await store(clientSecret)).status).toBe(200);
  },
);

describe('API keys', () => {
  test('a rotated one lives on for twelve hours; there are two at most', async () => {
    const { apiKey: first } = simulator.credentials;
    const { apiKey: second = '' } = simulator.act({ action: 'rotateApiKey' }).credentials ?? {};
    expect(simulator.credentials.apiKey).toBe(second);
    expect(() => simulator.act({ action: 'rotateApiKey' })).toThrow('2 API keys are alive');
    clock.advance(12 * HOUR - 1);
    expect([await accepts(first), await accepts(second)]).toEqual([true, true]);
    clock.advance(1);
    expect([await accepts(first), await accepts(second)]).toEqual([false, true]);
    simulator.setSwitches({ rotatedKeyLifetimeMs: 0 });
    simulator.act({ action: 'rotateApiKey', apiKey: 'pk_third' });
    expect([await accepts(second), await accepts('pk_third')]).toEqual([false, true]);
  });

  test('a revoked one is refused at once', async () => {
    const { apiKey } = simulator.credentials;
    simulator.act({ action: 'revokeApiKey' });
    expect(await accepts(apiKey)).toBe(false);
    expect(() => simulator.act({ action: 'revokeApiKey' })).toThrow('no such API key');
    simulator.act({ action: 'rotateApiKey' });
    expect(await accepts(simulator.credentials.apiKey)).toBe(true);
  });

  test('each ends after a year', async () => {
    const { apiKey } = simulator.credentials;
    clock.advance(365 * 24 * HOUR);
    expect(await accepts(apiKey)).toBe(false);
  });
});

test('behind a gateway, which logs in', async () => {
  await using behind = await startPlastiqSimulator({
    pathPrefix: '/pay/plastiq',
    gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' },
  });
  expect(behind.url).toMatch(/\/pay\/plastiq\/api$/);
  const headers = { 'x-gateway-key': 'let-me-in' };
  const { payerId } = behind.credentials;
  const json = { payer: { id: payerId } };
  const issued = await rawRequest(`${behind.url}/client-secrets`, { headers, json });
  expect((await storeCard(behind, issued.json.clientSecret, payerId)).status).toBe(200);
  expect((await rawRequest(`${behind.url}/categories`)).status).toBe(401);
});

test('the control endpoint shows and plays all of it, and a reset undoes it', async () => {
  const control = new ControlClient<PlastiqControl>(simulator.controlUrl);
  const { credentials } = simulator;
  await issue();
  await control.act({ action: 'createPayer' });
  await control.act({ action: 'rotateApiKey' });
  expect(await control.state()).toMatchObject({
    provider: 'plastiq',
    credentials: simulator.credentials,
    payers: [{ id: credentials.payerId }, {}],
    secrets: [{ kind: 'management' }, { kind: 'client', version: 'V1' }, { kind: 'management' }],
    counters: { committed: { issueV1: 1 } },
  });
  await control.setFaults([{ operations: ['issueV2'], clientId: credentials.payerId, fault: 'drop-after' }]);
  await expect(issue(v2)).rejects.toThrow();
  expect(simulator.clientSecrets()).toHaveLength(2);
  await control.reset();
  expect(simulator.credentials).toEqual(credentials);
  expect([simulator.clientSecrets(), simulator.payers()]).toEqual([[], [expect.anything()]]);
  await expect(control.act({ action: 'deletePayer', payerId: 'x' })).rejects.toThrow('no such payer');
  await expect(control.act({ action: 'createPayer', fields: {} })).rejects.toThrow('contact');
});
