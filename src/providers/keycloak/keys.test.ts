import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { call, failure, mark, value } from '../../../test/conformance/provider-conformance.ts';
import { connectTo, providersUnderTest } from '../../../test/hostile/accounts.ts';
import { pageAnswer, serveSockets } from '../../../test/hostile/socket-server.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import { makeMark } from '../mark.ts';
import type { Minted, SecretValues } from '../provider.ts';
import { issuedByOf, keyIdFor } from './marking.ts';
import { create, type KeycloakRig, live, start, wish } from './testing/rig.ts';

const keysOf = (rig: KeycloakRig, id: string) =>
  rig.simulator.clients().find(({ clientId }) => clientId === id)?.keys ?? [];
const setOf = (rig: KeycloakRig, clientId: string, set: string): void =>
  void rig.simulator.act({
    action: 'changeClient',
    clientId,
    fields: { attributes: { 'jwks.string': set } },
  });

describe('a key', () => {
  test('says whose it is, and which operation made it; its private half is in no request', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const { credential } = value(await rig.account.mint(wish(), client, { ...call, operation: 'op-1' }));
    expect(credential.id).toMatch(new RegExp(`^${mark.short}\\.op-1\\.[0-9a-f]{8}$`));
    expect(credential.values.KeyID?.reveal()).toBe(credential.id);
    const pem = credential.values.PrivateKey?.reveal() ?? '';
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const { x, y } = createPublicKey(pem).export({ format: 'jwk' });
    expect(keysOf(rig, client.id).at(-1)?.jwk).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x,
      y,
      kid: credential.id,
      alg: 'ES256',
      use: 'sig',
    });
  });

  test('is told by its private half, and is none under another name', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const { client: after, credential } = value(await rig.account.mint(wish(), client, call));
    const { PrivateKey, KeyID } = credential.values as Required<Pick<SecretValues, 'PrivateKey' | 'KeyID'>>;
    const identified = (values: SecretValues) => rig.account.identify(values, after)?.id;
    expect(identified({ PrivateKey, KeyID })).toBe(credential.id);
    expect(identified({ PrivateKey })).toBe(credential.id);
    expect(identified({ PrivateKey, KeyID: new Secret(`${credential.id}x`) })).toBeUndefined();
    expect(identified({ KeyID })).toBeUndefined();
  });

  test.each([
    ['of another operator', `mco-${'a'.repeat(26)}`],
    ['too short', `mco-${'a'.repeat(25)}.op.01234567`],
    ['of signs that no mark has', `mco-${'A'.repeat(26)}.op.01234567`],
    ['with a longer operation than any', `mco-${'a'.repeat(26)}.${'o'.repeat(65)}.01234567`],
    ['with a line end', `mco-${'a'.repeat(26)}.op.01234567\n`],
    ['empty', ''],
  ])('%s is somebody else’s', (_, keyId) => {
    expect(issuedByOf(keyId, undefined)).toBeUndefined();
  });

  test('of an object bears its short mark, which the mark of the client says in full', () => {
    const keyId = keyIdFor(mark, 'op-1', () => 0.5);
    const other = makeMark('inst', 'ns', 'other');
    expect(issuedByOf(keyId, mark)).toEqual({ mark: mark.full, operation: 'op-1' });
    expect(issuedByOf(keyId, other)).toEqual({ mark: mark.short, operation: 'op-1' });
    expect(issuedByOf(keyId, undefined)).toEqual({ mark: mark.short, operation: 'op-1' });
  });
});

