import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { basic, rawRequest } from '../raw-client.ts';
import { managementToken, requestToken } from './management-client.ts';
import { type ScalekitSimulator, startScalekitSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: ScalekitSimulator;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startScalekitSimulator({ clock, organizations: ['org_1'] });
});
afterEach(() => simulator[Symbol.asyncDispose]());

const grant_type = 'client_credentials';
const newClient = (fields: object = {}) => {
  const {
    clientId = '',
    secret = '',
    secretId = '',
  } = simulator.act({
    action: 'createClient',
    fields: { scopes: ['a', 'b'], ...fields },
  });
  return { client_id: clientId, client_secret: secret, secretId };
};
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const list = (token: string) =>
  rawRequest(`${simulator.url}/api/v1/organizations/org_1/clients`, {
    headers: { authorization: `Bearer ${token}` },
  });

test('a client’s token says who it is and what it may, and can be verified', async () => {
  const { client_id, client_secret } = newClient({
    audience: ['https://api.test'],
    custom_claims: [{ key: 'env', value: 'test' }],
    expiry: 600,
  });
  const { status, json } = await requestToken(simulator, { grant_type, client_id, client_secret });
  expect([status, json]).toEqual([
    200,
    { access_token: expect.any(String) as string, token_type: 'Bearer', expires_in: 600, scope: 'a b' },
  ]);
  const iat = clock.now() / 1000;
  expect(claimsOf(json.access_token)).toEqual({
    client_id,
    sub: client_id,
    oid: 'org_1',
    aud: ['https://api.test'],
    scopes: ['a', 'b'],
    custom_claims: { env: 'test' },
    iss: expect.any(String) as string,
    jti: expect.stringMatching(/^tkn_/) as string,
    iat,
    nbf: iat,
    exp: iat + 600,
  });
  const { keys } = (await rawRequest(`${simulator.url}/keys`)).json;
  const [header, payload, signature] = (json.access_token as string).split('.');
  const { kid } = JSON.parse(Buffer.from(header ?? '', 'base64url').toString());
  const key = createPublicKey({
    key: keys.find((one: { kid: string }) => one.kid === kid) as JsonWebKey,
    format: 'jwk',
  });
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify('RSA-SHA256', signed, key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
});

test('scopes can be narrowed, not widened', async () => {
  const { client_id, client_secret } = newClient();
  const ask = (scope: string) => requestToken(simulator, { grant_type, client_id, client_secret, scope });
  expect((await ask('b')).json.scope).toBe('b');
  const refused = await ask('b c');
  expect([refused.status, refused.json.error]).toEqual([400, 'invalid_scope']);
  simulator.setSwitches({ tokenUnassignedScope: 'leave-out' });
  expect((await ask('b c')).json.scope).toBe('b');
});

test('HTTP Basic is taken, unless it is not', async () => {
  const { client_id, client_secret } = newClient();
  const ask = () =>
    requestToken(simulator, { grant_type }, { authorization: basic(client_id, client_secret) });
  expect((await ask()).status).toBe(200);
  simulator.setSwitches({ tokenBasicAuth: 'refuse' });
  expect((await ask()).json.error).toBe('invalid_request');
});

test('what is refused', async () => {
  const { client_id, client_secret } = newClient();
  const answers = [
    await requestToken(simulator, { grant_type, client_id, client_secret: 'wrong' }),
    await requestToken(simulator, { grant_type, client_id: 'm2morg_1', client_secret }),
    await requestToken(simulator, { grant_type, client_id }),
    await requestToken(simulator, { grant_type: 'password', client_id, client_secret }),
  ];
  expect(answers.map(({ status, json }) => [status, json.error])).toEqual([
    [401, 'invalid_client'],
    [401, 'invalid_client'],
    [400, 'invalid_request'],
    [400, 'unsupported_grant_type'],
  ]);
  simulator.setSwitches({
    tokenErrorShape: 'status',
    tokenError: { wrongSecret: { status: 400 } },
  });
  const other = await requestToken(simulator, { grant_type, client_id, client_secret: 'wrong' });
  expect([other.status, other.json.code]).toEqual([400, 3]);
});

test('a secret that has expired, or is inactive, gets none', async () => {
  const { client_id, client_secret, secretId } = newClient();
  const status = async () => (await requestToken(simulator, { grant_type, client_id, client_secret })).status;
  simulator.act({ action: 'setSecretExpiry', clientId: client_id, secretId, at: clock.now() + 1_000 });
  expect(await status()).toBe(200);
  clock.advance(1_000);
  expect(await status()).toBe(401);
  simulator.act({ action: 'setSecretExpiry', clientId: client_id, secretId, at: null });
  expect(await status()).toBe(200);
  simulator.act({ action: 'setSecretStatus', clientId: client_id, secretId, status: 'INACTIVE' });
  expect(await status()).toBe(401);
});

test('the use of a secret is remembered', async () => {
  const { client_id, client_secret } = newClient();
  clock.advance(5_000);
  await requestToken(simulator, { grant_type, client_id, client_secret });
  expect(simulator.clients()[0]?.secrets[0]?.lastUsedAt).toBe(clock.now());
});

test('a management token ends by itself, by a word of the console, and not with the secret', async () => {
  simulator.setSwitches({ managementTokenSeconds: 10 });
  const first = await managementToken(simulator);
  simulator.act({ action: 'rotateManagementSecret', secret: 'test_another' });
  clock.advance(9_999);
  expect((await list(first)).status).toBe(200);
  clock.advance(1);
  expect((await list(first)).status).toBe(401);

  const second = await managementToken(simulator);
  expect((await list(second)).status).toBe(200);
  expect(simulator.act({ action: 'expireTokens' })).toEqual({ deleted: 1 });
  expect((await list(second)).status).toBe(401);
  const issued = simulator.issuedSecrets().find(({ value }) => value === second);
  expect(issued).toMatchObject({ kind: 'token', revokedAt: clock.now() });
});

test('the replaced management secret is refused at once', async () => {
  const before = simulator.credentials;
  const { credentials } = simulator.act({ action: 'rotateManagementSecret' });
  expect(credentials).toEqual(simulator.credentials);
  const ask = ({ clientId, clientSecret }: typeof before) =>
    requestToken(simulator, { grant_type, client_id: clientId, client_secret: clientSecret });
  expect((await ask(before)).json.error).toBe('invalid_client');
  expect((await ask(simulator.credentials)).json).toMatchObject({ expires_in: 86_399, scope: 'openid' });
});
