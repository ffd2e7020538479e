import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthressSimulator, startAuthressSimulator } from './simulator.ts';

interface Response {
  readonly status: number;
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

interface Sdk {
  readonly serviceClients: {
    createClient(body: object): Promise<Response>;
    getClient(clientId: string): Promise<Response>;
    getClients(): Promise<Response>;
    updateClient(clientId: string, body: object): Promise<Response>;
    deleteClient(clientId: string): Promise<Response>;
    requestAccessKey(clientId: string): Promise<Response>;
    deleteAccessKey(clientId: string, keyId: string): Promise<Response>;
  };
  verifyToken(token: string): Promise<Record<string, unknown>>;
}

// Its types are TypeScript sources, with enums and without `import type`, which our compiler does not take.
const require = createRequire(import.meta.url);
const { AuthressClient } = require('authress-sdk') as {
  readonly AuthressClient: new (settings: { readonly authressApiUrl: string }, accessKey: string) => Sdk;
};

let simulator: AuthressSimulator;
let sdk: Sdk;

beforeAll(async () => {
  simulator = await startAuthressSimulator();
  sdk = connect(simulator.credentials.accessKey);
});
afterAll(() => simulator[Symbol.asyncDispose]());

const connect = (accessKey: string): Sdk => new AuthressClient({ authressApiUrl: simulator.url }, accessKey);

/** What the SDK throws is a plain object. */
const refused = (status: number, errorCode: string) => ({ status, data: { errorCode } });

test('the official SDK leads a client through its whole life', async () => {
  const fields = {
    name: 'billing-sync',
    options: { grantUserPermissionsAccess: true, grantTokenGeneration: false },
    tags: { owner: 'team-a' },
  };
  const created = await sdk.serviceClients.createClient(fields);
  expect([created.status, created.headers['content-type']]).toEqual([201, 'application/links+json']);
  const { clientId } = created.data as { clientId: string };
  expect(created.data).toEqual({
    ...fields,
    clientId: expect.stringMatching(/^sc_[A-Za-z0-9]{22}$/) as string,
    createdTime: expect.any(String) as string,
    rateLimits: [],
    verificationKeys: [],
  });

  const requested = await sdk.serviceClients.requestAccessKey(clientId);
  expect(requested.status).toBe(201);
  const { accessKey, keyId } = requested.data as { accessKey: string; keyId: string };
  expect(accessKey).toMatch(
    /^(sc|ext|scauth|authress)_[a-zA-Z0-9]{5,30}\.[a-zA-Z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[a-zA-Z0-9+/_=-]{30,120}$/,
  );

  // A fresh client has no permissions: 404 is how a good key is told, 401 a bad one.
  const own = connect(accessKey);
  await expect(own.serviceClients.getClient(clientId)).rejects.toMatchObject(refused(404, 'NotFound'));
  await expect(own.verifyToken(accessKey)).resolves.toMatchObject({ sub: clientId });

  const updated = await sdk.serviceClients.updateClient(clientId, { ...fields, name: 'billing' });
  expect([updated.status, updated.data]).toMatchObject([200, { name: 'billing', tags: fields.tags }]);
  const got = await sdk.serviceClients.getClient(clientId);
  expect(got.data).toMatchObject({ name: 'billing', verificationKeys: [{ keyId, clientId }] });
  expect(JSON.stringify(got.data)).not.toContain(accessKey.split('.')[3]);

  for (let others = 0; others < 4; others++) await sdk.serviceClients.requestAccessKey(clientId);
  await expect(sdk.serviceClients.requestAccessKey(clientId)).rejects.toMatchObject(
    refused(422, 'AccessKeyLimitReached'),
  );

  await expect(sdk.serviceClients.deleteAccessKey(clientId, keyId)).resolves.toMatchObject({ status: 204 });
  const stale = connect(accessKey);
  await expect(stale.serviceClients.getClient(clientId)).rejects.toMatchObject(refused(401, 'Unauthorized'));

  const listed = await sdk.serviceClients.getClients();
  const { clients } = listed.data as { clients: { clientId: string }[] };
  expect(clients.map((client) => client.clientId)).toContain(clientId);

  await expect(sdk.serviceClients.deleteClient(clientId)).resolves.toMatchObject({ status: 204 });
  await expect(sdk.serviceClients.getClient(clientId)).rejects.toMatchObject(refused(404, 'NotFound'));
});

test('the SDK asks again after a lost answer, and a second client is there', async () => {
  const before = simulator.clients().length;
  simulator.setFaults([{ fault: 'drop-after', operations: ['create'], times: 1 }]);
  await sdk.serviceClients.createClient({ name: 'twice' });
  expect(simulator.clients()).toHaveLength(before + 2);
});

test('an id is one segment, whatever characters it has', async () => {
  simulator.act({ action: 'createClient', clientId: 'sc a/b|c' });
  await expect(sdk.serviceClients.getClient('sc a/b|c')).resolves.toMatchObject({
    data: { clientId: 'sc a/b|c' },
  });
});

test('the key of another account is the documented 401', async () => {
  await using other = await startAuthressSimulator();
  const stranger = connect(other.credentials.accessKey);
  await expect(stranger.serviceClients.getClients()).rejects.toMatchObject({
    status: 401,
    data: {
      title: expect.any(String) as string,
      errorCode: 'Unauthorized',
      errorId: expect.stringMatching(/^err_/) as string,
    },
  });
});
