import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlClient } from '../control-client.ts';
import { rawRequest } from '../raw-client.ts';
import type { ScalekitControl } from './control-types.ts';
import { managementClient } from './management-client.ts';
import { type ScalekitSimulator, startScalekitSimulator } from './simulator.ts';

let simulator: ScalekitSimulator;
let control: ControlClient<ScalekitControl>;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  simulator = await startScalekitSimulator({ organizations: ['org_1', 'org_2'] });
  control = new ControlClient(simulator.controlUrl);
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const create = async (fields: object = {}) => (await call('POST', '', fields)).json;

test('200 instead of 201', async () => {
  simulator.setSwitches({ createStatus: 200, addSecretStatus: 200 });
  const created = await call('POST', '', {});
  expect(created.status).toBe(200);
  expect((await call('POST', `/${created.json.client.client_id}/secrets`)).status).toBe(200);
});

test('every refusal can be another one', async () => {
  const { client } = await create();
  simulator.setSwitches({
    errors: {
      unknownClient: { errorCode: 'CLIENT_NOT_FOUND' },
      unknownSecret: { status: 400, code: 3, errorCode: 'INVALID_ARGUMENT' },
      lastSecret: { code: 9 },
      unknownOrganization: { message: 'tenant unknown' },
    },
  });
  const gone = await call('GET', '/m2morg_1');
  expect([gone.status, gone.json.details[0].error_code]).toEqual([404, 'CLIENT_NOT_FOUND']);
  const secret = await call('DELETE', `/${client.client_id}/secrets/sks_1`);
  expect([secret.status, secret.json.code, secret.json.message]).toEqual([400, 3, 'secret not found']);
  const last = await call('DELETE', `/${client.client_id}/secrets/${client.secrets[0].id}`);
  expect([last.status, last.json.code]).toEqual([400, 9]);
  expect((await call('GET', '', undefined, 'org_3')).json.message).toBe('tenant unknown');
});

test('errors say more, or less', async () => {
  simulator.setSwitches({ errorDetail: 'code-and-request' });
  const { details } = (await call('GET', '/m2morg_1')).json;
  const { request_id } = details[0].request_info;
  expect(simulator.requests({ operation: 'get' })).toMatchObject([{ requestId: request_id }]);
  simulator.setSwitches({ errorDetail: 'none' });
  expect((await call('GET', '/m2morg_1')).json).toEqual({
    code: 5,
    message: 'client not found',
    details: [],
  });
});

test('the form of answers', async () => {
  const { client } = await create();
  const shown = async () => (await call('GET', `/${client.client_id}`)).json.client;
  simulator.setSwitches({
    expiryForm: 'number',
    timestampDigits: 6,
    newerFields: 'present',
    lastUsed: 'absent',
  });
  expect(await shown()).toMatchObject({ expiry: 3600, resource_id: '', is_dcr: false });
  expect((await shown()).create_time).toMatch(/\.\d{6}Z$/);
  expect((await shown()).secrets[0]).not.toHaveProperty('last_used_time');
  simulator.setSwitches({
    expiryForm: 'absent',
    timestampDigits: 0,
    zeroValues: 'omit',
    newerFields: 'absent',
  });
  const bare = await shown();
  expect(Object.keys(bare).toSorted()).toEqual(
    ['client_id', 'create_time', 'organization_id', 'secrets', 'update_time'].toSorted(),
  );
  expect(bare.create_time).toMatch(/:\d\dZ$/);
  expect(bare.secrets[0]).not.toHaveProperty('status');
  expect(Object.keys((await call('GET', '')).json)).toEqual(['total_size', 'clients']);
});

test('a PATCH that clears, and one that shows the secrets', async () => {
  const { client } = await create({ name: 'n', scopes: ['a'], expiry: 600 });
  simulator.setSwitches({ emptyInPatch: 'clear', patchSecrets: 'present' });
  const { json } = await call('PATCH', `/${client.client_id}`, { scopes: [], expiry: 0 });
  expect(json.client).toMatchObject({ name: 'n', scopes: [], expiry: '3600', secrets: [{}] });
});

