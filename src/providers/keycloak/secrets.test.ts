import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  call,
  createAs,
  failure,
  mark,
  value,
  wish,
} from '../../../test/conformance/provider-conformance.ts';
import { systemClock } from '../../runtime/clock.ts';
import { Secret } from '../../runtime/secret.ts';
import { makeMark } from '../mark.ts';
import type { NewCredential, UpstreamClient } from '../provider.ts';
import { newSecret, secretIdOf, stageBody } from './secrets.ts';
import { type KeycloakRig, live, start } from './testing/rig.ts';
import { clientWire, project } from './wire.ts';

const YEAR_MS = 365 * 86_400_000;
const HOUR_MS = 3_600_000;

/** A realm whose policy lets secrets live for so long, and a clock that can be put forward. */
const realm = async (secretLifeMs = YEAR_MS) => {
  let passed = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + passed };
  const rig = await start({ switches: { secretLifeMs } }, { clock });
  return Object.assign(rig, {
    pass: (ms: number) => {
      passed += ms;
    },
  });
};
const put = (rig: KeycloakRig) => rig.simulator.requests({ operation: 'update' });
const works = async ({ account }: KeycloakRig, id: string, { values }: NewCredential) =>
  (await account.prove(id, values, call)).kind === 'ok';
const places = ({ credentials }: UpstreamClient) =>
  Object.fromEntries(credentials.map(({ position, id }) => [position, id]));
const replacing = wish({ rotation: { method: 'Replace' } });

