import { describe, expect, test } from 'vitest';
import { call, createAs, mark, value } from '../../../test/conformance/provider-conformance.ts';
import { makeMark } from '../mark.ts';
import type { UpstreamClient, Wish } from '../provider.ts';
import { type AuthressRig, create, live, start, wish } from './testing/rig.ts';

const many = (length: number) =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`a-long-key-${index}`, 'x']));

describe('fields', () => {
  const wanting = (fields: object): Wish => wish({ authress: fields });
  const tagsOf = (rig: AuthressRig) =>
    Object.fromEntries(
      Object.entries(rig.simulator.clients()[0]?.tags ?? {}).filter(
        ([key]) => !key.startsWith('machine-client.dev/'),
      ),
    );
  const edit = (rig: AuthressRig, { id }: UpstreamClient, fields: Record<string, unknown>): void =>
    void rig.simulator.act({ action: 'changeClient', clientId: id, fields });

  test.each(['clear', 'keep'] as const)(
    'tags are merged, those of others stay, those of ours that left the spec go (PUT: %s)',
    async (putOmitted) => {
      await using rig = await start({ switches: { putOmitted } });
      const { client } = await create(rig, { customMetadata: { a: '1', 'b,c': '2' } });
      edit(rig, client, {
        tags: { ...rig.simulator.clients()[0]?.tags, theirs: 'x', 'machine-client.device': 'y' },
      });
      const wanted = wish({ customMetadata: { 'b,c': '3', d: '4' } });
      const shown = await live(rig, client.id);
      expect(rig.account.differences(wanted, shown)).toEqual(['customMetadata', 'mark']);
      const updated = value(await rig.account.update(wanted, shown, call));
      expect(tagsOf(rig)).toEqual({ 'b,c': '3', d: '4', theirs: 'x', 'machine-client.device': 'y' });
      expect(rig.account.differences(wanted, updated)).toEqual([]);
      value(await rig.account.update(wish(), updated, call));
      expect(tagsOf(rig)).toEqual({ theirs: 'x', 'machine-client.device': 'y' });
    },
  );

  test('more tags than can be remembered stay when they leave the spec', async () => {
    await using rig = await start();
    const tags = many(16);
    const { client } = await create(rig, { customMetadata: tags });
    expect(rig.account.differences(wish({ customMetadata: tags }), client)).toEqual([]);
    expect(rig.account.differences(wish(), client)).toEqual([]);
    value(await rig.account.update(wish(), client, call));
    expect(tagsOf(rig)).toEqual(tags);
  });

  test('drift of a tag of ours is seen; a tag of somebody else is none', async () => {
    await using rig = await start();
    const { client } = await create(rig, { customMetadata: { a: '1' } });
    const present = rig.simulator.clients()[0]?.tags ?? {};
    const differences = async (tags: Record<string, string>) => {
      edit(rig, client, { tags });
      return rig.account.differences(wish({ customMetadata: { a: '1' } }), await live(rig, client.id));
    };
    expect(await differences({ ...present, theirs: 'x' })).toEqual([]);
    expect(await differences({ ...present, a: '2' })).toEqual(['customMetadata']);
    const { a: _a, ...without } = present;
    expect(await differences(without)).toEqual(['customMetadata']);
  });

  test('options are compared one by one; what the spec leaves out stays as it is', async () => {
    await using rig = await start();
    const { client } = await create(rig, { authress: { options: { grantUserPermissionsAccess: true } } });
    const wanted = wanting({ options: { grantUserPermissionsAccess: true } });
    expect(rig.account.differences(wanted, client)).toEqual([]);
    edit(rig, client, { options: { grantUserPermissionsAccess: true, grantTokenGeneration: true } });
    const shown = await live(rig, client.id);
    expect(rig.account.differences(wanted, shown)).toEqual([]);
    const off = wanting({ options: { grantUserPermissionsAccess: false } });
    expect(rig.account.differences(off, shown)).toEqual(['authress.options']);
    const updated = value(await rig.account.update(off, shown, call));
    expect(rig.account.differences(off, updated)).toEqual([]);
    expect(rig.simulator.clients()[0]?.options).toEqual({
      grantUserPermissionsAccess: false,
      grantTokenGeneration: true,
    });
  });

  test('what clientPolicy bounds is shown: tags of nobody else’s making, and the first right over all users', async () => {
    await using rig = await start();
    const { client } = await create(rig, { customMetadata: { team: 'a' } });
    edit(rig, client, {
      tags: { ...rig.simulator.clients()[0]?.tags, theirs: 'x' },
      options: { grantUserPermissionsAccess: true },
    });
    expect(rig.account.powers?.(await live(rig, client.id))).toEqual({
      customMetadata: ['team', 'theirs'],
      impersonation: { right: 'grantUserPermissionsAccess', field: 'authress.options' },
    });
    expect(rig.account.powers?.((await create(rig)).client)).toEqual({
      customMetadata: [],
      impersonation: undefined,
    });
  });

  test('rate limits: left out they stay, an empty list clears them', async () => {
    await using rig = await start();
    const rateLimits = [{ duration: 'PT5M', quota: 1000 }];
    const { client } = await create(rig, { authress: { rateLimits: [{ duration: '5m', quota: 1000 }] } });
    expect(rig.simulator.clients()[0]?.rateLimits).toEqual(rateLimits);
    const renamed = value(await rig.account.update(wish({ displayName: 'New' }), client, call));
    expect(rig.simulator.clients()[0]?.rateLimits).toEqual(rateLimits);
    const none = wanting({ rateLimits: [] });
    expect(rig.account.differences(none, renamed)).toEqual(['displayName', 'authress.rateLimits']);
    const cleared = value(await rig.account.update(none, renamed, call));
    expect(rig.account.differences(none, cleared)).toEqual([]);
    expect(rig.simulator.clients()[0]?.rateLimits).toEqual([]);
  });

  test.each([
    ['a number', { customMetadata: { a: 1 } }, 'FieldNotSupported'],
    ['nothing for a string', { customMetadata: { a: null } }, 'FieldNotSupported'],
    ['an object', { customMetadata: { a: { b: 'c' } } }, 'FieldNotSupported'],
    ['a long tag', { customMetadata: { a: 'x'.repeat(129) } }, 'FieldNotSupported'],
    ['33 tags', { customMetadata: many(33) }, 'FieldNotSupported'],
    ['a state', { state: 'Inactive' }, 'FieldNotSupported'],
    ['an expiry', { secret: { entries: [{ key: 'k', field: 'ExpiryTime' }] } }, 'FieldNotSupported'],
    ['an entry for scopes', { secret: { entries: [{ key: 'k', field: 'Scopes' }] } }, 'FieldNotSupported'],
    [
      'a client secret of a key pair',
      {
        credential: { type: 'KeyPair' },
        secret: { entries: [{ key: 'k', field: 'ClientSecret' }] },
      },
      'FieldNotSupported',
    ],
    ['our tags', { customMetadata: { 'machine-client.dev': 'x' } }, 'MarkInUserText'],
    ['a tag below them', { customMetadata: { 'machine-client.dev/uid': 'x' } }, 'MarkInUserText'],
    ['a mark in the name', { displayName: mark.short }, 'MarkInUserText'],
    ['a mark in a tag', { customMetadata: { a: mark.short } }, 'MarkInUserText'],
  ])('%s is refused before anything is sent', async (_what, spec, reason) => {
    await using rig = await start();
    expect(rig.account.refuse(wish(spec))).toMatchObject({ reason });
  });

  test('an object whose name is longer than a tag is refused', async () => {
    await using rig = await start();
    const long = { ...wish(), mark: makeMark('inst', 'ns', 'x'.repeat(129)) };
    expect(rig.account.refuse(long)?.message).toContain('metadata.name has 129 characters');
  });

  test('all that it bears', async () => {
    await using rig = await start();
    const options = { grantUserPermissionsAccess: true };
    const all = wish({
      authress: { options, rateLimits: [{ duration: '24h', quota: 100 }] },
      customMetadata: { ...many(31), a: 'x'.repeat(128) },
      secret: { entries: [{ key: 'k', field: 'AccessKey' }] },
    });
    expect(rig.account.refuse(all)).toBeUndefined();
    const { client } = await createAs(rig, all);
    expect(rig.account.differences(all, client)).toEqual([]);
  });
});
