import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { type RawAnswer, rawRequest } from '../raw-client.ts';
import { startVaultAppRoleSimulator, type VaultSimulator } from './simulator.ts';

/** The answers of a real server (Vault 1.21), as docs/providers/vaultapprole.md tells them. */

let clock: ManualClock;
let simulator: VaultSimulator;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startVaultAppRoleSimulator({ clock });
});
afterEach(() => simulator[Symbol.asyncDispose]());

const ask = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  json?: unknown,
  headers: Record<string, string> = { 'x-vault-token': simulator.credentials.token },
): Promise<RawAnswer> =>
  rawRequest(`${simulator.url}/v1/auth/${path}`, {
    method,
    headers,
    ...(json === undefined ? {} : { json }),
  });
const told = ({ status, json }: RawAnswer): unknown => [status, json];
const nothing = [404, { errors: [] }];
const makeRole = (name: string, fields: object = {}) => ask('POST', `approle/role/${name}`, fields);
const issue = async (name: string, fields: object = {}) =>
  (await ask('POST', `approle/role/${name}/secret-id`, fields)).json.data;

test('a role is made and changed alike, without a collision, under a name in lower case', async () => {
  expect((await makeRole('App-1', { token_policies: ['a', 'b'], unknown: 1 })).status).toBe(204);
  expect((await makeRole('app-1', { token_ttl: '20m' })).status).toBe(204);
  const shown = await ask('GET', 'approle/role/APP-1');
  expect(shown.json.data).toMatchObject({
    token_policies: ['a', 'b'],
    token_ttl: 1200,
    bind_secret_id: true,
    secret_id_ttl: 0,
    secret_id_num_uses: 0,
  });
  expect((await ask('GET', 'approle/role?list=true')).json.data).toEqual({ keys: ['app-1'] });
});

test('policies in one text are taken apart, and those in a list are not', async () => {
  await makeRole('a', { token_policies: 'app-read,admin' });
  await makeRole('b', { token_policies: ['app-read,admin'] });
  expect(simulator.clients().map(({ token_policies: policies }) => policies)).toEqual([
    ['app-read', 'admin'],
    ['app-read,admin'],
  ]);
});

test('what is not there is 404 without a word', async () => {
  for (const path of ['approle/role?list=true', 'approle/role/a', 'approle/role/a/role-id'])
    expect(told(await ask('GET', path))).toEqual(nothing);
  await makeRole('a');
  expect(told(await ask('GET', 'approle/role/a/secret-id?list=true'))).toEqual(nothing);
  expect((await ask('DELETE', 'approle/role/nobody')).status).toBe(204);
});

test('a role_id may be chosen, and one that another role has is an error of the server', async () => {
  await makeRole('a', { role_id: 'chosen' });
  expect((await makeRole('a', { role_id: 'chosen' })).status).toBe(204);
  expect((await ask('GET', 'approle/role/a/role-id')).json.data).toEqual({ role_id: 'chosen' });
  const taken = await makeRole('b', { role_id: 'chosen' });
  expect([taken.status, taken.json.errors[0]]).toEqual([
    500,
    expect.stringContaining('role_id already in use'),
  ]);
  expect(simulator.clients()).toHaveLength(1);
});

test('a secret id is shown once, and looked up by its accessor', async () => {
  await makeRole('a');
  const made = await issue('a', { metadata: '{"mark":"x"}', ttl: '10m' });
  expect(Object.keys(made).toSorted()).toEqual([
    'secret_id',
    'secret_id_accessor',
    'secret_id_num_uses',
    'secret_id_ttl',
  ]);
  const { secret_id_accessor: accessor } = made;
  const listed = await ask('GET', 'approle/role/a/secret-id?list=true');
  expect(listed.json.data).toEqual({ keys: [accessor] });
  const lookup = { secret_id_accessor: accessor };
  const found = await ask('POST', 'approle/role/a/secret-id-accessor/lookup', lookup);
  expect(found.json.data).toMatchObject({ metadata: { mark: 'x' }, secret_id_ttl: 600 });
  expect(JSON.stringify(found.json)).not.toContain(made.secret_id);
  clock.advance(600_000);
  expect(told(await ask('GET', 'approle/role/a/secret-id?list=true'))).toEqual(nothing);
});

