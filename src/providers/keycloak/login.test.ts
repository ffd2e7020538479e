import { expect, test } from 'vitest';
import { call, failure, value } from '../../../test/conformance/provider-conformance.ts';
import { identityProviderSpec } from '../../api/schema/identity-provider.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { keycloak } from './index.ts';
import { behindGateway, create, start, wish } from './testing/rig.ts';

const logins = ({ simulator }: Awaited<ReturnType<typeof start>>): number =>
  simulator.requests({ operation: 'token', clientId: 'operator' }).length;

test('one login, and the next one after two thirds of the life of its token: it lives for a minute in the realm master', async () => {
  const clock = new ManualClock();
  await using rig = await start({ switches: { tokenTtlMs: 60_000 } }, { clock });
  const seen: number[] = [];
  for (const seconds of [0, 39, 2, 39, 2]) {
    clock.advance(seconds * 1_000);
    value(await rig.account.list(undefined, call));
    seen.push(logins(rig));
  }
  expect(seen).toEqual([1, 1, 2, 2, 3]);
  // None of them was ever refused.
  expect(rig.simulator.requests().every(({ status }) => status !== 401)).toBe(true);
});

test('many who wait for it log in once', async () => {
  await using rig = await start();
  await Promise.all(Array.from({ length: 5 }, () => rig.account.list(undefined, call)));
  expect(logins(rig)).toBe(1);
});

test('a token that is refused is replaced once, also for a write; a right that is missing is no reason', async () => {
  await using rig = await start();
  const { client } = await create(rig);
  rig.simulator.act({ action: 'revokeManagementTokens' });
  value(await rig.account.mint(wish(), client, call));
  expect([logins(rig), rig.clients()[0]?.secrets.length]).toEqual([2, 2]);
  rig.simulator.setSwitches({ rights: 'none' });
  expect(failure(await rig.account.mint(wish(), client, call)).reason).toBe('PermissionDenied');
  expect(logins(rig)).toBe(2);
});

test('a secret that is no good any more stops the account, and is not in what is said of it', async () => {
  await using rig = await start({}, { credential: 'another-secret' });
  const outcome = await rig.account.list(undefined, call);
  expect(failure(outcome)).toMatchObject({
    kind: 'rejected',
    reason: 'CredentialsInvalid',
    retry: 'account',
  });
  expect(JSON.stringify(outcome) + (outcome.kind === 'ok' ? '' : outcome.error.message)).not.toContain(
    'another-secret',
  );
  expect(rig.requests('list')).toBe(0);
});

test('a login that could not be had is no answer to what was asked, and a write has not left', async () => {
  await using rig = await start();
  rig.simulator.setFaults([{ fault: 'status', status: 500, operations: ['token'], times: 1 }]);
  const outcome = await rig.account.create(wish(), 'one', undefined, call);
  expect(failure(outcome)).toMatchObject({ kind: 'rejected', reason: 'ProviderUnavailable' });
  expect(rig.clients()).toEqual([]);
});

test('behind a gateway nothing is sent that logs in', async () => {
  await using rig = await start(behindGateway.options, behindGateway.setting);
  value(await rig.account.list(undefined, call));
  expect(rig.simulator.requests().map(({ operation, authorization }) => [operation, authorization])).toEqual([
    ['list', null],
  ]);
});

test('an account is a realm of a server, whoever logs in', () => {
  const idOf = (more: object, auth: object = { type: 'Gateway' }) =>
    keycloak.describe(
      identityProviderSpec.parse({
        type: 'Keycloak',
        keycloak: { baseUrl: 'https://sso.example.com/auth/', realm: 'services', auth, ...more },
      }),
    ).accountId;
  const login = { type: 'ClientCredentials', clientId: 'operator', secretKeyRef: { name: 'n', key: 'k' } };
  expect([
    idOf({}),
    idOf({}, login),
    idOf({}, { ...login, realm: 'master' }),
    idOf({ realm: 'other' }),
  ]).toEqual([
    'keycloak/sso.example.com/auth/services',
    'keycloak/sso.example.com/auth/services',
    'keycloak/sso.example.com/auth/services',
    'keycloak/sso.example.com/auth/other',
  ]);
});
