import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { call, failure, value } from '../../../test/conformance/provider-conformance.ts';
import { startAuthressSimulator } from '../../../test/simulators/authress/simulator.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { UpstreamClient } from '../provider.ts';
import { behindGateway, create, live, start, wish } from './testing/rig.ts';

describe('login', () => {
  test('the token is signed here, used again, and renewed an hour before its end', async () => {
    const clock = new ManualClock();
    await using rig = await start({}, { clock });
    const ask = async () => value(await rig.account.list(undefined, call));
    for (const hours of [0, 22, 2, 23, 30]) {
      clock.advance(hours * 3_600_000);
      await ask();
    }
    expect(rig.simulator.requests().map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  test('a clock that is set back does not leave a token of the future', async () => {
    const clock = new ManualClock();
    await using rig = await start({}, { clock });
    value(await rig.account.list(undefined, call));
    clock.jump(-48 * 3_600_000);
    value(await rig.account.list(undefined, call));
    clock.jump(24 * 3_600_000);
    value(await rig.account.list(undefined, call));
  });

  test('a 401 is answered once with another token, unless it was signed just now', async () => {
    const clock = new ManualClock();
    await using rig = await start({}, { clock });
    rig.fault('list', { fault: 'status', status: 401 });
    expect(failure(await rig.account.list(undefined, call)).reason).toBe('CredentialsInvalid');
    expect(rig.requests('list')).toBe(1);
    clock.advance(60_000);
    rig.fault('create', { fault: 'status', status: 401 });
    value(await rig.account.create(wish(), undefined, undefined, call));
    expect([rig.requests('create'), rig.clients().length]).toEqual([2, 1]);
    clock.advance(60_000);
    rig.fault('list', { fault: 'status', status: 401 }, 5);
    expect(failure(await rig.account.list(undefined, call)).retry).toBe('account');
    expect(rig.requests('list')).toBe(3);
  });

  test('two calls that are refused together share the new token', async () => {
    const clock = new ManualClock();
    await using rig = await start({}, { clock });
    value(await rig.account.list(undefined, call));
    clock.advance(60_000);
    rig.fault('list', { fault: 'status', status: 401 }, 2);
    const both = await Promise.all([rig.account.list(undefined, call), rig.account.list(undefined, call)]);
    expect(both.map(({ kind }) => kind)).toEqual(['ok', 'ok']);
  });

  test('a key that is replaced in the console stops the account', async () => {
    await using rig = await start();
    rig.simulator.act({ action: 'rotateManagementKey' });
    expect(failure(await rig.account.list(undefined, call))).toMatchObject({
      reason: 'CredentialsInvalid',
      retry: 'account',
      status: 401,
    });
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    format: 'der',
    type: 'pkcs8',
  });
  test.each([
    ['no access key', 'sk_live_hidden-value'],
    ['three parts', 'sc_hidden.key.acc-hidden'],
    ['no private key', 'sc_hidden.key.acc-hidden.hidden'],
    ['a private key of another kind', `sc_hidden.key.acc-hidden.${rsa.toString('base64')}`],
  ])('%s: nothing is sent, and the value is not told', async (_what, credential) => {
    await using rig = await start({}, { credential });
    const wanted = wish();
    const client = { id: 'x', credentials: [] } as unknown as UpstreamClient;
    for (const outcome of [
      await rig.account.list(undefined, call),
      await rig.account.create(wanted, undefined, undefined, call),
      await rig.account.mint(wanted, client, call),
    ]) {
      expect(failure(outcome)).toMatchObject({
        kind: 'rejected',
        reason: 'CredentialsInvalid',
        retry: 'account',
      });
      const message = outcome.kind === 'ok' ? '' : outcome.error.message;
      expect(message).toContain('clientId.keyId.accountId.privateKey');
      expect(message).not.toContain('hidden');
    }
    expect(rig.simulator.requests()).toEqual([]);
  });

  test('a line break behind the key is no part of it', async () => {
    await using simulator = await startAuthressSimulator();
    const { accessKey } = simulator.credentials;
    await using rig = await start({ accessKey }, { credential: `${accessKey}\n` });
    value(await rig.account.list(undefined, call));
  });

  test('the key of another account than the spec names is not used', async () => {
    await using rig = await start({}, { accountId: 'acc-another' });
    expect(failure(await rig.account.list(undefined, call))).toMatchObject({
      reason: 'CredentialsInvalid',
      status: 0,
    });
    expect(rig.simulator.requests()).toEqual([]);
  });

  test('the client that the operator logs in with is nobody’s to manage', async () => {
    await using rig = await start({ switches: { managementClientListed: true } });
    const [id = ''] = rig.simulator.credentials.accessKey.split('.');
    const own = await live(rig, id);
    expect(own.mark).toBeUndefined();
    expect(rig.account.refuse(wish(), own)?.reason).toBe('AdoptionNotAllowed');
    expect(rig.account.refuse(wish({ clientId: id }))?.reason).toBe('AdoptionNotAllowed');
    expect(value(await rig.account.list(undefined, call)).clients.map((client) => client.id)).toEqual([id]);
  });
});

describe('gateway', () => {
  test('the path prefix is kept, also in the token URL and the issuer', async () => {
    await using rig = await start(behindGateway.options, behindGateway.setting);
    expect(rig.account.tokenUrl).toBe(`${rig.simulator.url}/api/authentication/oauth/tokens`);
    expect(rig.account.issuer).toBe(rig.simulator.url);
    expect(rig.account.issuer).toMatch(/\/idp\/authress$/);
  });

  test('without its header it is refused', async () => {
    await using rig = await start(behindGateway.options, { gateway: true });
    expect(failure(await rig.account.get('x', call))).toMatchObject({
      reason: 'CredentialsInvalid',
      retry: 'account',
    });
  });

  test('one that logs in for everybody does not make a bad key good', async () => {
    await using rig = await start(
      { ...behindGateway.options, switches: { gatewayAuthorization: 'ignore' } },
      behindGateway.setting,
    );
    const { client, credential } = await create(rig);
    value(await rig.account.prove(client.id, credential.values, call));
    rig.simulator.act({ action: 'deleteKey', clientId: client.id, keyId: credential.id });
    expect(failure(await rig.account.prove(client.id, credential.values, call)).reason).toBe(
      'CredentialRefused',
    );
  });

  test('one that guards the key set says nothing of the credential', async () => {
    await using rig = await start(
      { ...behindGateway.options, switches: { gatewayGuardsPublicRoutes: true } },
      { gateway: true },
    );
    const [accessKey, clientId = ''] = [
      rig.simulator.credentials.accessKey,
      rig.simulator.credentials.accessKey.split('.')[0],
    ];
    const outcome = await rig.account.prove(clientId, { AccessKey: new Secret(accessKey) }, call);
    expect(failure(outcome)).toMatchObject({ reason: 'UnexpectedAnswer', retry: 'soon' });
  });

  test('keys that are made here name the account of the spec', async () => {
    await using rig = await start(behindGateway.options, behindGateway.setting);
    const { credential } = await create(rig, { credential: { type: 'KeyPair' } });
    expect(credential.values.AccessKey?.reveal().split('.')[2]).toBe(rig.simulator.accountId);
  });
});