test('one that is gone: an error of the server to destroy it, and 404 with an error to look it up', async () => {
  await makeRole('a');
  const { secret_id_accessor: accessor } = await issue('a');
  const body = { secret_id_accessor: accessor };
  expect((await ask('POST', 'approle/role/a/secret-id-accessor/destroy', body)).status).toBe(204);
  const again = await ask('POST', 'approle/role/a/secret-id-accessor/destroy', body);
  expect([again.status, again.json.errors[0]]).toEqual([
    500,
    expect.stringContaining('failed to find accessor entry'),
  ]);
  const lookup = await ask('POST', 'approle/role/a/secret-id-accessor/lookup', body);
  expect([lookup.status, typeof lookup.json.data.error]).toEqual([404, 'string']);
});

test('of a role that is gone no secret id is issued, and those that it had are dead', async () => {
  await makeRole('a', { role_id: 'r' });
  const { secret_id: secretId } = await issue('a');
  await ask('DELETE', 'approle/role/a');
  const refused = await ask('POST', 'approle/role/a/secret-id', {});
  expect([refused.status, JSON.stringify(refused.json)]).toEqual([
    404,
    expect.stringContaining('does not exist'),
  ]);
  const login = await ask('POST', 'approle/login', { role_id: 'r', secret_id: secretId }, {});
  expect(told(login)).toEqual([400, { errors: ['invalid role or secret ID'] }]);
});

test('a chosen secret id collides', async () => {
  await makeRole('a');
  const chosen = { secret_id: 'of-my-choice' };
  expect((await ask('POST', 'approle/role/a/custom-secret-id', chosen)).status).toBe(200);
  const again = await ask('POST', 'approle/role/a/custom-secret-id', chosen);
  expect([again.status, again.json.errors[0]]).toEqual([500, expect.stringContaining('already registered')]);
});

test('a login makes a token, which can end itself and nothing else', async () => {
  await makeRole('a', { role_id: 'r', token_policies: ['read'], token_ttl: '1h' });
  const { secret_id: secretId } = await issue('a', { metadata: '{"mark":"x"}' });
  const { auth } = (await ask('POST', 'approle/login', { role_id: 'r', secret_id: secretId }, {})).json;
  expect(auth).toMatchObject({
    policies: ['default', 'read'],
    metadata: { mark: 'x', role_name: 'a' },
    lease_duration: 3600,
  });
  const own = { 'x-vault-token': auth.client_token as string };
  expect((await ask('GET', 'approle/role/a', undefined, own)).status).toBe(403);
  expect(simulator.tokens()).toBe(1);
  expect((await ask('POST', 'token/revoke-self', {}, own)).status).toBe(204);
  expect(simulator.tokens()).toBe(0);
});

test('403 for a bad token, for none, and for a right that is not there; only the first says more', async () => {
  const texts: string[] = [];
  for (const headers of [{ 'x-vault-token': 'bad' }, {}]) {
    const { status, json } = await ask('GET', 'approle/role/a', undefined, headers);
    expect(status).toBe(403);
    texts.push(json.errors[0] as string);
  }
  simulator.setSwitches({ rights: 'secret-ids' });
  texts.push((await ask('GET', 'approle/role/a')).json.errors[0] as string);
  expect(texts.every((text) => text.includes('permission denied'))).toBe(true);
  expect(texts.map((text) => text.includes('invalid token'))).toEqual([true, false, false]);
  expect(told(await ask('GET', 'approle/role/a/role-id'))).toEqual(nothing);
});

test('sealed: 503, whatever is asked for', async () => {
  simulator.setSwitches({ sealed: true });
  const sealed = [503, { errors: ['Vault is sealed'] }];
  expect(told(await ask('GET', 'approle/role/a'))).toEqual(sealed);
  expect(told(await ask('POST', 'approle/login', {}, {}))).toEqual(sealed);
});

test('a mount is in one namespace, and in no other', async () => {
  await using other = await startVaultAppRoleSimulator({ namespace: 'team/a', mountPath: 'x/y' });
  const get = (headers: Record<string, string>) =>
    rawRequest(`${other.url}/v1/auth/x/y/role/a`, {
      method: 'GET',
      headers: { 'x-vault-token': other.credentials.token, ...headers },
    });
  expect(told(await get({ 'x-vault-namespace': 'team/a/' }))).toEqual(nothing);
  const elsewhere = await get({});
  expect([elsewhere.status, elsewhere.json.errors[0]]).toEqual([404, expect.stringContaining('no handler')]);
});
