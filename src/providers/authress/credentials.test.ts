import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { call, failure, value } from '../../../test/conformance/provider-conformance.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import type { Secret } from '../../runtime/secret.ts';
import { credentialLimit, type SecretField } from '../provider.ts';
import { capabilities } from './account.ts';
import { create, live, start, wish } from './testing/rig.ts';

describe('credentials', () => {
  const publicOf = (pem: string): string =>
    createPublicKey(createPrivateKey(pem)).export({ format: 'der', type: 'spki' }).toString('base64');
  const only = (values: Readonly<Partial<Record<SecretField, Secret>>>, field: SecretField) => ({
    [field]: values[field],
  });

  test('a generated key: what the service gives, and its private half', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const [key] = rig.simulator.clients()[0]?.keys ?? [];
    const { AccessKey, ClientSecret, PrivateKey } = credential.values;
    expect([credential.id, AccessKey?.reveal(), ClientSecret?.reveal()]).toEqual([
      key?.keyId,
      key?.accessKey,
      key?.clientSecret,
    ]);
    expect(publicOf(PrivateKey?.reveal() ?? '')).toBe(key?.publicKey);
    expect(client.credentials).toEqual([
      { id: key?.keyId, suffix: undefined, createdTime: key?.generatedAt },
    ]);
  });

  test('a key pair that is made here: only its public half is sent', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig, { credential: { type: 'KeyPair' } });
    const [key] = rig.simulator.clients()[0]?.keys ?? [];
    const { AccessKey, ClientSecret, PrivateKey } = credential.values;
    expect(publicOf(PrivateKey?.reveal() ?? '')).toBe(key?.publicKey);
    expect([key?.accessKey, ClientSecret]).toEqual([null, undefined]);
    expect(AccessKey?.reveal().split('.').slice(0, 3)).toEqual([
      client.id,
      key?.keyId,
      rig.simulator.accountId,
    ]);
    expect(rig.simulator.requests({ operation: 'addKey' })[0]?.body).toEqual({ publicKey: key?.publicKey });
    value(await rig.account.prove(client.id, credential.values, call));
  });

  test.each(['AccessKey', 'ClientSecret', 'PrivateKey'] as const)(
    '%s alone can be proven, and not any more when its key is deleted',
    async (field) => {
      await using rig = await start();
      const { client, credential } = await create(rig);
      const values = only(credential.values, field);
      value(await rig.account.prove(client.id, values, call));
      value(await rig.account.retire(client, credential.id, call));
      expect(failure(await rig.account.prove(client.id, values, call)).reason).toBe('CredentialRefused');
    },
  );

  test.each([
    ['AccessKey', true],
    ['PrivateKey', true],
    ['ClientSecret', false],
  ] as const)('%s alone tells which key it is: %s', async (field, tells) => {
    await using rig = await start();
    const first = await create(rig);
    const second = value(await rig.account.mint(wish(), first.client, call));
    const shown = await live(rig, first.client.id);
    const found = [first, second].map(
      ({ credential }) => rig.account.identify(only(credential.values, field), shown)?.id,
    );
    expect(found).toEqual(tells ? [first.credential.id, second.credential.id] : [undefined, undefined]);
  });

  test('the access key of another client is not this one’s, whatever it opens', async () => {
    await using rig = await start();
    const [one, other] = [await create(rig), await create(rig)];
    expect(rig.account.identify(other.credential.values, one.client)).toBeUndefined();
    expect(failure(await rig.account.prove(one.client.id, other.credential.values, call)).reason).toBe(
      'CredentialRefused',
    );
  });

  test.each(['not-found', 'forbidden', 'allowed'] as const)(
    'a client that asks for itself and hears %s has a good key',
    async (ownClientRead) => {
      await using rig = await start({ switches: { ownClientRead } });
      const { client, credential } = await create(rig);
      value(await rig.account.prove(client.id, credential.values, call));
    },
  );

  test('a new key is refused for five minutes, and then taken', async () => {
    const clock = new ManualClock();
    await using rig = await start({ switches: { keyDelayMs: 300_000 } }, { clock });
    const { client, credential } = await create(rig);
    for (const field of ['AccessKey', 'ClientSecret', 'PrivateKey'] as const)
      expect(
        failure(await rig.account.prove(client.id, only(credential.values, field), call)).reason,
        field,
      ).toBe('CredentialRefused');
    clock.advance(300_000);
    expect(clock.monotonic()).toBeLessThan(capabilities.proofTimeMs);
    for (const field of ['AccessKey', 'ClientSecret', 'PrivateKey'] as const)
      value(await rig.account.prove(client.id, only(credential.values, field), call));
  });

  test('a key that the service does not show as it was sent is recognised', async () => {
    await using rig = await start({ switches: { publicKeyEcho: 'unpadded' } });
    const { client, credential } = await create(rig, { credential: { type: 'KeyPair' } });
    const shown = await live(rig, client.id);
    expect(rig.account.identify(only(credential.values, 'PrivateKey'), shown)?.id).toBe(credential.id);
  });

  test('where no public halves are shown, the access key still tells', async () => {
    await using rig = await start({ switches: { publicKeyEcho: 'absent' } });
    const { client, credential } = await create(rig);
    const shown = await live(rig, client.id);
    expect(rig.account.identify(only(credential.values, 'PrivateKey'), shown)).toBeUndefined();
    expect(rig.account.identify(credential.values, shown)?.id).toBe(credential.id);
  });

  test('the oldest is the first, whatever the order of the answer', async () => {
    const clock = new ManualClock();
    await using rig = await start({ switches: { keyOrder: 'newest-first' } }, { clock });
    let { client } = await create(rig);
    for (let count = 0; count < 2; count++) {
      clock.advance(1000);
      ({ client } = value(await rig.account.mint(wish(), client, call)));
    }
    expect((await live(rig, client.id)).credentials).toEqual(client.credentials);
  });

  test.each([400, 409, 422, 499])('with five keys %i says that there are enough', async (sixthKeyStatus) => {
    await using rig = await start({ switches: { sixthKeyStatus } });
    const { client } = await create(rig);
    for (let count = 0; count < 4; count++) rig.simulator.act({ action: 'addKey', clientId: client.id });
    const full = await live(rig, client.id);
    expect(failure(await rig.account.mint(wish(), full, call))).toMatchObject({
      kind: 'rejected',
      errorType: credentialLimit,
      retry: 'later',
    });
    // Where fewer were seen it is another refusal, until somebody looks.
    expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
      kind: 'rejected',
      errorType: 'AccessKeyLimitReached',
      retry: 'later',
    });
  });

  test.each([
    ['absent', undefined],
    ['present', 3_600_000],
  ] as const)('one key an hour, Retry-After %s: not again soon', async (retryAfter, retryAfterMs) => {
    const clock = new ManualClock();
    await using rig = await start({ switches: { keyWindowMs: 3_600_000, retryAfter } }, { clock });
    const { client } = await create(rig);
    expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
      kind: 'rejected',
      reason: 'RateLimited',
      retry: 'later',
      retryAfterMs,
    });
    expect(rig.simulator.clients()[0]?.keys).toHaveLength(1);
    // It is this client's matter alone, and of other calls a 429 is the account's.
    rig.fault('update', { fault: 'status', status: 429 });
    expect(failure(await rig.account.update(wish(), client, call))).toMatchObject({
      reason: 'RateLimited',
      retry: 'soon',
    });
    clock.advance(3_600_000);
    value(await rig.account.mint(wish(), client, call));
  });

  test('an answer without the key’s secret is one that may have been done', async () => {
    await using rig = await start();
    const { client } = value(await rig.account.create(wish(), undefined, undefined, call));
    // What it says is JSON, and a success, and no key.
    rig.fault('mint', { fault: 'status', status: 201, phase: 'after' });
    expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
      kind: 'unknown',
      reason: 'UnexpectedAnswer',
    });
    expect((await live(rig, client.id)).credentials).toHaveLength(1);
  });

  test('a service that makes a key of its own instead of taking ours has not done what was asked', async () => {
    await using rig = await start({ switches: { ownKeys: 'ignore' } });
    const { client } = value(await rig.account.create(wish(), undefined, undefined, call));
    const ownPair = wish({ credential: { type: 'KeyPair' } });
    expect(failure(await rig.account.mint(ownPair, client, call))).toMatchObject({
      kind: 'unknown',
      reason: 'UnexpectedAnswer',
    });
  });

  test('to delete the key of a client that is gone is a success', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    rig.removeInConsole(client.id);
    value(await rig.account.retire(client, credential.id, call));
    expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
      kind: 'rejected',
      reason: 'RejectedByProvider',
      retry: 'soon',
    });
  });

  test('nothing that is shown of a client is secret', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const shown = JSON.stringify([client, await live(rig, client.id), credential]);
    for (const { value: secret } of rig.simulator.issuedSecrets()) expect(shown).not.toContain(secret);
  });
});
