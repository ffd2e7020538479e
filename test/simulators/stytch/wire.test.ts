import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { basic, type RawAnswer, rawRequest } from '../raw-client.ts';
import { managementClient } from './management-client.ts';
import { type StytchSimulator, startStytchSimulator } from './simulator.ts';

let simulator: StytchSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  simulator = await startStytchSimulator({ projectId: 'project-test-1', secret: 'secret-test-1' });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const clients = '/v1/m2m/clients';

const create = async (
  fields: Record<string, unknown> = {},
): Promise<{ client_id: string; client_secret: string }> => {
  const answer = await call('POST', clients, { scopes: ['read:users'], ...fields });
  expect(answer.status).toBe(200);
  return answer.json.m2m_client;
};

const token = (
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<RawAnswer> =>
  rawRequest(`${simulator.url}/v1/public/project-test-1/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    text: new URLSearchParams(parameters).toString(),
  });

test('every answer carries its status and a request id, and the log has the same', async () => {
  const answer = await call('POST', `${clients}/search`, {});
  expect(answer.json).toEqual({
    status_code: 200,
    request_id: expect.stringMatching(/^request-id-test-/) as string,
    m2m_clients: [],
    results_metadata: { total: 0, next_cursor: null },
  });
  expect(answer.headers['content-type']).toBe('application/json');
  expect(simulator.requests()).toMatchObject([
    {
      operation: 'search',
      method: 'POST',
      path: '/v1/m2m/clients/search',
      clientId: null,
      authorization: 'Basic',
      body: {},
      status: 200,
      requestId: answer.json.request_id,
      committed: true,
      answered: true,
      fault: null,
    },
  ]);
});

test('management errors have the shape of the reference', async () => {
  const answer = await call('GET', `${clients}/nobody`);
  expect(answer.status).toBe(404);
  expect(answer.json).toEqual({
    status_code: 404,
    request_id: expect.stringMatching(/^request-id-test-/) as string,
    error_type: 'm2m_client_not_found',
    error_message: 'M2M client could not be found.',
    error_url: 'https://stytch.com/docs/api/errors/404',
  });
});

describe('a create is refused, and nothing is created', () => {
  const metadata = (keys: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key${index}`, index]));

  test.each([
    ['no scopes', {}, 'bad_request'],
    ['scopes that are no list', { scopes: 'read' }, 'bad_request'],
    ['a scope with a space', { scopes: ['read users'] }, 'invalid_m2m_client_scope'],
    ['a scope that is no string', { scopes: [7] }, 'invalid_m2m_client_scope'],
    ['a short secret', { scopes: [], client_secret: 'a1B2c3' }, 'insecure_m2m_client_secret'],
    ['a monotonous secret', { scopes: [], client_secret: 'aaaaaaaaaaaaaaaa' }, 'insecure_m2m_client_secret'],
    ['a secret that is no string', { scopes: [], client_secret: 1 }, 'm2m_client_invalid_client_secret'],
    ['an empty id', { scopes: [], client_id: '' }, 'm2m_client_invalid_client_id'],
    ['a name that is no string', { scopes: [], client_name: 1 }, 'm2m_client_invalid_client_name'],
    ['a very long name', { scopes: [], client_name: 'n'.repeat(256) }, 'm2m_client_invalid_client_name'],
    [
      'a very long description',
      { scopes: [], client_description: 'd'.repeat(1025) },
      'm2m_client_invalid_client_description',
    ],
    ['metadata that is no object', { scopes: [], trusted_metadata: [] }, 'metadata_invalid_format'],
    ['21 keys of metadata', { scopes: [], trusted_metadata: metadata(21) }, 'metadata_too_many_keys'],
    [
      'over 4 KB of metadata',
      { scopes: [], trusted_metadata: { a: 'x'.repeat(4096) } },
      'metadata_too_large',
    ],
    ['a body that is no object', [], 'bad_request'],
  ])('with %s', async (_reason, body, errorType) => {
    const answer = await call('POST', clients, body);
    expect([answer.status, answer.json.error_type]).toEqual([400, errorType]);
    expect(simulator.clients()).toEqual([]);
    expect(simulator.counters()).toMatchObject({ calls: { create: 1 }, committed: { create: 0 } });
  });

  test('20 keys of metadata are accepted', async () => {
    await create({ trusted_metadata: metadata(20) });
  });
});

test('a body that is not JSON is a bad request', async () => {
  const answer = await rawRequest(simulator.url + clients, {
    method: 'POST',
    headers: { authorization: basic('project-test-1', 'secret-test-1'), 'content-type': 'application/json' },
    text: '{"scopes":',
  });
  expect([answer.status, answer.json.error_type]).toEqual([400, 'bad_request']);
});

test('unknown routes and methods are named as such', async () => {
  const unknown = await call('GET', '/v1/m2m/nothing');
  expect([unknown.status, unknown.json.error_type]).toEqual([404, 'route_not_found']);
  const method = await call('PATCH', `${clients}/x`, {});
  expect([method.status, method.json.error_type]).toEqual([405, 'method_not_allowed']);
  expect(simulator.counters().calls).toMatchObject({ unknown: 2 });
});

