import { describe, expect, test } from 'vitest';
import { call, failure, value } from '../../../test/conformance/provider-conformance.ts';
import { clusterIdentityProviderSpec, identityProviderSpec } from '../../api/schema/identity-provider.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { ProviderHttp } from '../http.ts';
import { ok, ProviderError } from '../outcome.ts';
import { vaultapprole } from './index.ts';
import { behindGateway, create, jwtFor, start, wish } from './testing/rig.ts';

describe('login', () => {
  test('with a role: one login, and the next one after two thirds of the life of its token', async () => {
    const clock = new ManualClock();
    await using rig = await start(
      { switches: { managementTokenTtlMs: 60_000 } },
      { login: 'AppRole', clock },
    );
    const logins = () => rig.simulator.requests({ operation: 'operatorLogin' }).length;
    const ask = async () => value(await rig.account.list(undefined, call));
    const seen: number[] = [];
    for (const seconds of [0, 39, 2, 39, 2]) {
      clock.advance(seconds * 1_000);
      await ask();
      seen.push(logins());
    }
    expect(seen).toEqual([1, 1, 2, 2, 3]);
    // None of them was ever refused.
    expect(rig.simulator.requests().every(({ status }) => status !== 403)).toBe(true);
  });

  test('many who wait for it log in once', async () => {
    await using rig = await start({}, { login: 'AppRole' });
    await Promise.all(Array.from({ length: 5 }, () => rig.account.list(undefined, call)));
    expect(rig.simulator.requests({ operation: 'operatorLogin' })).toHaveLength(1);
  });

  test('a token that was revoked is replaced once, also for a write; a right that is missing is no reason', async () => {
    await using rig = await start({}, { login: 'AppRole' });
    const { client } = await create(rig);
    rig.simulator.act({ action: 'revokeManagementTokens' });
    value(await rig.account.mint(wish(), client, call));
    expect([rig.requests('mint'), rig.clients()[0]?.secrets.length]).toEqual([3, 2]);
    expect(rig.simulator.requests({ operation: 'operatorLogin' })).toHaveLength(2);
    rig.simulator.setSwitches({ rights: 'none' });
    expect(failure(await rig.account.mint(wish(), client, call)).reason).toBe('PermissionDenied');
    expect(rig.simulator.requests({ operation: 'operatorLogin' })).toHaveLength(2);
  });

  test('a secret id that is no good any more stops the account', async () => {
    await using rig = await start({}, { login: 'AppRole', credential: 'another-secret-id' });
    const outcome = await rig.account.list(undefined, call);
    expect(failure(outcome)).toMatchObject({
      kind: 'rejected',
      reason: 'CredentialsInvalid',
      retry: 'account',
    });
    expect(outcome.kind === 'ok' ? '' : outcome.error.message).not.toContain('another');
    expect(rig.requests('list')).toBe(0);
  });

  test('with a token of its own ServiceAccount: one is asked for at each login, and sent nowhere else', async () => {
    const asked: string[] = [];
    const ownToken = async () => {
      const jwt = jwtFor('vault');
      asked.push(jwt.reveal());
      return ok(jwt);
    };
    await using rig = await start({}, { login: 'Kubernetes', ownToken });
    const { client } = await create(rig);
    rig.simulator.act({ action: 'revokeManagementTokens' });
    value(await rig.account.get(client.id, call));
    expect(asked).toHaveLength(2);
    expect(rig.simulator.requests({ operation: 'kubernetesLogin' })).toHaveLength(2);
    const others = rig.simulator.requests().filter(({ operation }) => operation !== 'kubernetesLogin');
    expect(JSON.stringify(others)).not.toContain(asked[0]);
  });

  test.each([
    ['another audience', async () => ok(jwtFor('another'))],
    ['no token at all', async () => ok(new Secret('x'))],
  ])('a token of %s stops the account', async (_, ownToken) => {
    await using rig = await start({}, { login: 'Kubernetes', ownToken });
    expect(failure(await rig.account.list(undefined, call))).toMatchObject({
      kind: 'rejected',
      reason: 'CredentialsInvalid',
      retry: 'account',
    });
    expect(rig.requests('list')).toBe(0);
  });

  test('a token that cannot be had is no answer of Vault, and nothing is sent', async () => {
    const facts = { reason: 'TokenNotIssued', retry: 'soon', status: 0 } as const;
    const error = new ProviderError('a token for the audience vault: Forbidden', facts);
    const ownToken = async () => ({ kind: 'rejected', error }) as const;
    await using rig = await start({}, { login: 'Kubernetes', ownToken });
    expect(failure(await rig.account.list(undefined, call))).toMatchObject({
      kind: 'rejected',
      reason: 'TokenNotIssued',
    });
    expect(rig.simulator.requests()).toEqual([]);
  });

  test('without the token nobody is taken for a gateway that logs in', () => {
    const auth = { type: 'Kubernetes', role: 'operator', audience: 'vault' };
    const vaultAppRole = { address: 'https://vault.example.com', auth };
    const spec = clusterIdentityProviderSpec.parse({ type: 'VaultAppRole', vaultAppRole });
    expect(vaultapprole.describe(spec).tokenAudience).toBe('vault');
    expect(() => vaultapprole.connect(spec, {} as ProviderHttp, undefined, Math.random)).toThrow(TypeError);
  });

  test('a bad token and a right that is missing are both 403, and not the same', async () => {
    await using rig = await start();
    rig.simulator.act({ action: 'rotateManagementToken' });
    expect(failure(await rig.account.get('x', call))).toMatchObject({
      reason: 'CredentialsInvalid',
      retry: 'account',
      status: 403,
    });
    await using other = await start({ switches: { rights: 'none' } });
    expect(failure(await other.account.get('x', call))).toMatchObject({
      reason: 'PermissionDenied',
      retry: 'later',
      status: 403,
    });
  });

  test('a list that could be had, and cannot any more, is refused', async () => {
    await using rig = await start();
    await create(rig);
    value(await rig.account.list(undefined, call));
    rig.simulator.setSwitches({ rights: 'secret-ids' });
    expect(failure(await rig.account.list(undefined, call)).reason).toBe('PermissionDenied');
  });

  test('sealed: it heals by itself, and of a write nobody knows', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    rig.simulator.setSwitches({ sealed: true });
    expect(failure(await rig.account.get(client.id, call))).toMatchObject({
      reason: 'ProviderUnavailable',
      retry: 'soon',
    });
    expect(failure(await rig.account.mint(wish(), client, call)).kind).toBe('unknown');
  });

  test.each([{ namespace: 'other' }, { mountPath: 'other' }])(
    'what is not mounted at %j is no client that is gone',
    async (elsewhere) => {
      await using rig = await start();
      await using wrong = await start(elsewhere);
      const spec = identityProviderSpec.parse({
        type: 'VaultAppRole',
        vaultAppRole: { address: rig.simulator.url, auth: { type: 'Gateway' }, ...elsewhere },
      });
      expect(vaultapprole.describe(spec).accountId).not.toBe(rig.account.id);
      rig.simulator.setFaults([
        {
          operations: ['getRole'],
          fault: 'status',
          status: 404,
          errorType: 'no handler for route "auth/other/role/x". route entry not found.',
        },
      ]);
      expect(failure(await rig.account.get('x', call))).toMatchObject({ reason: 'UnexpectedAnswer' });
      expect(value(await wrong.account.get('x', call))).toBeUndefined();
    },
  );
});

