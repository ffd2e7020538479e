import { expect, test } from 'vitest';
import {
  call,
  createAs,
  failure,
  value,
  wish as anyWish,
} from '../../../test/conformance/provider-conformance.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { UpstreamClient } from '../provider.ts';
import { inOrganization, type ScalekitRig, startRig } from './testing/rig.ts';

const wish = (more: object = {}) => anyWish({ ...inOrganization, ...more });
const create = (rig: ScalekitRig, more: object = {}) => createAs(rig, wish(more));
const shown = async ({ account }: ScalekitRig, id: string): Promise<UpstreamClient> => {
  const client = value(await account.get(id, call));
  if (!client) throw new Error('gone');
  return client;
};

test('an update’s answer shows none, and none are lost', async () => {
  await using rig = await startRig();
  const { client } = await create(rig);
  const { client: two } = value(await rig.account.mint(wish(), client, call));
  const updated = value(await rig.account.update(wish({ displayName: 'New' }), two, call));
  expect(updated.credentials).toEqual((await shown(rig, client.id)).credentials);
  expect(updated.credentials).toHaveLength(2);
});

test.each([
  ['sixth', 'tooManySecrets', { status: 400, code: 3, errorCode: 'INVALID_ARGUMENT' }],
  ['sixth', 'tooManySecrets', { status: 400, code: 11, errorCode: 'OUT_OF_RANGE' }],
  ['sixth', 'tooManySecrets', { status: 422, code: 9, errorCode: 'LIMIT' }],
] as const)('the %s, refused as %s %j', async (_which, kind, row) => {
  await using rig = await startRig({ switches: { maxSecrets: 1, errors: { [kind]: row } } });
  const { client } = await create(rig);
  expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
    kind: 'rejected',
    reason: 'RejectedByProvider',
    retry: 'soon',
    errorType: 'credential_limit',
  });
});

test.each([3, 9, 11])('the last one, refused with gRPC code %i', async (code) => {
  await using rig = await startRig({ switches: { errors: { lastSecret: { code } } } });
  const { client, credential } = await create(rig);
  const outcome = await rig.account.retire(client, credential.id, call);
  expect(failure(outcome)).toMatchObject({ kind: 'rejected', reason: 'RejectedByProvider', retry: 'soon' });
});

test('two that end alike: the newest is meant', async () => {
  await using rig = await startRig({ switches: { generatedSecretSuffix: 'SAME' } });
  const first = await create(rig);
  const second = value(await rig.account.mint(wish(), first.client, call));
  const identified = rig.account.identify(second.credential.values, second.client);
  expect(identified?.id).toBe(second.credential.id);
  expect(rig.account.identify({ ClientSecret: new Secret('else') }, second.client)).toBeUndefined();
  expect(rig.account.identify({}, second.client)).toBeUndefined();
});

test('one ends: it says when, and is refused then', async () => {
  const clock = new ManualClock();
  await using rig = await startRig({ clock });
  const { client, credential } = await create(rig);
  expect([client.credentials[0]?.expiryTime, credential.expiryTime]).toEqual([undefined, undefined]);
  const on = { clientId: client.id, secretId: credential.id };
  rig.simulator.act({ action: 'setSecretExpiry', ...on, at: clock.now() + 60_000 });
  expect((await shown(rig, client.id)).credentials[0]?.expiryTime).toBe(clock.now() + 60_000);
  clock.advance(60_000);
  const outcome = await rig.account.prove(client.id, credential.values, call);
  expect(failure(outcome).reason).toBe('CredentialRefused');
  rig.simulator.act({ action: 'setSecretExpiry', ...on, at: Date.UTC(1970, 0, 1) });
  expect((await shown(rig, client.id)).credentials[0]?.expiryTime).toBeUndefined();
});

test('one that is inactive has ended', async () => {
  const clock = new ManualClock();
  await using rig = await startRig({ clock });
  const { client, credential } = await create(rig);
  clock.advance(5_000);
  rig.simulator.act({
    action: 'setSecretStatus',
    clientId: client.id,
    secretId: credential.id,
    status: 'INACTIVE',
  });
  expect((await shown(rig, client.id)).credentials[0]?.expiryTime).toBe(clock.now());
});

test('when one was used', async () => {
  const clock = new ManualClock();
  await using rig = await startRig({ clock });
  const { client, credential } = await create(rig);
  const lastUse = async () => (await shown(rig, client.id)).credentials[0]?.lastUsedTime;
  expect(client.credentials[0]).toMatchObject({ createdTime: clock.now(), lastUsedTime: 'never' });
  expect(await lastUse()).toBe('never');
  clock.advance(5_000);
  value(await rig.account.prove(client.id, credential.values, call));
  expect(await lastUse()).toBe(clock.now());
  rig.simulator.setSwitches({ lastUsed: 'absent' });
  expect(await lastUse()).toBeUndefined();
});

test.each(['mixed', 0, 3, 6, 9] as const)('times with %s digits of a second', async (timestampDigits) => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12, 0, 0, timestampDigits === 0 ? 0 : 367));
  await using rig = await startRig({ clock, switches: { timestampDigits } });
  const { client } = await create(rig);
  expect(client).toMatchObject({ createdTime: clock.now(), credentials: [{ createdTime: clock.now() }] });
});

test('quotes, line ends and letters of all kinds in secrets and texts', async () => {
  const clientSecret = 'test_"\\\'\n\t &=+%é漢🙂';
  await using rig = await startRig({ clientSecret });
  const description = 'a "quoted"\nline — 漢字 🙂 \\ [mco]';
  const { client, credential } = await create(rig, { description, displayName: '"x"\u2028' });
  const wanted = wish({ description, displayName: '"x"\u2028' });
  expect(rig.account.differences(wanted, await shown(rig, client.id))).toEqual([]);
  value(await rig.account.prove(client.id, credential.values, call));
  const odd = { ClientSecret: new Secret(clientSecret) };
  expect(failure(await rig.account.prove(client.id, odd, call)).reason).toBe('CredentialRefused');
});
