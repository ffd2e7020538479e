import stytch from 'stytch';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type StytchSimulator, startStytchSimulator } from './simulator.ts';

let simulator: StytchSimulator;
let sdk: stytch.Client;

const connect = ({ url, credentials }: StytchSimulator): stytch.Client =>
  new stytch.Client({ project_id: credentials.projectId, secret: credentials.secret, env: `${url}/` });

beforeAll(async () => {
  // The SDK warns about an address that is not Stytch's.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  simulator = await startStytchSimulator();
  sdk = connect(simulator);
});

afterAll(async () => {
  await simulator[Symbol.asyncDispose]();
  vi.restoreAllMocks();
});

test('the official SDK leads a client through its whole life', async () => {
  const created = await sdk.m2m.clients.create({
    client_name: 'billing-sync',
    client_description: 'nightly export',
    scopes: ['read:invoices', 'write:invoices'],
    trusted_metadata: { owner: 'team-a' },
  });
  expect(created.status_code).toBe(200);
  expect(created.request_id).toMatch(/^request-id-test-[0-9a-f-]{36}$/);
  const { client_id, client_secret } = created.m2m_client;
  expect(client_id).toMatch(/^m2m-client-test-[0-9a-f-]{36}$/);
  expect(client_secret).toMatch(/^[\w-]{44}$/);

  const got = await sdk.m2m.clients.get({ client_id });
  expect(got.m2m_client).toEqual({
    client_id,
    client_name: 'billing-sync',
    client_description: 'nightly export',
    status: 'active',
    scopes: ['read:invoices', 'write:invoices'],
    client_secret_last_four: client_secret.slice(-4),
    next_client_secret_last_four: null,
    trusted_metadata: { owner: 'team-a' },
  });

  const updated = await sdk.m2m.clients.update({
    client_id,
    client_description: 'weekly export',
    trusted_metadata: { owner: null, cost: 7 },
  });
  expect(updated.m2m_client).toMatchObject({
    client_name: 'billing-sync',
    client_description: 'weekly export',
    trusted_metadata: { cost: 7 },
  });

  const found = await sdk.m2m.clients.search({
    query: { operator: 'AND', operands: [{ filter_name: 'client_name', filter_value: ['billing-sync'] }] },
  });
  expect(found.m2m_clients.map((client) => client.client_id)).toEqual([client_id]);
  expect(found.results_metadata).toEqual({ total: 1, next_cursor: null });

  const issued = await sdk.m2m.token({ client_id, client_secret });
  expect(issued).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
  await expect(
    sdk.m2m.authenticateToken({ access_token: issued.access_token, required_scopes: ['read:invoices'] }),
  ).resolves.toEqual({ client_id, scopes: ['read:invoices', 'write:invoices'], custom_claims: {} });
  await expect(
    sdk.m2m.authenticateToken({ access_token: issued.access_token, required_scopes: ['read:users'] }),
  ).rejects.toMatchObject({ code: 'missing_scopes' });

  const started = await sdk.m2m.clients.secrets.rotateStart({ client_id });
  const next = started.m2m_client.next_client_secret;
  expect(started.m2m_client.next_client_secret_last_four).toBe(next.slice(-4));
  await expect(sdk.m2m.token({ client_id, client_secret })).resolves.toBeDefined();
  await expect(sdk.m2m.token({ client_id, client_secret: next })).resolves.toBeDefined();
  await expect(sdk.m2m.clients.secrets.rotateStart({ client_id })).rejects.toMatchObject({
    status_code: 400,
    error_type: 'm2m_client_already_rotating_secret',
  });

  await sdk.m2m.clients.secrets.rotateCancel({ client_id });
  await expect(sdk.m2m.token({ client_id, client_secret: next })).rejects.toMatchObject({
    status_code: 400,
    error_type: 'invalid_client',
  });

  const again = (await sdk.m2m.clients.secrets.rotateStart({ client_id })).m2m_client.next_client_secret;
  const rotated = await sdk.m2m.clients.secrets.rotate({ client_id });
  expect(rotated.m2m_client).toMatchObject({
    client_secret_last_four: again.slice(-4),
    next_client_secret_last_four: null,
  });
  expect(rotated.m2m_client).not.toHaveProperty('client_secret');
  await expect(sdk.m2m.token({ client_id, client_secret })).rejects.toMatchObject({ status_code: 400 });
  const scoped = await sdk.m2m.token({ client_id, client_secret: again, scopes: ['read:invoices'] });
  await expect(sdk.m2m.authenticateToken({ access_token: scoped.access_token })).resolves.toMatchObject({
    scopes: ['read:invoices'],
  });

  await sdk.m2m.clients.update({ client_id, status: 'inactive' });
  await expect(sdk.m2m.token({ client_id, client_secret: again })).rejects.toMatchObject({
    status_code: 400,
  });

  await expect(sdk.m2m.clients.delete({ client_id })).resolves.toMatchObject({ client_id });
  await expect(sdk.m2m.clients.get({ client_id })).rejects.toMatchObject({
    status_code: 404,
    error_type: 'm2m_client_not_found',
  });
});

test('an imported id and secret are kept, whatever characters the id has', async () => {
  const imported = { client_id: 'auth0|a/b c', client_secret: 'example-only-9Rt2vQ7xKd0bWZ', scopes: [] };
  const created = await sdk.m2m.clients.create(imported);
  expect(created.m2m_client).toMatchObject({ ...imported, client_secret_last_four: '0bWZ' });
  await expect(sdk.m2m.clients.get({ client_id: imported.client_id })).resolves.toMatchObject({
    m2m_client: { client_id: imported.client_id },
  });
  await expect(sdk.m2m.clients.create(imported)).rejects.toMatchObject({
    status_code: 400,
    error_type: 'duplicate_m2m_client_id',
  });
});

test('wrong management credentials are the documented 401', async () => {
  const stranger = new stytch.Client({
    project_id: simulator.credentials.projectId,
    secret: 'secret-test-wrong',
    env: `${simulator.url}/`,
  });
  await expect(stranger.m2m.clients.search({})).rejects.toMatchObject({
    status_code: 401,
    error_type: 'unauthorized_credentials',
    error_url: 'https://stytch.com/docs/api/errors/401',
  });
});

test('the B2B client of the SDK finds its keys too', async () => {
  const { projectId, secret } = simulator.credentials;
  const b2b = new stytch.B2BClient({ project_id: projectId, secret, env: `${simulator.url}/` });
  const { m2m_client } = await b2b.m2m.clients.create({ scopes: ['read:users'] });
  const { access_token } = await b2b.m2m.token({
    client_id: m2m_client.client_id,
    client_secret: m2m_client.client_secret,
  });
  await expect(b2b.m2m.authenticateToken({ access_token })).resolves.toMatchObject({
    scopes: ['read:users'],
  });
});
