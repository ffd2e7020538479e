import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { rawRequest } from '../raw-client.ts';
import { signJwt } from './key-pair.ts';
import { managementClient } from './management-client.ts';
import { type AuthressSimulator, startAuthressSimulator } from './simulator.ts';

const clock = new ManualClock();
let simulator: AuthressSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  simulator = await startAuthressSimulator({ clock });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const clients = '/v1/clients';

const create = async (fields: object = { name: 'n' }): Promise<string> => {
  const answer = await call('POST', clients, fields);
  expect(answer.status).toBe(201);
  return answer.json.clientId as string;
};

interface NewKey {
  readonly keyId: string;
  readonly accessKey: string;
  readonly clientSecret: string;
}

const addKey = async (clientId: string): Promise<NewKey> =>
  (await call('POST', `${clients}/${clientId}/access-keys`)).json as NewKey;

test('a client is answered in camelCase as links+json, and the log knows the call', async () => {
  const answer = await call('POST', clients, { name: 'n', tags: { a: 'b' } });
  expect([answer.status, answer.headers['content-type']]).toEqual([201, 'application/links+json']);
  expect(answer.json).toEqual({
    clientId: expect.stringMatching(/^sc_[A-Za-z0-9]{22}$/) as string,
    createdTime: '2026-01-01T00:00:00.000Z',
    name: 'n',
    options: { grantUserPermissionsAccess: false, grantTokenGeneration: false },
    rateLimits: [],
    tags: { a: 'b' },
    verificationKeys: [],
  });
  expect(simulator.requests()).toMatchObject([
    {
      operation: 'create',
      method: 'POST',
      path: clients,
      authorization: 'Bearer',
      status: 201,
      committed: true,
    },
  ]);
});

test('errors have the shape of the documentation', async () => {
  const answer = await call('GET', `${clients}/nobody`);
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/links+json']);
  expect(answer.json).toEqual({
    title: expect.any(String) as string,
    errorCode: 'NotFound',
    errorId: simulator.requests()[0]?.requestId,
  });
});

describe('a create is refused, and nothing is created', () => {
  test.each([
    ['a name that is no string', { name: 1 }],
    ['a very long name', { name: 'n'.repeat(129) }],
    ['options that are no object', { options: [] }],
    ['an option that is no boolean', { options: { grantTokenGeneration: 'yes' } }],
    ['two rate limits', { rateLimits: ['PT5M', 'PT1H'].map((duration) => ({ duration, quota: 100 })) }],
    ['an unknown duration', { rateLimits: [{ duration: 'PT7M', quota: 100 }] }],
    ['a quota out of range', { rateLimits: [{ duration: 'PT5M', quota: 99 }] }],
    ['a tag that is no string', { tags: { a: 1 } }],
    ['a very long tag', { tags: { a: 'x'.repeat(129) } }],
    ['a body that is no object', []],
  ])('with %s', async (_what, body) => {
    const answer = await call('POST', clients, body);
    expect([answer.status, answer.json.errorCode]).toEqual([400, 'InvalidRequest']);
    expect(simulator.clients()).toEqual([]);
  });

  test('without a body', async () => {
    expect((await call('POST', clients)).status).toBe(400);
  });
});

test('the id is the service’s to choose, and a repeated creation makes a second client', async () => {
  const ids = [await create({ clientId: 'mine' }), await create({ clientId: 'mine' })];
  expect(new Set([...ids, 'mine']).size).toBe(3);
});

test('PUT replaces everything that can be written, and nothing else', async () => {
  const clientId = await create({ name: 'n', tags: { a: 'b' }, options: { grantTokenGeneration: true } });
  const { keyId } = await addKey(clientId);
  const answer = await call('PUT', `${clients}/${clientId}`, { name: 'm', clientId: 'other' });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    clientId,
    name: 'm',
    tags: {},
    options: { grantTokenGeneration: false },
    verificationKeys: [{ keyId }],
  });
});