describe('a secret of ours', () => {
  const RANDOM = 'r'.repeat(43);
  const made = newSecret(
    mark,
    'op-1',
    () => 0.5,
    () => RANDOM,
  );

  test('says whose it is, and its id is no part of what is secret', () => {
    expect(made.id).toBe(`${mark.short}.op-1.80000000`);
    expect(made.value.reveal()).toBe(`${made.id}.${RANDOM}`);
    expect(secretIdOf(made.value.reveal())).toBe(made.id);
    expect(inspect(made)).not.toContain(RANDOM);
  });

  test.each([
    ['a longer end', `${made.id}.${'r'.repeat(44)}`],
    ['a line end', `${made.id}.${RANDOM}\n`],
    ['another mark than any', `mco-${'A'.repeat(26)}.op-1.80000000.${RANDOM}`],
    ['no end', made.id],
    ['nothing of ours', 'correct horse battery staple'],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('with %s is somebody else’s, and six digits of its digest are shown', (_, text) => {
    expect(secretIdOf(text)).toMatch(/^other-[0-9a-f]{6}$/);
  });
});

describe('what an answer shows', () => {
  test('is kept without the values, in a list too', async () => {
    await using rig = await realm();
    const first = await createAs(rig, wish());
    const { credential } = value(await rig.account.mint(wish(), first.client, call));
    const { clients } = value(await rig.account.list(undefined, call));
    const kept = JSON.stringify([clients, await live(rig, first.client.id)]);
    for (const one of [first.credential, credential]) {
      expect(kept).toContain(one.id);
      expect(kept).not.toContain(one.values.ClientSecret?.reveal());
    }
  });

  test('says when the current one ends, where a policy binds the client', async () => {
    await using bound = await realm();
    const [current] = (await createAs(bound, wish())).client.credentials;
    expect((current?.expiryTime ?? 0) - (current?.createdTime ?? 0)).toBe(YEAR_MS);
    await using free = await realm(0);
    expect((await createAs(free, wish())).client.credentials[0]?.expiryTime).toBeUndefined();
  });
});

describe('a hostile answer', () => {
  const wireOf = (secret: unknown, ends = '0') =>
    clientWire.parse({
      id: 'a',
      clientId: 'a',
      secret,
      attributes: {
        'client.secret.creation.time': '1',
        'client.secret.expiration.time': ends,
        'client.secret.rotated': secret,
      },
    });

  test.each([
    ['an object that looks like what is kept of a secret', { id: 'x'.repeat(1_000_000) }],
    ['one whose id is none', { id: { at: 1 } }],
    ['a list', ['secret']],
    ['a number', 7],
  ])('that shows %s in its place shows no secret', (_, secret) => {
    expect(project(wireOf(secret)).credentials).toEqual([]);
  });

  test('with an end that no status can say has none, and what is written is no longer than a policy can say', () => {
    const wire = wireOf('s', '999999999999');
    const [credential] = project(wire).credentials;
    expect(credential?.expiryTime).toBeUndefined();
    const { attributes } = stageBody(new Secret('next'), wire.attributes ?? {}, 0) as {
      attributes: Record<string, string>;
    };
    expect(attributes['client.secret.rotated.expiration.time']).toBe(String(YEAR_MS / 1000));
  });

  test('that has been read is not read again as another one', () => {
    const once = wireOf('s');
    expect(clientWire.parse({ ...once }).secret).toBe(once.secret);
  });
});

test('a value with the name of a secret and another end is not taken for it, nor is one that only its digits are like', async () => {
  await using rig = await realm();
  const { client, credential } = await createAs(rig, wish());
  const value = credential.values.ClientSecret?.reveal() ?? '';
  const told = (text: string) => rig.account.identify({ ClientSecret: new Secret(text) }, client)?.id;
  expect(told(value)).toBe(credential.id);
  expect(told(`${credential.id}.${'A'.repeat(43)}`)).toBeUndefined();
  expect(inspect(await live(rig, client.id), { depth: 9 })).not.toContain(value);
});

describe('staged', () => {
  test('what was written in time is read back, also when that is later than a write may leave', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    rig.simulator.setFaults([{ operations: ['update'], times: 1, fault: 'delay', ms: 600 }]);
    const leaveBy = systemClock.monotonic() + 500;
    const second = value(await rig.account.mint(wish(), client, { ...call, leaveBy }));
    expect(places(second.client)['rotated']).toBe(second.credential.id);
  });

  test('beside a secret that stands at both places another one can be staged', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    const fields = { secret: 'twice', attributes: { 'client.secret.rotated': 'twice' } };
    rig.simulator.act({ action: 'changeClient', clientId: client.id, fields });
    const shown = await live(rig, client.id);
    expect(shown.credentials).toHaveLength(1);
    const second = value(await rig.account.mint(wish(), shown, call));
    expect(places(second.client)['rotated']).toBe(second.credential.id);
  });

  test('a secret that was staged is not staged again: the one in use would be thrown away', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    const second = value(await rig.account.mint(wish(), client, call));
    const before = put(rig).length;
    expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
      kind: 'rejected',
      retry: 'soon',
    });
    expect(put(rig)).toHaveLength(before);
    expect(await works(rig, client.id, second.credential)).toBe(true);
  });

  test('never asks Keycloak for a secret of its own making, and never writes without attributes', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    const second = value(await rig.account.mint(wish(), client, call));
    const turned = value(await rig.account.turn(second.client, second.credential.id, call));
    value(await rig.account.update(wish({ description: 'new' }), turned, call));
    value(await rig.account.release(turned, call));
    expect(rig.simulator.requests({ operation: 'regenerate' })).toEqual([]);
    expect(put(rig)).toHaveLength(4);
    for (const { body } of put(rig)) expect(body).toHaveProperty('attributes');
  });

  test('where Regenerate was clicked meanwhile, nothing is turned', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    const second = value(await rig.account.mint(wish(), client, call));
    rig.simulator.act({ action: 'regenerateSecret', clientId: client.id });
    const before = put(rig).length;
    expect(failure(await rig.account.turn(second.client, second.credential.id, call))).toMatchObject({
      kind: 'rejected',
      retry: 'soon',
    });
    expect(put(rig)).toHaveLength(before);
    // What stands beside the new one is the former current one.
    const shown = await live(rig, client.id);
    expect(places(shown)).toMatchObject({ rotated: client.credentials[0]?.id });
    expect(places(shown)['current']).toMatch(/^other-/);
  });

  test('where somebody has written another secret beside what was staged, nothing is turned', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    const second = value(await rig.account.mint(wish(), client, call));
    const fields = { secret: 'written by hand', attributes: {} };
    rig.simulator.act({ action: 'changeClient', clientId: client.id, fields });
    expect(places(await live(rig, client.id))['rotated']).toBe(second.credential.id);
    expect(failure(await rig.account.turn(second.client, second.credential.id, call)).kind).toBe('rejected');
    expect(places(await live(rig, client.id))['rotated']).toBe(second.credential.id);
  });

  test('another one than was meant is not dropped', async () => {
    await using rig = await realm();
    const { client } = await createAs(rig, wish());
    const second = value(await rig.account.mint(wish(), client, call));
    const turned = value(await rig.account.turn(second.client, second.credential.id, call));
    rig.simulator.act({ action: 'regenerateSecret', clientId: client.id });
    value(await rig.account.drop(turned, client.credentials[0]?.id ?? '', call));
    expect(rig.simulator.requests({ operation: 'dropRotated' })).toEqual([]);
    expect(await works(rig, client.id, second.credential)).toBe(true);
  });

  test('each keeps its end through a turn, and a new one lives as long as the policy lets it', async () => {
    await using rig = await realm();
    const first = await createAs(rig, wish());
    const ends = first.client.credentials[0]?.expiryTime;
    rig.pass(HOUR_MS);
    const second = value(await rig.account.mint(wish(), first.client, call));
    const turned = value(await rig.account.turn(second.client, second.credential.id, call));
    const [current, rotated] = turned.credentials;
    expect(rotated?.expiryTime).toBe(ends);
    expect(Math.abs((current?.expiryTime ?? 0) - (ends ?? 0) - HOUR_MS)).toBeLessThan(60_000);
  });
});

