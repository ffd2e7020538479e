import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawRequest } from '../raw-client.ts';
import { managementClient, managementToken } from './management-client.ts';
import { type ScalekitSimulator, startScalekitSimulator } from './simulator.ts';

let simulator: ScalekitSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  simulator = await startScalekitSimulator({ organizations: ['org_1', 'org_2'] });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const time = (digits: number) =>
  expect.stringMatching(
    new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{${digits}}Z$`),
  ) as string;

const body = {
  name: 'billing-sync',
  description: 'nightly export',
  scopes: ['read:invoices'],
  audience: ['https://api.example.test'],
  custom_claims: [{ key: 'env', value: 'test' }],
  expiry: 3600,
};

const create = async (fields: object = {}): Promise<{ id: string; secret: string; secretId: string }> => {
  const { status, json } = await call('POST', '', fields);
  expect(status).toBe(201);
  return { id: json.client.client_id, secret: json.plain_secret, secretId: json.client.secrets[0].id };
};

test('a client is created with one secret, which is shown once', async () => {
  const { status, json } = await call('POST', '', body);
  expect(status).toBe(201);
  expect(json).toEqual({
    client: {
      client_id: expect.stringMatching(/^m2morg_\d{17}$/) as string,
      secrets: [
        {
          id: expect.stringMatching(/^sks_\d{17}$/) as string,
          create_time: time(3),
          update_time: time(9),
          secret_suffix: json.plain_secret.slice(-4),
          status: 'ACTIVE',
          last_used_time: json.client.secrets[0].create_time,
        },
      ],
      organization_id: 'org_1',
      create_time: time(3),
      update_time: time(9),
      ...body,
      expiry: '3600',
    },
    plain_secret: expect.stringMatching(/^test_[\w-]{44}$/) as string,
  });
  const shown = await call('GET', `/${json.client.client_id}`);
  expect([shown.status, shown.json]).toEqual([200, { client: json.client }]);
});

test('a repeated creation makes a second client', async () => {
  const first = await create(body);
  const second = await create(body);
  expect(second.id).not.toBe(first.id);
});

test('nothing needs to be said of a client', async () => {
  const { json } = await call('POST', '', {});
  expect(json.client).toMatchObject({ name: '', description: '', scopes: [], audience: [], expiry: '3600' });
});

test('expiry is taken as a number and as a string, and unknown fields are ignored', async () => {
  expect((await call('POST', '', { expiry: '600', color: 'red' })).json.client.expiry).toBe('600');
  expect((await call('POST', '', { expiry: 600 })).json.client.expiry).toBe('600');
});

describe('PATCH', () => {
  test('changes what it names, replaces claims whole, and shows no secrets', async () => {
    const { id } = await create(body);
    const { status, json } = await call('PATCH', `/${id}`, {
      description: 'new',
      custom_claims: [{ key: 'other', value: '1' }],
    });
    expect(status).toBe(200);
    expect(json.client).toMatchObject({
      ...body,
      expiry: '3600',
      description: 'new',
      custom_claims: [{ key: 'other', value: '1' }],
      secrets: [],
    });
    expect((await call('GET', `/${id}`)).json.client.secrets).toHaveLength(1);
  });

  test('cannot clear anything: empty is the same as absent', async () => {
    const { id } = await create(body);
    const empty = { name: '', description: '', scopes: [], audience: [], custom_claims: [], expiry: 0 };
    await call('PATCH', `/${id}`, empty);
    expect((await call('GET', `/${id}`)).json.client).toMatchObject({ ...body, expiry: '3600' });
  });
});

describe('secrets', () => {
  test('they are added to the end, up to five; the last one stays', async () => {
    const { id, secretId } = await create();
    const ids = [secretId];
    for (let count = 2; count <= 5; count++) {
      const { status, json } = await call('POST', `/${id}/secrets`);
      expect(status).toBe(201);
      expect(json.secret.secret_suffix).toBe(json.plain_secret.slice(-4));
      ids.push(json.secret.id);
    }
    const shown = await call('GET', `/${id}`);
    expect(shown.json.client.secrets.map((secret: { id: string }) => secret.id)).toEqual(ids);
    const sixth = await call('POST', `/${id}/secrets`);
    expect([sixth.status, sixth.json.code]).toEqual([400, 9]);

    for (const other of ids.slice(0, 4)) {
      const deleted = await call('DELETE', `/${id}/secrets/${other}`);
      expect([deleted.status, deleted.json]).toEqual([200, {}]);
    }
    const last = await call('DELETE', `/${id}/secrets/${ids[4]}`);
    expect([last.status, last.json.message]).toEqual([400, 'last client cannot be deleted']);
    const gone = await call('DELETE', `/${id}/secrets/${ids[0]}`);
    expect([gone.status, gone.json.message]).toEqual([404, 'secret not found']);
  });

  test('they end with their client', async () => {
    const { id, secret } = await create();
    const deleted = await call('DELETE', `/${id}`);
    expect([deleted.status, deleted.json]).toEqual([200, {}]);
    const issued = simulator.issuedSecrets().find(({ value }) => value === secret);
    expect(issued).toMatchObject({ kind: 'client', clientId: id, revokedAt: expect.any(Number) as number });
    expect((await call('GET', `/${id}`)).status).toBe(404);
  });
});

describe('errors', () => {
  const info = '@type';

  test('what is not there: the organization, or the client in it', async () => {
    const { id } = await create();
    const inOther = await call('GET', `/${id}`, undefined, 'org_2');
    expect([inOther.status, inOther.json]).toEqual([
      404,
      {
        code: 5,
        message: 'client not found',
        details: [
          { [info]: 'type.googleapis.com/scalekit.v1.errdetails.ErrorInfo', error_code: 'NOT_FOUND' },
        ],
      },
    ]);
    const inNone = await call('GET', `/${id}`, undefined, 'org_3');
    expect([inNone.status, inNone.json.message]).toEqual([404, 'organization not found']);
    expect((await call('POST', '', {}, 'org_3')).json.message).toBe('organization not found');
  });

  test.each([
    ['a long name', { name: 'n'.repeat(129) }, 'client.name', 'string.max_len'],
    ['a long description', { description: 'é'.repeat(513) }, 'client.description', 'string.max_len'],
    [
      'a claim without a key',
      { custom_claims: [{ value: 'x' }] },
      'client.custom_claims[0].key',
      'string.min_len',
    ],
    ['a short life', { expiry: 299 }, 'client.expiry', 'int64.gte'],
  ])('%s', async (_what, fields, field, constraint) => {
    const { status, json } = await call('POST', '', fields);
    expect([status, json.code, json.message]).toEqual([400, 3, 'Validation error']);
    expect(json.details[0].validation_error_info.field_violations).toMatchObject([{ field, constraint }]);
    expect(simulator.clients()).toEqual([]);
  });

  test.each([
    ['a number as a name', { name: 1 }],
    ['a text as scopes', { scopes: 'a' }],
    ['a claim that is none', { custom_claims: ['a'] }],
    ['an expiry that is no whole number', { expiry: 1.5 }],
    ['a list', []],
  ])('%s is not understood', async (_what, fields) => {
    const { status, json } = await call('POST', '', fields);
    expect([status, json.code]).toEqual([400, 3]);
  });

  test('ids are checked before they are looked up', async () => {
    const { status, json } = await call('GET', '/nobody');
    expect([status, json.code]).toEqual([400, 3]);
    expect(json.details[0].validation_error_info.field_violations).toMatchObject([
      { field: 'client_id', constraint: 'string.prefix' },
    ]);
    expect((await call('GET', `/m2morg_${'1'.repeat(26)}`)).status).toBe(400);
  });

  test('a creation needs a body, an unknown path and a wrong method are the gateway’s', async () => {
    expect((await call('POST', '')).json.details[0].validation_error_info.field_violations).toMatchObject([
      { field: 'client', constraint: 'required' },
    ]);
    expect((await call('PUT', '', {})).json).toEqual({
      code: 12,
      message: 'Method Not Allowed',
      details: [],
    });
    const unknown = await rawRequest(`${simulator.url}/api/v2/x`);
    expect([unknown.status, unknown.json]).toEqual([404, { code: 5, message: 'Not Found', details: [] }]);
  });
});

describe('a management token', () => {
  const get = (authorization?: string) =>
    rawRequest(`${simulator.url}/api/v1/organizations/org_1/clients`, {
      headers: authorization === undefined ? {} : { authorization },
    });

  test('is needed, and no other one will do', async () => {
    const { id, secret } = await create();
    const own = await rawRequest(`${simulator.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      text: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: secret,
      }).toString(),
    });
    for (const authorization of [undefined, 'Bearer x', 'Basic eA==', `Bearer ${own.json.access_token}`]) {
      const { status, json } = await get(authorization);
      expect([status, json.code, json.details[0].error_code]).toEqual([401, 16, 'UNAUTHENTICATED']);
    }
    expect((await get(`Bearer ${await managementToken(simulator)}`)).status).toBe(200);
  });

  test('several work beside each other', async () => {
    const tokens = [await managementToken(simulator), await managementToken(simulator)];
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect((await get(`Bearer ${token}`)).status).toBe(200);
  });
});

test('the log shows no secret', async () => {
  const { id } = await create(body);
  await call('POST', `/${id}/secrets`);
  const log = JSON.stringify(simulator.requests());
  for (const { value } of simulator.issuedSecrets()) expect(log).not.toContain(value);
  expect(simulator.requests({ operation: 'addSecret' })).toMatchObject([
    { clientId: id, authorization: 'Bearer', committed: true, status: 201 },
  ]);
});