test('an update changes what it names and nothing else, and metadata is merged at the top level', async () => {
  const { client_id } = await create({ client_name: 'n', trusted_metadata: { a: { x: 1 }, b: 2, c: 3 } });
  const change = { client_description: '', scopes: [], trusted_metadata: { a: { y: 1 }, b: null, d: 4 } };
  const answer = await call('PUT', `${clients}/${client_id}`, change);
  expect(answer.json.m2m_client).toMatchObject({
    client_name: 'n',
    client_description: '',
    status: 'active',
    scopes: [],
    trusted_metadata: { a: { y: 1 }, c: 3, d: 4 },
  });
  const none = await call('PUT', `${clients}/${client_id}`, { trusted_metadata: {} });
  expect(none.json.m2m_client.trusted_metadata).toEqual({ a: { y: 1 }, c: 3, d: 4 });
});

test('an update that is refused in one field changes no field', async () => {
  const { client_id } = await create({ client_name: 'n' });
  const answer = await call('PUT', `${clients}/${client_id}`, { client_name: 'm', status: 'asleep' });
  expect([answer.status, answer.json.error_type]).toEqual([400, 'm2m_client_invalid_status']);
  expect(simulator.clients()).toMatchObject([{ name: 'n' }]);
});

test('delete and the rotation calls take a body or none', async () => {
  const { client_id } = await create();
  const path = `${clients}/${client_id}`;
  expect((await call('POST', `${path}/secrets/rotate/start`)).status).toBe(200);
  expect((await call('POST', `${path}/secrets/rotate`, {})).status).toBe(200);
  const cancel = await call('POST', `${path}/secrets/rotate/cancel`);
  expect([cancel.status, cancel.json.error_type]).toEqual([400, 'm2m_client_not_rotating_secret']);
  expect((await call('DELETE', path, {})).json).toMatchObject({ client_id, status_code: 200 });
});

describe('the token endpoint', () => {
  const grant = { grant_type: 'client_credentials' };

  test('takes the client in the body, in JSON or by Basic', async () => {
    const { client_id, client_secret } = await create();
    const credentials = { ...grant, client_id, client_secret };
    expect((await token(credentials)).status).toBe(200);
    expect((await token(grant, { authorization: basic(client_id, client_secret) })).status).toBe(200);
    const url = `${simulator.url}/v1/public/project-test-1/oauth2/token`;
    const answer = await rawRequest(url, { json: credentials });
    expect(answer.json).toMatchObject({ status_code: 200, token_type: 'bearer', expires_in: 3600 });
    const [, claims] = (answer.json.access_token as string).split('.');
    expect(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())).toEqual({
      sub: client_id,
      iss: 'stytch.com/project-test-1',
      aud: ['project-test-1'],
      scope: 'read:users',
      iat: expect.any(Number) as number,
      nbf: expect.any(Number) as number,
      exp: expect.any(Number) as number,
    });
  });

  test('refuses in the shape of OAuth, and the log keeps no secret', async () => {
    const { client_id, client_secret } = await create();
    const wrong = await token({ ...grant, client_id, client_secret: 'wrong' });
    expect(wrong.json).toEqual({
      status_code: 400,
      request_id: expect.stringMatching(/^request-id-test-/) as string,
      error: 'invalid_client',
      error_description: expect.any(String) as string,
      error_uri: 'https://stytch.com/docs/api/errors/400',
    });
    const refusals: [Record<string, string>, string][] = [
      [{ client_id, client_secret }, 'invalid_request'],
      [{ ...grant, client_id }, 'invalid_request'],
      [{ grant_type: 'password', client_id, client_secret }, 'unsupported_grant_type'],
      [{ ...grant, client_id: 'nobody', client_secret }, 'invalid_client'],
      [{ ...grant, client_id, client_secret, scope: 'read:users write:users' }, 'invalid_scope'],
    ];
    for (const [parameters, error] of refusals) {
      expect((await token(parameters)).json).toMatchObject({ status_code: 400, error });
    }
    const logged = simulator.requests({ operation: 'token' });
    expect(logged[0]).toMatchObject({ clientId: client_id, body: { client_secret: '[secret]' } });
    expect(JSON.stringify(simulator.requests())).not.toContain(client_secret);
  });
});

test('keys are public, and only of this project', async () => {
  const path = '/v1/sessions/jwks/';
  const answer = await rawRequest(`${simulator.url}${path}project-test-1`);
  expect(answer.json.keys).toEqual([
    {
      kty: 'RSA',
      n: expect.any(String) as string,
      e: 'AQAB',
      kid: expect.any(String) as string,
      alg: 'RS256',
      use: 'sig',
    },
  ]);
  expect((await rawRequest(`${simulator.url}${path}project-test-2`)).status).toBe(404);
});

test('a live project id on a test endpoint is told apart', async () => {
  const answer = await rawRequest(`${simulator.url}${clients}/x`, {
    headers: { authorization: basic('project-live-1', 'secret-live-1') },
  });
  expect([answer.status, answer.json.error_type]).toEqual([401, 'unauthorized_project_id_live']);
});

test('what a secret was, and when it worked, is remembered', async () => {
  const { client_id, client_secret } = await create();
  await call('POST', `${clients}/${client_id}/secrets/rotate/start`);
  await call('POST', `${clients}/${client_id}/secrets/rotate`);
  expect(simulator.issuedSecrets()).toMatchObject([
    { kind: 'management', value: 'secret-test-1', revokedAt: null },
    { kind: 'client', clientId: client_id, value: client_secret, revokedAt: expect.any(Number) as number },
    { kind: 'client', clientId: client_id, value: simulator.clients()[0]?.secret, revokedAt: null },
  ]);
});
