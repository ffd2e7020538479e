import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { type RawAnswer, rawRequest } from '../raw-client.ts';
import { managementClient } from './management-client.ts';
import { type StytchSimulator, startStytchSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: StytchSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startStytchSimulator({ clock });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const clients = '/v1/m2m/clients';
const create = (fields: Record<string, unknown>): Promise<RawAnswer> =>
  call('POST', clients, { scopes: ['read:users'], ...fields });
const outcome = ({ status, json }: RawAnswer): [number, string] => [status, json.error_type as string];

test('create answers 201 when it is told to, in the body too', async () => {
  simulator.setSwitches({ createStatus: 201 });
  const answer = await create({});
  expect([answer.status, answer.json.status_code]).toEqual([201, 201]);
});

test('any error type can have another status', async () => {
  simulator.setSwitches({ errorStatus: { m2m_client_not_found: 400, duplicate_m2m_client_id: 409 } });
  expect(outcome(await call('GET', `${clients}/x`))).toEqual([400, 'm2m_client_not_found']);
  await create({ client_id: 'a' });
  expect(outcome(await create({ client_id: 'a' }))).toEqual([409, 'duplicate_m2m_client_id']);
});

test('a second create with identical values can be accepted; with others it is a duplicate', async () => {
  simulator.setSwitches({ identicalDuplicate: 'accept' });
  const fields = { client_id: 'a', client_secret: 'example-only-9Rt2vQ7xKd0bWZ' };
  await create(fields);
  expect((await create(fields)).status).toBe(200);
  expect(outcome(await create({ ...fields, client_name: 'b' }))).toEqual([400, 'duplicate_m2m_client_id']);
});

test('a deleted id can be burnt', async () => {
  simulator.setSwitches({ deletedIdReuse: 'refuse' });
  await create({ client_id: 'a' });
  await call('DELETE', `${clients}/a`);
  expect(outcome(await create({ client_id: 'a' }))).toEqual([400, 'duplicate_m2m_client_id']);
  simulator.setSwitches({ deletedIdReuse: 'accept' });
  expect((await create({ client_id: 'a' })).status).toBe(200);
});

test('deleting what is not there can be a success', async () => {
  expect(outcome(await call('DELETE', `${clients}/a`))).toEqual([404, 'm2m_client_not_found']);
  simulator.setSwitches({ deleteUnknown: 'accept' });
  expect((await call('DELETE', `${clients}/a`)).status).toBe(200);
});

test('empty scopes can be refused, at creation and later', async () => {
  simulator.setSwitches({ emptyScopes: 'refuse' });
  expect(outcome(await create({ scopes: [] }))).toEqual([400, 'bad_request']);
  await create({ client_id: 'a' });
  expect(outcome(await call('PUT', `${clients}/a`, { scopes: [] }))).toEqual([400, 'bad_request']);
});

test('a weak secret can have the other error type, and limits can be set', async () => {
  simulator.setSwitches({
    weakSecretErrorType: 'm2m_client_invalid_client_secret',
    maxScopes: 1,
    maxClients: 1,
  });
  expect(outcome(await create({ client_secret: 'x' }))).toEqual([400, 'm2m_client_invalid_client_secret']);
  expect(outcome(await create({ scopes: ['a', 'b'] }))).toEqual([400, 'too_many_m2m_client_scopes']);
  await create({});
  expect(outcome(await create({}))).toEqual([400, 'too_many_m2m_clients_for_billing_tier']);
});

test('metadata can be replaced instead of merged', async () => {
  simulator.setSwitches({ metadataSemantics: 'replace' });
  await create({ client_id: 'a', trusted_metadata: { x: 1 } });
  const answer = await call('PUT', `${clients}/a`, { trusted_metadata: { y: 2 } });
  expect(answer.json.m2m_client.trusted_metadata).toEqual({ y: 2 });
});

test('without a rotation the next last four can be absent', async () => {
  simulator.setSwitches({ idleNextLastFour: 'absent' });
  expect((await create({})).json.m2m_client).not.toHaveProperty('next_client_secret_last_four');
});

test('calls beyond a rate are 429, of all operations together and in any minute', async () => {
  simulator.setSwitches({ rateLimit: 3 });
  await create({ client_id: 'a' });
  clock.advance(30_000);
  const { projectId } = simulator.credentials;
  const token = await rawRequest(`${simulator.url}/v1/public/${projectId}/oauth2/token`, { json: {} });
  expect(token.status).toBe(400);
  await call('GET', `${clients}/a`);
  expect(outcome(await call('GET', `${clients}/a`))).toEqual([429, 'too_many_requests']);
  // What was refused does not count, and was not done.
  clock.advance(30_000);
  expect((await call('DELETE', `${clients}/a`)).status).toBe(200);
  expect(outcome(await create({ client_id: 'b' }))).toEqual([429, 'too_many_requests']);
  expect(simulator.clients()).toEqual([]);
  simulator.setSwitches({ rateLimit: 0 });
  expect((await create({ client_id: 'b' })).status).toBe(200);
});

test('calls of the list beyond a rate are 429, and no others', async () => {
  simulator.setSwitches({ listRateLimit: 1 });
  expect((await call('POST', `${clients}/search`, {})).status).toBe(200);
  clock.advance(999);
  expect(outcome(await call('POST', `${clients}/search`, {}))).toEqual([429, 'too_many_requests']);
  expect((await create({ client_id: 'a' })).status).toBe(200);
  clock.advance(1);
  expect((await call('POST', `${clients}/search`, {})).status).toBe(200);
});

test('a client that was just made can be missing from reads, and is known to all that writes', async () => {
  simulator.setSwitches({ readLagMs: 1_000 });
  await create({ client_id: 'a' });
  const found = async () => [
    (await call('GET', `${clients}/a`)).status,
    ((await call('POST', `${clients}/search`, {})).json.m2m_clients as readonly unknown[]).length,
  ];
  expect(await found()).toEqual([404, 0]);
  expect((await call('PUT', `${clients}/a`, { client_name: 'n' })).status).toBe(200);
  clock.advance(1_000);
  expect(await found()).toEqual([200, 1]);
});

test('errors can come without a body', async () => {
  simulator.setSwitches({ errorBody: 'absent' });
  expect((await create({ client_id: 'a' })).json.m2m_client.client_id).toBe('a');
  const answer = await call('GET', `${clients}/unknown`);
  expect([answer.status, answer.text]).toEqual([404, '']);
});

test('an open rotation can end by itself', async () => {
  simulator.setSwitches({ openRotationTimeoutMs: 1000 });
  await create({ client_id: 'a' });
  await call('POST', `${clients}/a/secrets/rotate/start`);
  clock.advance(999);
  expect(simulator.clients()[0]?.nextSecret).not.toBeNull();
  clock.advance(1);
  expect(outcome(await call('POST', `${clients}/a/secrets/rotate`))).toEqual([
    400,
    'm2m_client_not_rotating_secret',
  ]);
});

test('rotation of an inactive client can be refused', async () => {
  simulator.setSwitches({ rotationWhileInactive: 'refuse' });
  await create({ client_id: 'a' });
  await call('PUT', `${clients}/a`, { status: 'inactive' });
  expect(outcome(await call('POST', `${clients}/a/secrets/rotate/start`))).toEqual([400, 'bad_request']);
});

test('two secrets of a client can be made to end alike', async () => {
  simulator.setSwitches({ generatedSecretSuffix: 'same' });
  await create({ client_id: 'a' });
  const started = await call('POST', `${clients}/a/secrets/rotate/start`);
  expect(started.json.m2m_client).toMatchObject({
    client_secret_last_four: 'same',
    next_client_secret_last_four: 'same',
  });
  const { secret, nextSecret } = simulator.clients()[0] ?? {};
  expect(secret).not.toBe(nextSecret);
  expect(nextSecret).toHaveLength(44);
});

test('the token endpoint can refuse with other statuses and codes, and leave a scope out', async () => {
  await create({ client_id: 'a', client_secret: 'example-only-9Rt2vQ7xKd0bWZ' });
  const { projectId } = simulator.credentials;
  const token = (client_secret: string): Promise<RawAnswer> =>
    rawRequest(`${simulator.url}/v1/public/${projectId}/oauth2/token`, {
      json: { grant_type: 'client_credentials', client_id: 'a', client_secret, scope: 'read:users admin' },
    });
  simulator.setSwitches({
    tokenUnassignedScope: 'leave-out',
    tokenError: { wrongSecret: { status: 401, error: 'unauthorized_client' } },
  });
  expect((await token('wrong')).json).toMatchObject({ status_code: 401, error: 'unauthorized_client' });
  const { access_token } = (await token('example-only-9Rt2vQ7xKd0bWZ')).json;
  const [, claims] = (access_token as string).split('.');
  expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toMatchObject({
    scope: 'read:users',
  });
});

test('the account can be locked with 401 or 403, for management alone', async () => {
  simulator.setSwitches({ accountMode: 'unauthorized' });
  expect(outcome(await create({}))).toEqual([401, 'unauthorized_credentials']);
  simulator.setSwitches({ accountMode: 'forbidden' });
  expect(outcome(await create({}))).toEqual([403, 'forbidden']);
});

test('an unknown switch or value is refused, and a reset sets them back', () => {
  expect(() => simulator.setSwitches({ createStatus: 204 } as never)).toThrow();
  expect(() => simulator.setSwitches({ creatStatus: 201 } as never)).toThrow(/creatStatus/);
  simulator.setSwitches({ pageSizeCap: 3 });
  simulator.reset();
  expect(() => simulator.setSwitches({})).not.toThrow();
});
