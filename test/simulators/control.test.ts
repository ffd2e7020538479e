import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlClient } from './control-client.ts';
import type { StytchControl } from './stytch/control-types.ts';
import { rawRequest } from './raw-client.ts';
import { managementClient } from './stytch/management-client.ts';
import { type StytchSimulator, startStytchSimulator } from './stytch/simulator.ts';

let simulator: StytchSimulator;
let control: ControlClient<StytchControl>;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  simulator = await startStytchSimulator();
  control = new ControlClient(simulator.controlUrl);
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const clients = '/v1/m2m/clients';
const secretOf = (clientId: string): string | undefined =>
  simulator.clients().find((client) => client.clientId === clientId)?.secret;

test('the state shows clients with their secrets, and the endpoint leaves no trace in the log', async () => {
  await call('POST', clients, {
    client_id: 'a',
    client_name: 'n',
    scopes: ['x'],
    trusted_metadata: { k: 1 },
  });
  const state = await control.state();
  expect(state).toMatchObject({
    provider: 'stytch',
    credentials: simulator.credentials,
    counters: { calls: { create: 1, search: 0 }, committed: { create: 1 } },
    held: [],
    faults: [],
    switches: { createStatus: 200 },
  });
  expect(state.clients).toEqual([
    {
      clientId: 'a',
      name: 'n',
      description: '',
      status: 'active',
      scopes: ['x'],
      trustedMetadata: { k: 1 },
      secret: expect.stringMatching(/^[\w-]{44}$/) as string,
      nextSecret: null,
      nextBy: null,
      createdAt: expect.any(Number) as number,
      createdBy: 'api',
    },
  ]);
  expect(state.secrets.map((secret) => secret.value)).toEqual([
    simulator.credentials.secret,
    state.clients[0]?.secret,
  ]);
  expect(await control.requests()).toHaveLength(1);
});

test('the log can be filtered and followed', async () => {
  await call('GET', `${clients}/a`);
  await call('GET', `${clients}/b`);
  const [first] = await control.requests({ operation: 'get', clientId: 'a' });
  expect(first).toMatchObject({ clientId: 'a', status: 404, committed: false });
  expect(await control.requests({ after: first?.seq })).toMatchObject([{ clientId: 'b' }]);
});

test('a person in the console rotates, changes and deletes', async () => {
  const created = await control.act({ action: 'createClient', fields: { client_id: 'a', client_name: 'n' } });
  expect(created).toEqual({ clientId: 'a', secret: secretOf('a') });
  const { nextSecret } = await control.act({ action: 'rotateStart', clientId: 'a' });
  expect((await control.state()).clients).toMatchObject([
    { createdBy: 'console', nextBy: 'console', nextSecret },
  ]);
  await control.act({ action: 'rotateCancel', clientId: 'a' });
  const again = await control.act({ action: 'rotateStart', clientId: 'a' });
  await control.act({ action: 'rotate', clientId: 'a' });
  expect(secretOf('a')).toBe(again.nextSecret);
  await control.act({
    action: 'changeClient',
    clientId: 'a',
    fields: { client_name: 'm', status: 'inactive' },
  });
  expect(simulator.clients()).toMatchObject([{ name: 'm', status: 'inactive' }]);
  await control.act({ action: 'deleteClient', clientId: 'a' });
  expect(simulator.clients()).toEqual([]);
});

test('what Stytch would refuse, the console refuses too', async () => {
  await expect(control.act({ action: 'rotate', clientId: 'a' })).rejects.toThrow('m2m_client_not_found');
  const answer = await rawRequest(`${simulator.controlUrl}/actions`, { json: { action: 'dance' } });
  expect(answer.status).toBe(400);
});

test('all clients can vanish, and be revoked with it', async () => {
  await call('POST', clients, { client_id: 'a', scopes: [] });
  await call('POST', clients, { client_id: 'b', scopes: [] });
  expect(await control.act({ action: 'wipeClients' })).toEqual({ deleted: 2 });
  const secrets = (await control.secrets()).filter((secret) => secret.kind === 'client');
  expect(secrets.map((secret) => typeof secret.revokedAt)).toEqual(['number', 'number']);
});

test('another project can come in between, and the first one come back', async () => {
  await call('POST', clients, { client_id: 'a', scopes: [] });
  const before = simulator.credentials;
  const { credentials } = await control.act({ action: 'changeProject' });
  expect(credentials).toEqual(simulator.credentials);
  expect(credentials?.projectId).not.toBe(before.projectId);
  expect(simulator.clients()).toEqual([]);
  expect(
    (await managementClient({ url: simulator.url, credentials: before })('GET', `${clients}/a`)).status,
  ).toBe(401);
  await control.act({ action: 'changeProject', projectId: before.projectId });
  expect((await call('GET', `${clients}/a`)).status).toBe(200);
});

test('a new management secret makes the old one invalid at once', async () => {
  const old = managementClient({ url: simulator.url, credentials: simulator.credentials });
  const { credentials } = await control.act({ action: 'rotateManagementSecret' });
  expect((await old('GET', `${clients}/a`)).status).toBe(401);
  expect((await call('GET', `${clients}/a`)).status).toBe(404);
  expect((await control.secrets()).at(-1)).toMatchObject({ kind: 'management', value: credentials?.secret });
});

test('a reset brings the start back, with the same credentials', async () => {
  const { credentials } = simulator;
  await call('POST', clients, { client_id: 'a', scopes: [] });
  await control.act({ action: 'changeProject' });
  await control.setSwitches({ accountMode: 'forbidden' });
  await control.addFaults([{ fault: 'drop-before' }]);
  await control.reset();
  expect(await control.state()).toMatchObject({ credentials, clients: [], faults: [], secrets: [{}] });
  expect(await control.requests()).toEqual([]);
  expect((await call('POST', clients, { scopes: [] })).status).toBe(200);
});

test('mistakes are answered with a text that helps', async () => {
  const unknown = await rawRequest(`${simulator.controlUrl}/stat`);
  expect([unknown.status, unknown.json.error]).toEqual([
    404,
    expect.stringContaining('GET /state') as string,
  ]);
  await expect(control.setSwitches({ createStatus: 204 } as never)).rejects.toThrow('createStatus');
  await expect(control.setFaults([{ fault: 'drop-before', operations: ['crate'] }])).rejects.toThrow(
    '"crate"',
  );
  const form = await rawRequest(`${simulator.controlUrl}/switches`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    text: '{}',
  });
  expect([form.status, form.json.error]).toEqual([400, 'send JSON, with curl by --json']);
});