describe('proof', () => {
  test('its token is revoked', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    value(await rig.account.prove(client.id, credential.values, call));
    expect([rig.requests('prove'), rig.simulator.tokens()]).toEqual([1, 0]);
  });

  test('that the token cannot be revoked says nothing of the credential', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    rig.simulator.setFaults([{ operations: ['revokeSelf'], fault: 'status', status: 500 }]);
    value(await rig.account.prove(client.id, credential.values, call));
    expect(rig.simulator.tokens()).toBe(1);
  });

  test('and it is not waited for for long', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    rig.simulator.setFaults([{ operations: ['revokeSelf'], fault: 'hold-before' }]);
    const began = Date.now();
    value(await rig.account.prove(client.id, credential.values, call));
    expect(Date.now() - began).toBeLessThan(4_000);
  });

  test('from an address that the role does not allow, a good secret id is told from a bad one', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig, {
      vaultAppRole: { secretIDBoundCIDRs: ['192.0.2.0/24'] },
    });
    value(await rig.account.prove(client.id, credential.values, call));
    const bad = { ...credential.values, ClientSecret: new Secret('wrong') };
    expect(failure(await rig.account.prove(client.id, bad, call)).reason).toBe('CredentialRefused');
    expect(rig.simulator.tokens()).toBe(0);
  });

  test('what opens another role is no credential of this one', async () => {
    await using rig = await start();
    const { credential } = await create(rig);
    rig.addForeign('theirs');
    expect(failure(await rig.account.prove('theirs', credential.values, call)).reason).toBe(
      'CredentialRefused',
    );
    expect(rig.simulator.tokens()).toBe(0);
  });

  test('a header of the connection does not make it end another token', async () => {
    const token = 'hvs.the-token-of-the-connection';
    await using rig = await start(
      { token },
      {
        login: 'Gateway',
        connection: { headers: [{ name: 'X-Vault-Token', value: new Secret(token) }] },
      },
    );
    const { client, credential } = await create(rig);
    value(await rig.account.prove(client.id, credential.values, call));
    value(await rig.account.get(client.id, call));
    expect(rig.simulator.tokens()).toBe(0);
  });

  test('a gateway that puts its own token in every request does not lose it', async () => {
    await using rig = await start(behindGateway.options, behindGateway.setting);
    const { client, credential } = await create(rig);
    // It answers for itself.
    rig.simulator.setFaults([{ operations: ['lookupSelf'], fault: 'status', status: 200, phase: 'after' }]);
    value(await rig.account.prove(client.id, credential.values, call));
    expect([rig.simulator.tokens(), rig.simulator.requests({ operation: 'revokeSelf' }).length]).toEqual([
      1, 0,
    ]);
  });
});

describe('where it is', () => {
  test.each([
    ['https://vault.example.com:8200', {}, 'vaultapprole/vault.example.com:8200/approle'],
    [
      'https://gateway.example.com/vault/',
      { namespace: 'team/a', mountPath: 'apps/b' },
      'vaultapprole/gateway.example.com/vault/team/a/apps/b',
    ],
  ])('%s and %j: %s', (address, more, accountId) => {
    const secretKeyRef = { name: 'n', key: 'k' };
    const spec = identityProviderSpec.parse({
      type: 'VaultAppRole',
      vaultAppRole: { address, auth: { type: 'Token', secretKeyRef }, ...more },
    });
    const baseUrl = address.replace(/\/$/, '');
    expect(vaultapprole.describe(spec)).toEqual({ accountId, baseUrl, secretKeyRef });
  });
});