describe('the policy', () => {
  test('switched off in between: nothing was staged, and the current one works', async () => {
    await using rig = await realm();
    const first = await createAs(rig, wish());
    rig.simulator.setSwitches({ secretLifeMs: 0 });
    const outcome = await rig.account.mint(wish(), first.client, call);
    expect(failure(outcome)).toMatchObject({ kind: 'rejected', errorType: 'no_overlap' });
    expect(await works(rig, first.client.id, first.credential)).toBe(true);
  });

  test('switched off before the turn: what was published becomes the current one, and lives', async () => {
    await using rig = await realm();
    const first = await createAs(rig, wish());
    const second = value(await rig.account.mint(wish(), first.client, call));
    rig.simulator.setSwitches({ secretLifeMs: 0 });
    const turned = value(await rig.account.turn(second.client, second.credential.id, call));
    expect(places(turned)).toEqual({ current: second.credential.id });
    expect(await works(rig, first.client.id, second.credential)).toBe(true);
  });

  test('switched on later: the next rotation finds it', async () => {
    await using rig = await realm(0);
    const first = await createAs(rig, wish());
    rig.simulator.setSwitches({ secretLifeMs: YEAR_MS });
    const second = value(await rig.account.mint(wish(), first.client, call));
    expect(places(second.client)).toEqual({ current: first.credential.id, rotated: second.credential.id });
    expect([
      await works(rig, first.client.id, first.credential),
      await works(rig, first.client.id, second.credential),
    ]).toEqual([true, true]);
  });

  test('lets a secret end: a change makes another one by itself, which is read back', async () => {
    await using rig = await realm(HOUR_MS);
    const { client, credential } = await createAs(rig, wish());
    rig.pass(2 * HOUR_MS);
    expect(await works(rig, client.id, credential)).toBe(false);
    const changed = value(await rig.account.update(wish({ description: 'new' }), client, call));
    expect(places(changed)['current']).toMatch(/^other-/);
    const read = value(await rig.account.read(changed, places(changed)['current'] ?? '', call));
    expect(read && (await works(rig, client.id, read))).toBe(true);
  });

  test('lets a secret end: a new one takes its place, with a life of its own', async () => {
    await using rig = await realm(HOUR_MS);
    const { client } = await createAs(rig, wish());
    rig.pass(2 * HOUR_MS);
    const second = value(await rig.account.mint(wish(), client, call));
    expect(places(second.client)).toEqual({ current: second.credential.id });
    expect(await works(rig, client.id, second.credential)).toBe(true);
    rig.pass(HOUR_MS / 2);
    expect(await works(rig, client.id, second.credential)).toBe(true);
  });
});