describe('the set', () => {
  test('is written from what is there at that moment: keys of others stay to the letter, in their order', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const [own] = keysOf(rig, client.id);
    const theirs = [
      { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'theirs', extra: { nested: [1, 2.5, null] } },
      { kty: 'EC', crv: 'P-384', x: 'x', y: 'y' },
      { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'x'.repeat(300) },
    ];
    // The operator knows the client as it was before.
    setOf(rig, client.id, JSON.stringify({ keys: [theirs[0], own?.jwk, theirs[1], theirs[2]] }));
    const second = value(await rig.account.mint(wish(), client, call));
    expect(keysOf(rig, client.id).map(({ jwk }) => jwk)).toEqual([
      theirs[0],
      own?.jwk,
      theirs[1],
      theirs[2],
      expect.objectContaining({ kid: second.credential.id }),
    ]);
    expect((await live(rig, client.id)).credentials.map(({ id, issuedBy }) => [id, issuedBy?.mark])).toEqual([
      ['theirs', undefined],
      [credential.id, mark.full],
      [expect.stringMatching(/^key-2-[0-9a-f]{16}$/), undefined],
      [expect.stringMatching(/^key-3-[0-9a-f]{16}$/), undefined],
      [second.credential.id, mark.full],
    ]);
    value(await rig.account.retire(client, credential.id, call));
    expect(keysOf(rig, client.id).map(({ jwk }) => jwk)).toEqual([
      ...theirs,
      expect.objectContaining({ kid: second.credential.id }),
    ]);
  });

  test('that is shown as it was before the newest key is not written: that one would be taken out with the old one', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const before = rig.simulator.clients()[0]?.attributes['jwks.string'] ?? '';
    const { client: after } = value(await rig.account.mint(wish(), client, call));
    // As a node shows it that has not heard of the change yet.
    setOf(rig, client.id, before);
    const outcome = await rig.account.retire(after, credential.id, call);
    expect(failure(outcome)).toMatchObject({ kind: 'rejected', retry: 'soon' });
    expect(keysOf(rig, client.id).map(({ keyId }) => keyId)).toEqual([credential.id]);
  });

  test('two keys of one name are told apart, and one of them is retired', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const own = keysOf(rig, client.id)[0]?.jwk;
    const second = { ...own, x: 'another' };
    setOf(rig, client.id, JSON.stringify({ keys: [own, second] }));
    const shown = await live(rig, client.id);
    expect(shown.credentials.map(({ id }) => id)).toEqual([
      credential.id,
      expect.stringMatching(/^key-1-[0-9a-f]{16}$/),
    ]);
    expect(rig.account.identify(credential.values, shown)?.id).toBe(credential.id);
    value(await rig.account.retire(shown, credential.id, call));
    expect(keysOf(rig, client.id).map(({ jwk }) => jwk)).toEqual([second]);
  });

  test.each([
    ['no JSON', '{"keys":['],
    ['no object', '[]'],
    ['no keys', '{"other":[]}'],
    ['a text among them', '{"keys":["a"]}'],
    ['a list among them', '{"keys":[[]]}'],
    ['more than are read', JSON.stringify({ keys: Array.from({ length: 65 }, () => ({})) })],
    ['longer than what is read', JSON.stringify({ keys: [{ kid: 'x'.repeat(70_000) }] })],
  ])('%s: nothing is written over it, and the client is shown without credentials', async (_, set) => {
    await using rig = await start();
    const { client } = await create(rig);
    setOf(rig, client.id, set);
    expect((await live(rig, client.id)).credentials).toEqual([]);
    for (const outcome of [
      await rig.account.mint(wish(), client, call),
      await rig.account.retire(client, client.credentials[0]?.id ?? '', call),
    ])
      expect(failure(outcome)).toMatchObject({ kind: 'rejected', retry: 'later' });
    expect(rig.simulator.clients()[0]?.attributes['jwks.string']).toBe(set);
  });

  test('that one more key would make longer than what is read is not written: nobody could take it out again', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const own = keysOf(rig, client.id)[0]?.jwk;
    const keys = [own, { kty: 'RSA', kid: 'theirs', x5c: ['x'.repeat(65_100)] }];
    setOf(rig, client.id, JSON.stringify({ keys }));
    const outcome = await rig.account.mint(wish(), client, call);
    expect(failure(outcome)).toMatchObject({ kind: 'rejected', retry: 'later' });
    expect((await live(rig, client.id)).credentials).toHaveLength(2);
  });

  test('of a client that logs in by other means now is not written', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    const fields = { clientAuthenticatorType: 'client-secret' };
    rig.simulator.act({ action: 'changeClient', clientId: client.id, fields });
    expect(failure(await rig.account.mint(wish(), client, call)).kind).toBe('rejected');
    expect(keysOf(rig, client.id)).toHaveLength(1);
  });
});

