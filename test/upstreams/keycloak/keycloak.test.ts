import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFaultProxy } from '../fault-proxy.ts';
import { inOwnProcess } from '../in-own-process.ts';
import { AdminSession } from './admin-session.ts';
import { keycloakApi } from './calls.ts';
import { KEYCLOAK_STARTS_WITHIN_MS, type KeycloakServer, startKeycloak } from './keycloak.ts';
import type { Realm } from './realm.ts';

const MODULE = join(import.meta.dirname, 'keycloak.ts');

let keycloak: KeycloakServer;
let realm: Realm;
beforeAll(async () => {
  keycloak = await startKeycloak();
  realm = await keycloak.realm();
}, KEYCLOAK_STARTS_WITHIN_MS);
afterAll(() => keycloak[Symbol.asyncDispose]());

test('a creation whose answer was lost is found, and its repetition collides; both are logged without a secret', async () => {
  await using proxy = await startFaultProxy(keycloakApi, keycloak.url);
  // A token is good at the address at which it was asked for, and at no other.
  const session = new AdminSession(proxy.url, realm.operator, realm.name);
  const clients = `/admin/realms/${realm.name}/clients`;
  const call: AdminSession['call'] = (method, path, json) => session.call(method, `${clients}${path}`, json);
  await session.token();
  proxy.setFaults([
    { fault: 'drop-after', operations: ['create'], times: 1 },
    { fault: 'repeat', operations: ['create'], answer: 'second', times: 1 },
  ]);
  const lost = { id: 'id-lost', clientId: 'lost', secret: 'a-secret', serviceAccountsEnabled: true };
  await expect(call('POST', '', lost)).rejects.toThrow();
  expect((await call('GET', '/id-lost')).json.secret).toBe('a-secret');
  const again = { ...lost, id: 'id-again', clientId: 'again' };
  expect((await call('POST', '', again)).json).toMatchObject({ error: 'conflict' });
  const { headers } = await call('POST', '', { ...lost, id: 'id-third', clientId: 'third' });
  // The server names itself as its caller does.
  expect(headers.location).toBe(`${proxy.url}${clients}/id-third`);
  expect(proxy.requests()).toMatchObject([
    { operation: 'token', clientId: 'operator', body: { client_secret: '[secret]' } },
    { operation: 'create', clientId: 'id-lost', body: { secret: '[secret]' }, fault: 'drop-after' },
    { operation: 'get', clientId: 'id-lost', status: 200 },
    { operation: 'create', clientId: 'id-again', fault: 'repeat', committed: true, status: 409 },
    { operation: 'create', clientId: 'id-third', fault: null, status: 201 },
  ]);
  const lostSession = new AdminSession(proxy.url, { clientId: 'lost', secret: 'a-secret' }, realm.name);
  const value = await lostSession.token();
  expect(proxy.issuedSecrets()).toEqual(expect.arrayContaining([{ value: 'a-secret' }, { value }]));
});

test('a realm has an operator that may not do what an administrator does', async () => {
  const { operator } = realm;
  for (const path of ['', '/client-policies/policies', '/events/config'])
    expect((await operator.session.call('PUT', `/admin/realms/${realm.name}${path}`, {})).status, path).toBe(
      403,
    );
  expect((await operator.session.call('GET', '/admin/realms/master/clients')).status).toBe(403);
  expect((await operator.session.call('GET', `/admin/realms/${realm.name}/users`)).status).toBe(403);
});

test('nothing is left of a Keycloak whose parent was killed', { timeout: 300_000 }, async () => {
  using parent = await inOwnProcess(MODULE, 'startKeycloak');
  const { pid, logFile } = parent;
  // kc.sh stays, and Java is its child.
  expect(processesOf(pid).join()).toContain('java');
  expect(existsSync(logFile)).toBe(true);
  parent.kill();
  await expect.poll(() => processesOf(pid), { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => existsSync(logFile), { timeout: 20_000 }).toBe(false);
});

/** The commands of a process group. */
const processesOf = (group: number): string[] =>
  execFileSync('ps', ['-A', '-o', 'pgid=,stat=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([id, state = '']) => Number(id) === group && !state.startsWith('Z'))
    .map(([, , command = '']) => command);