test('deletions have no body, and what is not there is 404', async () => {
  const clientId = await create();
  const { keyId } = await addKey(clientId);
  const key = await call('DELETE', `${clients}/${clientId}/access-keys/${keyId}`);
  expect([key.status, key.text, key.headers['content-type']]).toEqual([204, '', undefined]);
  expect((await call('DELETE', `${clients}/${clientId}/access-keys/${keyId}`)).status).toBe(404);
  expect((await call('DELETE', `${clients}/${clientId}`)).status).toBe(204);
  expect((await call('DELETE', `${clients}/${clientId}`)).status).toBe(404);
});

describe('access keys', () => {
  test('an empty body with a JSON content type is one more key, whose secrets are shown once', async () => {
    const clientId = await create();
    const answer = await rawRequest(`${simulator.url}${clients}/${clientId}/access-keys`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${simulator.credentials.accessKey}`,
        'content-type': 'application/json',
      },
    });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.json).sort()).toEqual([
      'accessKey',
      'clientId',
      'clientSecret',
      'generationDate',
      'keyId',
    ]);
    const { accessKey, keyId } = answer.json as NewKey;
    const [owner, kid, account, privateKey = ''] = accessKey.split('.');
    expect([owner, kid, account]).toEqual([clientId, keyId, simulator.accountId]);
    expect(privateKey).toMatch(/^MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{43}$/);
    const shown = await call('GET', `${clients}/${clientId}`);
    expect(shown.json.verificationKeys).toEqual([
      {
        keyId,
        clientId,
        generationDate: '2026-01-01T00:00:00.000Z',
        publicKey: createPublicKey(
          createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' }),
        )
          .export({ format: 'der', type: 'spki' })
          .toString('base64'),
      },
    ]);
    expect(JSON.stringify(simulator.requests())).not.toContain(privateKey);
  });

  test('a key of the caller’s own has no secrets here', async () => {
    const clientId = await create();
    const { publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const answer = await call('POST', `${clients}/${clientId}/access-keys`, { publicKey: spki });
    expect(answer.json).toEqual({
      keyId: expect.any(String) as string,
      clientId,
      generationDate: expect.any(String) as string,
      publicKey: spki,
    });
    expect(simulator.clients()[0]?.keys).toMatchObject([{ accessKey: null, clientSecret: null }]);
  });

  test.each([1, 'no key', generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' })])(
    '%s is no public key',
    async (publicKey) => {
      const clientId = await create();
      const path = `${clients}/${clientId}/access-keys`;
      const sent = Buffer.isBuffer(publicKey) ? publicKey.toString('base64') : publicKey;
      expect((await call('POST', path, { publicKey: sent })).status).toBe(400);
    },
  );

  test('five at most', async () => {
    const clientId = await create();
    for (let count = 0; count < 5; count++) await addKey(clientId);
    const sixth = await call('POST', `${clients}/${clientId}/access-keys`);
    expect([sixth.status, sixth.json.errorCode]).toEqual([422, 'AccessKeyLimitReached']);
  });

  test('what a secret was, and when it worked, is remembered', async () => {
    const clientId = await create();
    const { keyId, accessKey, clientSecret } = await addKey(clientId);
    await call('DELETE', `${clients}/${clientId}/access-keys/${keyId}`);
    const gone = { clientId, keyId, kind: 'client', revokedAt: clock.now() };
    expect(simulator.issuedSecrets()).toMatchObject([
      { kind: 'management', form: 'accessKey', value: simulator.credentials.accessKey, revokedAt: null },
      { ...gone, form: 'accessKey', value: accessKey },
      { ...gone, form: 'clientSecret', value: clientSecret },
    ]);
  });
});

describe('the bearer', () => {
  const claimsOf = (accessKey: string): Record<string, unknown> => {
    const [clientId, , accountId] = accessKey.split('.');
    const now = clock.now() / 1000;
    return {
      aud: `${accountId}.accounts.authress.io`,
      iss: `${simulator.url}${clients}/${clientId}`,
      sub: clientId,
      iat: now,
      exp: now + 86_400,
    };
  };
  const jwt = (accessKey: string, claims: Record<string, unknown> = {}): string => {
    const [, keyId = '', , privateKey = ''] = accessKey.split('.');
    return signJwt(privateKey, keyId, { ...claimsOf(accessKey), ...claims });
  };
  const listWith = async (bearer: string): Promise<number> =>
    (await call('GET', clients, undefined, bearer)).status;

  test('is the management key as it is, or a token that it has signed', async () => {
    const { accessKey } = simulator.credentials;
    expect([await listWith(accessKey), await listWith(jwt(accessKey))]).toEqual([200, 200]);
  });

  test.each([
    ['expired', () => ({ exp: clock.now() / 1000 })],
    ['of another issuer', () => ({ iss: 'https://elsewhere/v1/clients/x' })],
    ['for another account', () => ({ aud: 'acc-other.accounts.authress.io' })],
    ['of another client', () => ({ sub: 'sc_other' })],
  ])('is refused when it is %s', async (_what, claims) => {
    expect(await listWith(jwt(simulator.credentials.accessKey, claims()))).toBe(401);
  });

  test('is refused with another key, with another key id, and when it is nothing', async () => {
    const { accessKey } = simulator.credentials;
    const [clientId, keyId = '', accountId] = accessKey.split('.');
    const other = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
    const forged = other.toString('base64');
    const wrong = [
      signJwt(forged, keyId, claimsOf(accessKey)),
      [clientId, keyId, accountId, forged].join('.'),
      [clientId, keyId, accountId, 'x'].join('.'),
      accessKey.replace(`.${keyId}.`, '.none.'),
      'eyJ.eyJ.x',
      'nothing',
    ];
    for (const bearer of wrong) expect(await listWith(bearer), bearer).toBe(401);
    expect((await rawRequest(simulator.url + clients)).status).toBe(401);
  });

  test('of a client without permissions: it sees and may do nothing, and a deleted key is 401', async () => {
    const clientId = await create();
    const { keyId, accessKey } = await addKey(clientId);
    const own = `${clients}/${clientId}`;
    for (const bearer of [accessKey, jwt(accessKey)]) {
      expect((await call('GET', own, undefined, bearer)).status).toBe(404);
      expect((await call('GET', clients, undefined, bearer)).status).toBe(403);
      expect((await call('DELETE', own, undefined, bearer)).status).toBe(403);
    }
    await call('DELETE', `${own}/access-keys/${keyId}`);
    for (const bearer of [accessKey, jwt(accessKey)])
      expect((await call('GET', own, undefined, bearer)).status).toBe(401);
  });

  test('may be of a key that the client has made itself', async () => {
    const clientId = await create();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const { json } = await call('POST', `${clients}/${clientId}/access-keys`, { publicKey: spki });
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    const accessKey = [clientId, json.keyId, simulator.accountId, pkcs8].join('.');
    for (const bearer of [accessKey, jwt(accessKey)])
      expect((await call('GET', `${clients}/${clientId}`, undefined, bearer)).status).toBe(404);
  });
});

test('the key set of a client is public, and has what verifies its tokens', async () => {
  const clientId = await create();
  const { keyId, accessKey } = await addKey(clientId);
  const url = `${simulator.url}${clients}/${clientId}/.well-known/openid-configuration/jwks?kid=x&iss=y`;
  const answer = await rawRequest(url);
  expect(answer.json).toEqual({
    keys: [{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: keyId, x: expect.any(String) as string }],
  });
  const key = createPublicKey({ key: answer.json.keys[0], format: 'jwk' });
  const token = signJwt(accessKey.split('.')[3] ?? '', keyId, {});
  const [header, claims, signature = ''] = token.split('.');
  expect(verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(
    true,
  );
  const nobody = `${simulator.url}${clients}/nobody/.well-known/openid-configuration/jwks`;
  expect((await rawRequest(nobody)).status).toBe(404);
});

test('the token endpoint takes JSON with names in snake_case', async () => {
  const clientId = await create();
  const { clientSecret } = await addKey(clientId);
  const url = `${simulator.url}/api/authentication/oauth/tokens`;
  const ask = async (json: object): Promise<number> => (await rawRequest(url, { json })).status;
  const good = { client_id: clientId, client_secret: clientSecret };
  expect(Object.keys((await rawRequest(url, { json: good })).json)).toEqual(['access_token']);
  expect(await ask({ ...good, grant_type: 'client_credentials' })).toBe(200);
  expect(await ask({ ...good, grant_type: 'password' })).toBe(400);
  expect(await ask({ client_id: clientId })).toBe(400);
  expect(await ask({ ...good, client_secret: 'wrong' })).toBe(401);
  expect(await ask({ ...good, client_id: 'nobody' })).toBe(401);
  expect((await rawRequest(url, { text: new URLSearchParams(good).toString() })).status).toBe(400);
  expect(JSON.stringify(simulator.requests())).not.toContain(clientSecret);
});

test('below a path prefix everything is, issuers too', async () => {
  await using prefixed = await startAuthressSimulator({ pathPrefix: '/authress' });
  const [clientId = '', keyId = '', accountId, privateKey = ''] = prefixed.credentials.accessKey.split('.');
  const iss = `${prefixed.url}${clients}/${clientId}`;
  expect(iss).toContain('/authress/v1/clients/');
  const bearer = signJwt(privateKey, keyId, {
    iss,
    sub: clientId,
    aud: `${accountId}.accounts.authress.io`,
    exp: Date.now() / 1000 + 60,
  });
  expect((await managementClient(prefixed)('GET', clients, undefined, bearer)).status).toBe(200);
});

describe('the console', () => {
  test('does what the API does, and changes only what it is told to', () => {
    const { clientId = '' } = simulator.act({
      action: 'createClient',
      clientId: 'theirs',
      fields: { name: 'n', tags: { a: 'b' } },
    });
    simulator.act({ action: 'changeClient', clientId, fields: { name: 'm' } });
    const key = simulator.act({ action: 'addKey', clientId });
    expect(simulator.clients()).toMatchObject([
      {
        clientId: 'theirs',
        name: 'm',
        tags: { a: 'b' },
        createdBy: 'console',
        keys: [{ keyId: key.keyId, accessKey: key.accessKey, by: 'console' }],
      },
    ]);
    simulator.act({ action: 'deleteKey', clientId, keyId: key.keyId ?? '' });
    expect(simulator.clients()[0]?.keys).toEqual([]);
    expect(() => simulator.act({ action: 'deleteClient', clientId: 'nobody' })).toThrow('NotFound');
  });

  test('wipes all but the client of the management key, and replaces that key', async () => {
    await create();
    expect(simulator.act({ action: 'wipeClients' })).toEqual({ deleted: 1 });
    const old = simulator.credentials.accessKey;
    expect((await call('GET', clients)).json.clients).toMatchObject([{ clientId: old.split('.')[0] }]);
    const { credentials } = simulator.act({ action: 'rotateManagementKey' });
    expect(credentials).toEqual(simulator.credentials);
    expect((await call('GET', clients, undefined, old)).status).toBe(401);
    expect((await call('GET', clients)).status).toBe(200);
  });

  test('after a reset the account and its key are those of the start', async () => {
    const { accessKey } = simulator.credentials;
    await create();
    simulator.act({ action: 'rotateManagementKey' });
    simulator.reset();
    expect([simulator.credentials.accessKey, simulator.clients()]).toEqual([accessKey, []]);
    expect((await call('GET', clients)).status).toBe(200);
  });
});