const proven = async (rig: KeycloakRig, id: string, values: SecretValues) =>
  failure(await rig.account.prove(id, values, call));

/** The private key of one, under the id of another. */
const mixed = ({ credential: a }: Minted, { credential: b }: Minted): SecretValues => ({
  ...a.values,
  ...(b.values.KeyID && { KeyID: b.values.KeyID }),
});

describe('a proof', () => {
  test('is refused for a key that is not in the set, for one that is another, and for a client that is gone', async () => {
    await using rig = await start();
    const first = await create(rig);
    const { id } = first.client;
    const second = value(await rig.account.mint(wish(), first.client, call));
    expect((await proven(rig, id, mixed(first, second))).reason).toBe('CredentialRefused');
    value(await rig.account.retire(second.client, first.credential.id, call));
    expect((await proven(rig, id, first.credential.values)).reason).toBe('CredentialRefused');
    expect((await proven(rig, 'nobody', second.credential.values)).reason).toBe('CredentialRefused');
    value(await rig.account.prove(id, second.credential.values, call));
  });

  test('without the id of the key: it is looked for at the client', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const { PrivateKey = new Secret('') } = credential.values;
    value(await rig.account.prove(client.id, { PrivateKey }, call));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = new Secret(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    expect((await proven(rig, client.id, { PrivateKey: other })).reason).toBe('CredentialRefused');
    expect((await proven(rig, client.id, { PrivateKey: new Secret('no key') })).reason).toBe(
      'CredentialRefused',
    );
    expect((await proven(rig, client.id, {})).reason).toBe('CredentialRefused');
  });

  test('says nothing of the key where Keycloak calls itself otherwise, a clock is wrong, or an assertion came twice', async () => {
    const named = await start();
    const ahead = await start({ clock: new ManualClock(Date.now() - 600_000) });
    const behind = await start({ clock: new ManualClock(Date.now() + 600_000) });
    const twice = await start({}, { random: () => 0.5 });
    try {
      for (const rig of [named, ahead, behind, twice]) {
        const { client, credential } = await create(rig);
        if (rig === named) rig.simulator.setSwitches({ hostname: 'https://sso.example.com' });
        if (rig === twice) value(await rig.account.prove(client.id, credential.values, call));
        expect((await proven(rig, client.id, credential.values)).reason).toBe('RejectedByProvider');
      }
    } finally {
      for (const rig of [named, ahead, behind, twice]) await rig[Symbol.asyncDispose]();
    }
  });

  test('is not believed where a gateway has put its own login in the place of the assertion', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    const claims = Buffer.from(JSON.stringify({ azp: 'gateway' })).toString('base64url');
    const body = JSON.stringify({ access_token: `e30.${claims}.sig`, expires_in: 60 });
    await using server = await serveSockets((socket) => socket.write(pageAnswer(body)));
    const keycloakAt = providersUnderTest.find(({ type }) => type === 'Keycloak');
    if (!keycloakAt) throw new Error('it is not there');
    const account = connectTo(keycloakAt, server.url);
    expect(failure(await account.prove(client.id, credential.values, call)).reason).toBe('UnexpectedAnswer');
    await account.close();
  });

  test('is not refused by a server that is ill, a gateway, or a client without a service account', async () => {
    await using rig = await start();
    const { client, credential } = await create(rig);
    for (const [fault, reason] of [
      [{ status: 500 }, 'ProviderUnavailable'],
      [{ status: 503, body: 'html' }, 'ProviderUnavailable'],
      [{ status: 429 }, 'RateLimited'],
      [{ status: 401, body: 'html' }, 'UnexpectedAnswer'],
      [{ status: 401 }, 'UnexpectedAnswer'],
      [{ status: 400, body: 'html' }, 'UnexpectedAnswer'],
    ] as const) {
      rig.fault('prove', { fault: 'status', ...fault });
      expect((await proven(rig, client.id, credential.values)).reason, JSON.stringify(fault)).toBe(reason);
    }
    const fields = { serviceAccountsEnabled: false };
    rig.simulator.act({ action: 'changeClient', clientId: client.id, fields });
    expect((await proven(rig, client.id, credential.values)).reason).toBe('RejectedByProvider');
  });
});
