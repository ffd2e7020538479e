import { afterEach, beforeEach, expect, test } from 'vitest';
import { basic, type RawAnswer, rawRequest } from './raw-client.ts';
import { type StytchSimulator, startStytchSimulator } from './stytch/simulator.ts';

let simulator: StytchSimulator;

beforeEach(async () => {
  simulator = await startStytchSimulator({
    pathPrefix: '/stytch',
    gatewayHeader: { name: 'X-Gateway-Key', value: 'open sesame' },
  });
});
afterEach(() => simulator[Symbol.asyncDispose]());

const key = { 'X-Gateway-Key': 'open sesame' };
const create = (headers: Record<string, string>): Promise<RawAnswer> =>
  rawRequest(`${simulator.url}/v1/m2m/clients`, { headers, json: { scopes: ['read:users'] } });
const ownBasic = (): string => basic(simulator.credentials.projectId, simulator.credentials.secret);

test('the API lies below the prefix, and the header lets one in', async () => {
  expect(new URL(simulator.url).pathname).toBe('/stytch');
  const answer = await create(key);
  expect(answer.status).toBe(200);
  expect(simulator.requests()).toMatchObject([
    { operation: 'create', path: '/stytch/v1/m2m/clients', authorization: null, committed: true },
  ]);
});

test('without the header, or with another value, the gateway answers in its own shape', async () => {
  for (const headers of [{}, { 'X-Gateway-Key': 'wrong' }, { authorization: ownBasic() }]) {
    const answer = await create(headers);
    expect([answer.status, answer.json]).toEqual([401, { message: 'gateway key missing or wrong' }]);
  }
  expect(simulator.clients()).toEqual([]);
});

test('outside the prefix there is nothing', async () => {
  const { origin } = new URL(simulator.url);
  const answer = await rawRequest(`${origin}/v1/m2m/clients/x`, { headers: key });
  expect([answer.status, answer.json.error_type]).toEqual([404, 'route_not_found']);
});

test('an Authorization header beside the key is refused, ignored or checked by the provider', async () => {
  const withWrong = { ...key, authorization: 'Basic bm86bm8=' };
  const withRight = { ...key, authorization: ownBasic() };
  expect((await create(withRight)).status).toBe(400);
  simulator.setSwitches({ gatewayAuthorization: 'ignore' });
  expect((await create(withWrong)).status).toBe(200);
  simulator.setSwitches({ gatewayAuthorization: 'pass' });
  expect((await create(withWrong)).json).toMatchObject({ error_type: 'unauthorized_credentials' });
  expect((await create(key)).status).toBe(401);
  expect((await create(withRight)).status).toBe(200);
});

test('the token endpoint lies below the prefix too; it asks for the key only when it is told to', async () => {
  const { client_id, client_secret } = (await create(key)).json.m2m_client;
  const url = `${simulator.url}/v1/public/${simulator.credentials.projectId}/oauth2/token`;
  const token = (headers: Record<string, string>): Promise<RawAnswer> =>
    rawRequest(url, { headers, json: { grant_type: 'client_credentials', client_id, client_secret } });
  expect((await token({})).status).toBe(200);
  simulator.setSwitches({ gatewayGuardsPublicRoutes: true });
  expect((await token({})).status).toBe(401);
  expect((await token(key)).status).toBe(200);
});
