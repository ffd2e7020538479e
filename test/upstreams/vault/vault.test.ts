import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../control-plane/lock.ts';
import { type RawAnswer, rawRequest } from '../../simulators/raw-client.ts';
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import { inOwnProcess } from '../in-own-process.ts';
import { vaultApi } from './calls.ts';
import { type Mount, startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

const MODULE = join(import.meta.dirname, 'vault.ts');

let vault: VaultServer;
let mount: Mount;
beforeAll(async () => {
  vault = await startVault();
  mount = await vault.mount();
}, VAULT_STARTS_WITHIN_MS);
afterAll(() => vault[Symbol.asyncDispose]());

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const as = (token: string, url = vault.url) => ({
  call: (method: Method, path: string, json?: unknown): Promise<RawAnswer> =>
    rawRequest(`${url}/v1/auth/${mount.path}${path}`, {
      method,
      headers: { 'x-vault-token': token },
      ...(json !== undefined && { json }),
    }),
});

describe('the rights', () => {
  test('of an operator end at its mount, and do not open it', async () => {
    const other = await vault.mount();
    for (const [method, path] of [
      ['GET', `/v1/auth/${other.path}/role/app`],
      ['POST', `/v1/auth/${other.path}/role/app`],
      ['GET', '/v1/sys/policies/acl?list=true'],
      ['GET', '/v1/sys/auth'],
      ['POST', '/v1/auth/token/create'],
      ['POST', `/v1/auth/${mount.path}/role/app/custom-secret-id`],
      ['POST', `/v1/auth/${mount.path}/role/app/secret-id/lookup`],
    ] as const) {
      const headers = { 'x-vault-token': mount.operatorToken };
      const { status } = await rawRequest(vault.url + path, {
        method,
        headers,
        ...(method === 'POST' && { json: {} }),
      });
      expect(status, path).toBe(403);
    }
  });

  test('of one that only issues secret ids are enough for that, and touch no role', async () => {
    await vault.asRoot('POST', `/v1/auth/${mount.path}/role/theirs`, { token_policies: 'app' });
    const { call } = as(mount.secretIdsOnlyToken);
    expect((await call('GET', '/role/theirs')).json.data.token_policies).toEqual(['app']);
    expect((await call('GET', '/role/theirs/role-id')).status).toBe(200);
    const minted = await call('POST', '/role/theirs/secret-id', {});
    const accessor = { secret_id_accessor: minted.json.data.secret_id_accessor };
    expect((await call('GET', '/role/theirs/secret-id?list=true')).json.data.keys).toHaveLength(1);
    expect((await call('POST', '/role/theirs/secret-id-accessor/lookup', accessor)).status).toBe(200);
    expect((await call('POST', '/role/theirs/secret-id-accessor/destroy', accessor)).status).toBe(204);
    expect((await call('POST', '/role/theirs', { token_policies: 'admin' })).status).toBe(403);
    expect((await call('DELETE', '/role/theirs')).status).toBe(403);
  });

  // Why policies are compared as exact names, and why a pattern in the policy of the operator is no fence.
  test('to write a role with a pattern of policies let any policy through', async () => {
    const path = `auth/${mount.path}/role/+`;
    const rule = `path "${path}" { capabilities = ["create", "update"] allowed_parameters = { "token_policies" = ["app-*"] } }`;
    await vault.asRoot('PUT', '/v1/sys/policies/acl/pattern', { policy: rule });
    const { json } = await vault.asRoot('POST', '/v1/auth/token/create-orphan', { policies: ['pattern'] });
    const { call } = as(json.auth.client_token);
    expect((await call('POST', '/role/sneaky', { token_policies: 'admin' })).status).toBe(403);
    expect((await call('POST', '/role/sneaky', { token_policies: 'app-read,admin' })).status).toBe(204);
    const { json: role } = await vault.asRoot('GET', `/v1/auth/${mount.path}/role/sneaky`);
    expect(role.data.token_policies).toEqual(['app-read', 'admin']);
  });
});

test.each(['userpass', 'kubernetes', 'token'])('knows the auth method %s', async (type) => {
  const { status, text } = await vault.asRoot('POST', `/v1/sys/auth/other-${type}`, { type });
  // That of tokens is there from the start, and once.
  expect(status, text).toBe(type === 'token' ? 400 : 204);
});

test('knows the method LIST too', async () => {
  await vault.asRoot('POST', `/v1/auth/${mount.path}/role/listed`, {});
  const headers = { 'x-vault-token': mount.operatorToken };
  const { json } = await rawRequest(`${vault.url}/v1/auth/${mount.path}/role`, {
    method: 'LIST' as 'GET',
    headers,
  });
  expect(json.data.keys).toContain('listed');
});

describe('behind the fault proxy', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startFaultProxy(vaultApi, vault.url);
  });
  afterAll(() => proxy[Symbol.asyncDispose]());

  test('a secret id whose answer was lost is found by its metadata, and one that was asked for twice is there twice', async () => {
    const { call } = as(mount.operatorToken, proxy.url);
    await call('POST', '/role/lost', {});
    proxy.setFaults([
      { fault: 'drop-after', operations: ['mint'], clientId: 'lost', times: 1 },
      { fault: 'repeat', operations: ['mint'], clientId: 'lost', times: 1 },
    ]);
    await expect(call('POST', '/role/lost/secret-id', { metadata: '{"operation":"one"}' })).rejects.toThrow();
    const { json: heard } = await call('POST', '/role/lost/secret-id', { metadata: '{"operation":"two"}' });
    // The lost one, the one that was heard of, and the one that nobody asked for.
    expect(proxy.issuedSecrets()).toHaveLength(3);
    expect(proxy.issuedSecrets()).toContainEqual({ value: heard.data.secret_id });
    const { keys } = (await call('GET', '/role/lost/secret-id?list=true')).json.data;
    const found = await Promise.all(
      keys.map(async (secret_id_accessor: string) => {
        const { json } = await call('POST', '/role/lost/secret-id-accessor/lookup', { secret_id_accessor });
        return json.data.metadata.operation;
      }),
    );
    expect(found.sort()).toEqual(['one', 'two', 'two']);
    expect(proxy.counters()).toMatchObject({
      calls: { write: 1, mint: 2, listSecretIds: 1, lookup: 3, unknown: 0 },
      committed: { mint: 3 },
    });
  });

  test('an error has the shape of Vault', async () => {
    proxy.setFaults([{ fault: 'status', status: 429, headers: { 'retry-after': '3' }, times: 1 }]);
    const { status, headers, json } = await as(mount.operatorToken, proxy.url).call('GET', '/role?list=true');
    expect([status, headers['retry-after'], json]).toEqual([429, '3', { errors: ['HTTP 429'] }]);
  });
});

test('nothing is left of a Vault whose parent was killed', async () => {
  using parent = await inOwnProcess(MODULE, 'startVault');
  const { pid, logFile } = parent;
  expect([isAlive(pid), existsSync(logFile)]).toEqual([true, true]);
  parent.kill();
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  await expect.poll(() => existsSync(logFile), { timeout: 10_000 }).toBe(false);
});
