import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { type RawAnswer, rawRequest } from '../raw-client.ts';
import { managementClient } from './management-client.ts';
import { type AuthressSimulator, startAuthressSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: AuthressSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startAuthressSimulator({ clock });
  call = managementClient(simulator);
  simulator.act({ action: 'createClient', clientId: 'a', fields: { name: 'a' } });
});
afterEach(() => simulator[Symbol.asyncDispose]());

const one = '/v1/clients/a';
const keys = `${one}/access-keys`;
const create = (fields: object = {}): Promise<RawAnswer> => call('POST', '/v1/clients', fields);
const outcome = ({ status, json }: RawAnswer): [number, string] => [status, json?.errorCode as string];

describe('the account', () => {
  const statuses = async (): Promise<number[]> => [
    (await call('GET', '/v1/clients')).status,
    (await call('GET', one)).status,
    (await call('PUT', one, { name: 'b' })).status,
    (await create()).status,
  ];

  test.each([
    [{ accountMode: 'unauthorized' }, [401, 401, 401, 401]],
    [{ accountMode: 'forbidden' }, [403, 403, 403, 403]],
    [{ accountMode: 'blind' }, [200, 404, 403, 403]],
    [{ accountMode: 'blind', blindList: 'forbidden', blindWrites: 'not-found' }, [403, 404, 404, 404]],
  ] as const)('%j', async (patch, expected) => {
    simulator.setSwitches(patch);
    expect(await statuses()).toEqual(expected);
    expect(simulator.clients()).toMatchObject([{ clientId: 'a', name: 'a' }]);
    if (patch.accountMode === 'blind' && !('blindList' in patch))
      expect((await call('GET', '/v1/clients')).json.clients).toEqual([]);
  });

  test('the plan can allow no more clients', async () => {
    simulator.setSwitches({ maxClients: 1 });
    expect(outcome(await create())).toEqual([402, 'ClientLimitReached']);
  });

  test('a client that asks for itself can be told 403, or see itself', async () => {
    const { accessKey } = simulator.act({ action: 'addKey', clientId: 'a' });
    const ask = async (): Promise<number> => (await call('GET', one, undefined, accessKey)).status;
    simulator.setSwitches({ ownClientRead: 'forbidden' });
    expect(await ask()).toBe(403);
    simulator.setSwitches({ ownClientRead: 'allowed' });
    expect(await ask()).toBe(200);
    simulator.act({ action: 'createClient', clientId: 'b' });
    expect((await call('GET', '/v1/clients/b', undefined, accessKey)).status).toBe(404);
  });
});

test('errors can say less', async () => {
  simulator.setSwitches({ errorMembers: ['title'] });
  expect(Object.keys((await call('GET', '/v1/clients/nobody')).json)).toEqual(['title']);
});

test('calls beyond a rate are 429, with Retry-After or without', async () => {
  simulator.setSwitches({ rateLimit: 1 });
  expect((await call('GET', one)).status).toBe(200);
  const bare = await call('GET', one);
  expect([outcome(bare), bare.headers['retry-after']]).toEqual([[429, 'TooManyRequests'], undefined]);
  simulator.setSwitches({ retryAfter: 'present' });
  expect((await call('GET', one)).headers['retry-after']).toBe('1');
});

test('what a PUT leaves out can stay', async () => {
  await call('PUT', one, { name: 'a', tags: { x: 'y' } });
  simulator.setSwitches({ putOmitted: 'keep' });
  expect((await call('PUT', one, { name: 'b' })).json).toMatchObject({ name: 'b', tags: { x: 'y' } });
  simulator.setSwitches({ putOmitted: 'clear' });
  expect((await call('PUT', one, { tags: { x: 'y' } })).json).toMatchObject({ name: null, tags: { x: 'y' } });
});

test('unknown and read-only fields can be refused', async () => {
  simulator.setSwitches({ extraFields: 'refuse' });
  expect((await create({ clientId: 'x' })).status).toBe(400);
  expect((await create({ options: { grantMetadataAccess: true } })).status).toBe(400);
  expect((await create({ name: 'n' })).status).toBe(201);
});

test('empty collections can be left out', async () => {
  simulator.setSwitches({ emptyCollections: 'absent' });
  const { json } = await call('GET', one);
  expect(Object.keys(json).sort()).toEqual(['clientId', 'createdTime', 'name', 'options']);
});