test('ids may be anything, names must differ, scopes must be known, secrets be fewer', async () => {
  simulator.setSwitches({ idRules: 'ignore' });
  expect((await call('GET', '/nobody')).status).toBe(404);
  simulator.setSwitches({ duplicateNames: 'refuse', knownScopes: ['a'], maxSecrets: 1 });
  const { client } = await create({ name: 'n', scopes: ['a'] });
  expect((await call('POST', '', { name: 'n' })).status).toBe(409);
  expect((await call('POST', '', { name: 'm', scopes: ['b'] })).status).toBe(400);
  expect((await call('POST', `/${client.client_id}/secrets`)).status).toBe(400);
});

test('secrets that end alike', async () => {
  simulator.setSwitches({ generatedSecretSuffix: 'same' });
  const first = await create();
  const second = await call('POST', `/${first.client.client_id}/secrets`);
  expect([first.client.secrets[0].secret_suffix, second.json.secret.secret_suffix]).toEqual(['same', 'same']);
  expect(second.json.plain_secret).not.toBe(first.plain_secret);
});

test('a locked environment refuses everything but tokens', async () => {
  await create();
  for (const [accountMode, status] of [
    ['unauthorized', 401],
    ['forbidden', 403],
  ] as const) {
    simulator.setSwitches({ accountMode });
    expect((await call('GET', '')).status).toBe(status);
    expect((await rawRequest(`${simulator.url}/keys`)).status).toBe(200);
  }
});

test('a rate, without Retry-After', async () => {
  simulator.setSwitches({ rateLimit: 2 });
  await call('GET', '');
  const { status, headers, json } = await call('GET', '');
  expect([status, json.code, json.details[0].error_code]).toEqual([429, 8, 'RATE_LIMITED']);
  expect(headers).not.toHaveProperty('retry-after');
});

test('behind a gateway its header stands for the token', async () => {
  await using behind = await startScalekitSimulator({
    pathPrefix: '/idp',
    gatewayHeader: { name: 'X-Gateway-Key', value: 'k' },
  });
  const url = `${behind.url}/api/v1/organizations/${behind.credentials.organizationId}/clients`;
  expect(behind.url).toMatch(/\/idp$/);
  expect((await rawRequest(url)).status).toBe(401);
  expect((await rawRequest(url, { headers: { 'x-gateway-key': 'k' } })).status).toBe(200);
});

test('a person in the console', async () => {
  const { clientId = '', secretId = '' } = await control.act({
    action: 'createClient',
    organizationId: 'org_2',
    fields: { name: 'foreign', scopes: ['a'] },
  });
  await control.act({ action: 'changeClient', clientId, fields: { name: 'm', scopes: [] } });
  const added = await control.act({ action: 'addSecret', clientId });
  await control.act({ action: 'markUsed', clientId, secretId, at: 7 });
  const state = await control.state();
  expect(state).toMatchObject({ provider: 'scalekit', organizations: ['org_1', 'org_2'] });
  expect(state.clients).toMatchObject([
    {
      clientId,
      organizationId: 'org_2',
      createdBy: 'console',
      name: 'm',
      scopes: [],
      secrets: [
        { id: secretId, lastUsedAt: 7 },
        { id: added.secretId, value: added.secret, by: 'console' },
      ],
    },
  ]);
  await control.act({ action: 'deleteSecret', clientId, secretId });
  await expect(
    control.act({ action: 'deleteSecret', clientId, secretId: added.secretId ?? '' }),
  ).rejects.toThrow('last client cannot be deleted');
  await expect(control.act({ action: 'deleteClient', clientId: 'm2morg_1' })).rejects.toThrow(
    'client not found',
  );
  await control.act({ action: 'deleteClient', clientId });
  await create();
  expect(await control.act({ action: 'wipeClients' })).toEqual({ deleted: 1 });
});

test('a reset brings the start back, with the same credentials', async () => {
  const { credentials } = simulator;
  await create();
  simulator.setSwitches({ accountMode: 'forbidden' });
  simulator.act({ action: 'rotateManagementSecret' });
  simulator.reset();
  expect([simulator.credentials, simulator.clients()]).toEqual([credentials, []]);
  expect((await managementClient(simulator)('GET', '')).status).toBe(200);
});

test('an unknown switch or value is refused', () => {
  expect(() => simulator.setSwitches({ createStatus: 204 } as never)).toThrow();
  expect(() => simulator.setSwitches({ errors: { nothing: {} } } as never)).toThrow();
});
