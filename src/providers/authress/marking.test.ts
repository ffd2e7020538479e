import { describe, expect, test } from 'vitest';
import { call, mark, value } from '../../../test/conformance/provider-conformance.ts';
import { machineClientSpec } from '../../api/schema/machine-client.ts';
import { makeMark } from '../mark.ts';
import type { Wish } from '../provider.ts';
import { capabilities } from './account.ts';
import { type AuthressRig, create, live, start, wish } from './testing/rig.ts';

describe('the mark', () => {
  const nameOf = (rig: AuthressRig): string | null => rig.simulator.clients()[0]?.name ?? null;
  const edit = (rig: AuthressRig, fields: Record<string, unknown>): void => {
    const [client] = rig.simulator.clients();
    rig.simulator.act({ action: 'changeClient', clientId: client?.clientId ?? '', fields });
  };
  const tagsOf = (rig: AuthressRig) => rig.simulator.clients()[0]?.tags ?? {};

  test('stands at the end of the name, and in tags', async () => {
    await using rig = await start();
    await create(rig);
    expect(nameOf(rig)).toBe(`App [${mark.short}]`);
    expect(tagsOf(rig)).toEqual({
      'machine-client.dev/installation': 'inst',
      'machine-client.dev/namespace': 'ns',
      'machine-client.dev/name': 'app',
      'machine-client.dev/uid': 'uid-1',
    });
  });

  test('leaves 95 characters to the user, and a name that nobody chose is borne by the older limit too', async () => {
    await using rig = await start();
    expect(capabilities.textLimits.displayName).toBe(95);
    const longest = wish({ displayName: 'x'.repeat(95) });
    expect(rig.account.refuse(longest)).toBeUndefined();
    const { client } = value(await rig.account.create(longest, undefined, undefined, call));
    expect(client.displayName).toBe('x'.repeat(95));
    expect(nameOf(rig)).toHaveLength(128);
    const refusal = rig.account.refuse(wish({ displayName: 'x'.repeat(96) }));
    expect(refusal).toMatchObject({ reason: 'FieldNotSupported' });
    expect(refusal?.message).toContain('at most 95');
    const released = value(await rig.account.release(client, call));
    expect(released.displayName).toBe('x'.repeat(95));
    await using older = await start({ switches: { maxNameLength: 64 } });
    const unnamed: Wish = {
      ...wish(),
      spec: machineClientSpec.parse({ providerRef: { name: 'p' } }),
      mark: makeMark('inst', 'ns', 'n'.repeat(63)),
    };
    value(await older.account.create(unnamed, undefined, undefined, call));
    expect(nameOf(older)).toHaveLength(64);
  });

  test('without a name in the spec the object’s is taken, as far as it fits, and not managed', async () => {
    await using rig = await start();
    const long = makeMark('inst', 'ns', 'a-name-that-goes-on-for-a-very-long-while');
    const unnamed: Wish = {
      ...wish(),
      spec: machineClientSpec.parse({ providerRef: { name: 'p' } }),
      mark: long,
    };
    const { client } = value(await rig.account.create(unnamed, undefined, undefined, call));
    expect([client.displayName, client.mark]).toEqual(['a-name-that-goes-on-for-a-very-', long]);
    expect(rig.account.differences(unnamed, client)).toEqual([]);
  });

  test('a client with a long name of its own is taken over only under another', async () => {
    await using rig = await start();
    const name = 'A name that somebody has given it in the console'.padEnd(96, '!');
    rig.simulator.act({ action: 'createClient', clientId: 'theirs', fields: { name } });
    const theirs = await live(rig, 'theirs');
    const unnamed: Wish = { ...wish(), spec: machineClientSpec.parse({ providerRef: { name: 'p' } }) };
    expect(rig.account.refuse(unnamed, theirs)?.message).toContain('set spec.displayName');
    expect(rig.account.refuse(wish(), theirs)).toBeUndefined();
  });

  test('whose name was edited is still ours, and the name is put back', async () => {
    await using rig = await start();
    const { client } = await create(rig);
    edit(rig, { name: 'Renamed' });
    const shown = await live(rig, client.id);
    expect(shown).toMatchObject({ mark, displayName: 'Renamed' });
    expect(rig.account.differences(wish(), shown)).toEqual(['displayName', 'mark']);
    const unmanaged: Wish = { ...wish(), spec: machineClientSpec.parse({ providerRef: { name: 'p' } }) };
    expect(rig.account.differences(unmanaged, shown)).toEqual(['mark']);
    const updated = value(await rig.account.update(unmanaged, shown, call));
    expect([nameOf(rig), updated.displayName]).toEqual([`Renamed [${mark.short}]`, 'Renamed']);
    expect(rig.account.differences(unmanaged, updated)).toEqual([]);
  });

  const other = makeMark('inst', 'ns', 'other');
  test.each([
    ['the name alone', { name: `App [${mark.short}]`, tags: {} }],
    [
      'a name and tags that do not agree',
      {
        name: `App [${other.short}]`,
        tags: {
          'machine-client.dev/installation': 'inst',
          'machine-client.dev/namespace': 'ns',
          'machine-client.dev/name': 'app',
        },
      },
    ],
    ['some of the tags', { name: `App [${mark.short}]`, tags: { 'machine-client.dev/name': 'app' } }],
    ['a mark in the middle of the name', { name: `[${mark.short}] App`, tags: {} }],
  ])('%s is none', async (_what, fields) => {
    await using rig = await start();
    rig.simulator.act({ action: 'createClient', clientId: 'forged', fields });
    const shown = await live(rig, 'forged');
    expect([shown.mark, shown.shortMark]).toEqual([undefined, undefined]);
    const [listed] = value(await rig.account.list(undefined, call)).clients;
    expect(listed?.mark).toBeUndefined();
  });

  test.each([
    ['summaries', { listItems: 'summary' }],
    ['items without empty collections', { emptyCollections: 'absent' }],
  ] as const)(
    'in a list of %s is its short form alone, until the client is read',
    async (_what, switches) => {
      await using rig = await start({ switches });
      const { client } = value(await rig.account.create(wish(), undefined, undefined, call));
      rig.addForeign('theirs');
      const { clients } = value(await rig.account.list(undefined, call));
      expect(
        clients.map(({ id, mark: full, shortMark, credentials }) => [id, full, shortMark, credentials]),
      ).toEqual([
        [client.id, undefined, mark.short, []],
        ['theirs', undefined, undefined, []],
      ]);
      const shown = await live(rig, client.id);
      expect([shown.mark, shown.shortMark]).toEqual([mark, undefined]);
    },
  );

  test('of an edited name is not concluded from a list that shows no keys', async () => {
    await using rig = await start({ switches: { emptyCollections: 'absent' } });
    value(await rig.account.create(wish(), undefined, undefined, call));
    edit(rig, { name: 'Renamed' });
    const [listed] = value(await rig.account.list(undefined, call)).clients;
    expect(listed).toMatchObject({ mark: undefined, shortMark: mark.short });
  });

  test('may be there, where a list shows an edited name alone', async () => {
    await using rig = await start({ switches: { listItems: 'summary' } });
    value(await rig.account.create(wish(), undefined, undefined, call));
    edit(rig, { name: 'Renamed' });
    const hides = async () => value(await rig.account.list(undefined, call)).clients[0]?.hidesMark;
    expect(await hides()).toBe(true);
    edit(rig, { name: 'App [released]' });
    expect(await hides()).toBeUndefined();
    rig.simulator.setSwitches({ listItems: 'full' });
    edit(rig, { name: 'Renamed', tags: {} });
    expect(await hides()).toBeUndefined();
  });

  test('of a client whose name has grown in the console can be taken off all the same', async () => {
    await using rig = await start({ switches: { maxNameLength: 64 } });
    const { client } = await create(rig);
    edit(rig, { name: 'x'.repeat(64) });
    const released = value(await rig.account.release(await live(rig, client.id), call));
    expect([released.released, nameOf(rig)]).toEqual([true, `${'x'.repeat(53)} [released]`]);
  });

  test('of a client that was let go says so, and it can be taken over again', async () => {
    await using rig = await start();
    const { client } = await create(rig, { customMetadata: { a: 'b' } });
    const released = value(await rig.account.release(client, call));
    expect(released).toMatchObject({ mark: undefined, released: true, displayName: 'App' });
    expect([nameOf(rig), tagsOf(rig)]).toMatchObject([
      'App [released]',
      { 'machine-client.dev/released': 'true', 'machine-client.dev/name': 'app', a: 'b' },
    ]);
    rig.simulator.setSwitches({ listItems: 'summary' });
    expect(value(await rig.account.list(undefined, call)).clients[0]?.shortMark).toBeUndefined();
    rig.simulator.setSwitches({ listItems: 'full' });
    const again = value(await rig.account.update(wish(), released, call));
    expect(again).toMatchObject({ mark, released: false, displayName: 'App' });
    expect(nameOf(rig)).toBe(`App [${mark.short}]`);
  });
});