describe('without a policy', () => {
  test('the secret is replaced where the spec says so, and not otherwise', async () => {
    await using rig = await realm(0);
    const first = await createAs(rig, wish());
    const refused = await rig.account.mint(wish(), first.client, call);
    expect(failure(refused)).toMatchObject({ kind: 'rejected', retry: 'later', errorType: 'no_overlap' });
    for (const out of ['rotation policy', 'Replace', 'KeyPair'])
      expect(refused.kind === 'ok' ? '' : refused.error.message).toContain(out);
    expect(await works(rig, first.client.id, first.credential)).toBe(true);
    const second = value(await rig.account.mint(replacing, first.client, call));
    expect([places(second.client), second.credential.previous]).toEqual([
      { current: second.credential.id },
      undefined,
    ]);
    expect([
      await works(rig, first.client.id, first.credential),
      await works(rig, first.client.id, second.credential),
    ]).toEqual([false, true]);
  });

  test('an answer that is lost leaves it unknown, and what is there can be read', async () => {
    await using rig = await realm(0);
    const { client } = await createAs(rig, wish());
    rig.fault('mint', { fault: 'drop-after' });
    expect(failure(await rig.account.mint(replacing, client, { ...call, operation: 'op-1' })).kind).toBe(
      'unknown',
    );
    const [current] = (await live(rig, client.id)).credentials;
    expect(current?.issuedBy).toEqual({ mark: mark.full, operation: 'op-1' });
    const read = value(await rig.account.read(client, current?.id ?? '', call));
    expect(read && (await works(rig, client.id, read))).toBe(true);
  });
});

describe('a client of the other kind', () => {
  test('gets no secret beside its keys, nor keys beside its secret', async () => {
    await using rig = await realm();
    const keyPair = wish({ credential: { type: 'KeyPair' } });
    const { client: keys } = await createAs(rig, keyPair, 0);
    const { client: secret } = await createAs(rig, wish(), 1);
    const before = put(rig).length;
    const said = (client: UpstreamClient, wanted: typeof keyPair) =>
      rig.account.refuse(wanted, client)?.message;
    expect(said(keys, wish())).toContain('cannot be changed');
    expect(said(secret, keyPair)).toContain('cannot be changed');
    expect(said(keys, keyPair)).toBeUndefined();
    expect(said(secret, wish())).toBeUndefined();
    for (const outcome of [
      await rig.account.mint(wish(), keys, call),
      await rig.account.mint(keyPair, secret, call),
      await rig.account.retire(secret, secret.credentials[0]?.id ?? '', call),
    ])
      expect(failure(outcome)).toMatchObject({ kind: 'rejected', retry: 'later' });
    expect(put(rig)).toHaveLength(before);
  });

  test('is not taken over', async () => {
    await using rig = await realm();
    rig.simulator.act({ action: 'createClient', clientId: 'keys' });
    rig.simulator.act({ action: 'createClient', clientId: 'secret', keys: false });
    const said = async (id: string) => rig.account.refuse(wish(), await live(rig, id))?.message;
    expect(await said('keys')).toContain('does not log in by a secret');
    expect(await said('secret')).toBeUndefined();
  });
});

test('a bad secret is refused, in the words in which Keycloak refuses one', async () => {
  await using rig = await realm();
  const { client } = await createAs(rig, wish());
  const prove = (text: string) => rig.account.prove(client.id, { ClientSecret: new Secret(text) }, call);
  expect(failure(await prove('wrong'))).toMatchObject({ reason: 'CredentialRefused' });
  const other = makeMark('inst', 'ns', 'other');
  expect(failure(await prove(other.full))).toMatchObject({ reason: 'CredentialRefused' });
});