test('names, tags and quotas can have other limits', async () => {
  simulator.setSwitches({ maxNameLength: 64, maxTags: 1, maxTagKeyLength: 3 });
  expect((await create({ name: 'n'.repeat(65) })).status).toBe(400);
  expect((await create({ tags: { a: '', b: '' } })).status).toBe(400);
  expect((await create({ tags: { abcd: '' } })).status).toBe(400);
  const limited = { rateLimits: [{ duration: 'PT5M', quota: 250 }] };
  expect((await create(limited)).status).toBe(400);
  simulator.setSwitches({ quotas: 'any' });
  expect((await create(limited)).status).toBe(201);
});

test('deleting what is not there can be a success', async () => {
  simulator.setSwitches({ deleteUnknown: 'accept' });
  expect((await call('DELETE', '/v1/clients/nobody')).status).toBe(204);
  expect((await call('DELETE', `${keys}/none`)).status).toBe(204);
});

describe('access keys', () => {
  test('the sixth can have another status', async () => {
    simulator.setSwitches({ sixthKeyStatus: 409 });
    for (let count = 0; count < 5; count++) await call('POST', keys);
    expect(outcome(await call('POST', keys))).toEqual([409, 'AccessKeyLimitReached']);
  });

  test('a new one can be refused for a while, everywhere', async () => {
    simulator.setSwitches({ keyDelayMs: 1000 });
    const { accessKey, clientSecret } = (await call('POST', keys)).json;
    const token = `${simulator.url}/api/authentication/oauth/tokens`;
    const seen = async (): Promise<unknown[]> => [
      (await call('GET', one, undefined, accessKey as string)).status,
      (await rawRequest(token, { json: { client_id: 'a', client_secret: clientSecret } })).status,
      (await rawRequest(`${simulator.url}${one}/.well-known/openid-configuration/jwks`)).json.keys.length,
    ];
    expect(await seen()).toEqual([401, 401, 0]);
    clock.advance(1000);
    expect(await seen()).toEqual([404, 200, 1]);
  });

  test('one within a window for each client, though a person may have another', async () => {
    simulator.setSwitches({ keyWindowMs: 3_600_000, retryAfter: 'present' });
    expect((await call('POST', keys)).status).toBe(201);
    clock.advance(600_000);
    const second = await call('POST', keys);
    expect([outcome(second), second.headers['retry-after']]).toEqual([[429, 'TooManyRequests'], '3000']);
    simulator.act({ action: 'createClient', clientId: 'b' });
    expect((await call('POST', '/v1/clients/b/access-keys')).status).toBe(201);
    clock.advance(3_000_000);
    expect((await call('POST', keys)).status).toBe(201);
    simulator.act({ action: 'addKey', clientId: 'a' });
    expect(simulator.clients()[0]?.keys).toHaveLength(3);
  });

  test('their public halves and dates can be shown otherwise, and the newest first', async () => {
    const ids = [];
    for (let count = 0; count < 2; count++) ids.push((await call('POST', keys)).json.keyId as string);
    simulator.setSwitches({ publicKeyEcho: 'unpadded', generationDates: 'absent', keyOrder: 'newest-first' });
    const shown = (await call('GET', one)).json.verificationKeys;
    expect(shown).toEqual(
      ids.toReversed().map((keyId) => ({
        keyId,
        clientId: 'a',
        publicKey: expect.stringMatching(/^[A-Za-z0-9+/]{59}$/) as string,
      })),
    );
    simulator.setSwitches({ publicKeyEcho: 'absent' });
    expect((await call('GET', one)).json.verificationKeys[0]).not.toHaveProperty('publicKey');
  });

  test('a public key can be ignored', async () => {
    simulator.setSwitches({ ownKeys: 'ignore' });
    expect((await call('POST', keys, { publicKey: 'any' })).json).toHaveProperty('accessKey');
  });

  test('the client secret can be the private key, or missing', async () => {
    simulator.setSwitches({ clientSecrets: 'private-key' });
    const { accessKey, clientSecret } = (await call('POST', keys)).json;
    expect((accessKey as string).split('.')[3]).toBe(clientSecret);
    simulator.setSwitches({ clientSecrets: 'absent' });
    expect((await call('POST', keys)).json).not.toHaveProperty('clientSecret');
  });
});

test('an unknown switch or value is refused, and a reset sets them back', () => {
  expect(() => simulator.setSwitches({ listItems: 'short' } as never)).toThrow();
  expect(() => simulator.setSwitches({ pageSizeCap: 21 })).toThrow();
  simulator.setSwitches({ pageSizeCap: 3 });
  simulator.reset();
  expect(simulator.clients()).toEqual([]);
});
