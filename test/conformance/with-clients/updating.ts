import { expect } from 'vitest';
import type { UpstreamClient, Wish } from '../../../src/providers/provider.ts';
import type { Check, Group } from '../behaviour.ts';
import { marksLater } from './needs.ts';
import { call, failure, value } from '../outcomes.ts';
import type { Rig } from '../rig.ts';
import { mark } from './wish.ts';
import type { Subject } from './subject.ts';

const full = { displayName: 'App', description: 'd', scopes: ['read:a'], audiences: ['https://a.test'] };
const empty = { displayName: '', description: '', scopes: [], audiences: [] };

/** More often than any wish here needs. */
const MOST_PARTS = 10;

/** As the operator does it: again for as long as something is left, where one request does not bear it all. */
const updated = async ({ account }: Rig, wanted: Wish, client: UpstreamClient): Promise<UpstreamClient> => {
  let after = value(await account.update(wanted, client, call));
  for (let part = 1; part < MOST_PARTS && account.capabilities.updatesInParts; part++) {
    if (account.differences(wanted, after).length === 0) break;
    after = value(await account.update(wanted, after, call));
  }
  return after;
};

const clears =
  (field: keyof typeof empty): Check<Subject> =>
  async ({ rig, capabilities, create, wish }) => {
    const { client } = await create(full);
    const cleared = wish({ ...full, [field]: empty[field] });
    expect(rig.account.differences(cleared, client)).toEqual([field]);
    const refusal = rig.account.refuse(cleared, client);
    if (!capabilities.clearable.includes(field)) {
      expect(refusal?.reason).toBe('FieldNotSupported');
      return;
    }
    expect(refusal).toBeUndefined();
    const after = await updated(rig, cleared, client);
    expect(rig.account.differences(cleared, after)).toEqual([]);
    const shown = value(await rig.account.get(client.id, call));
    expect(shown && rig.account.differences(cleared, shown)).toEqual([]);
  };

export const updating: Group<Subject> = {
  title: 'update',
  behaviours: [
    {
      name: 'puts every field right, and nothing differs afterwards',
      check: async ({ rig, capabilities, create, wish, only, fields, drift }) => {
        const { client } = await create();
        const wanted = wish(
          {
            displayName: 'New',
            description: 'new',
            scopes: ['b', 'c'],
            ...drift.fields,
            ...(capabilities.canDeactivate && { state: 'Inactive' }),
          },
          'uid-2',
        );
        expect(rig.account.differences(wanted, client)).not.toEqual([]);
        const after = await updated(rig, wanted, client);
        expect(rig.account.differences(wanted, after)).toEqual([]);
        if (capabilities.marksLater) expect(after.uid).toBe('uid-2');
        expect(await only()).toMatchObject({
          ...fields({ displayName: 'Theirs', description: 'new', scopes: ['b', 'c'] }),
          active: !capabilities.canDeactivate,
        });
        // An answer to an update need not show the credentials: they are as they were.
        expect(after.credentials).toEqual(client.credentials);
      },
    },
    {
      name: 'an object that comes back with another uid has nothing to write',
      check: async ({ create, rig, wish }) => {
        const { client } = await create();
        expect(rig.account.differences(wish({}, 'uid-2'), client)).toEqual([]);
      },
    },
    {
      name: 'an absent field is not managed',
      check: async ({ rig, create, unmanaged }) => {
        const { client } = await create({ description: 'd' });
        expect(rig.account.differences(unmanaged, client)).toEqual([]);
      },
    },
    {
      name: 'an empty field is cleared, or refused before anything is sent',
      cases: ({ fields }) =>
        (Object.keys(empty) as (keyof typeof empty)[])
          .filter((field) => fields.includes(field))
          .map((field) => [field, clears(field)]),
    },
    {
      name: 'drift is seen, and put right',
      check: async ({ rig, create, wish, drift }) => {
        const { client } = await create(drift.before);
        const own = wish(drift.before);
        await updated(rig, wish(drift.fields), client);
        const shown = value(await rig.account.get(client.id, call));
        if (!shown) throw new Error('gone');
        expect(rig.account.differences(own, shown)).toEqual(drift.names);
        const after = await updated(rig, own, shown);
        expect(rig.account.differences(own, after)).toEqual([]);
      },
    },
    {
      name: 'adoption: a foreign client gets the mark',
      needs: [marksLater],
      check: async ({ rig, wish }) => {
        const found = value(await rig.account.get(await rig.addForeign('theirs'), call));
        if (!found) throw new Error('not found');
        const updated = value(await rig.account.update(wish(), found, call));
        expect(updated.mark).toEqual(mark);
      },
    },
    {
      name: 'a client that is gone: refused',
      check: async ({ rig, create, wish, drift }) => {
        const { client } = await create();
        await rig.removeInConsole(client.id);
        expect(failure(await rig.account.update(wish(drift.fields), client, call)).kind).toBe('rejected');
        expect(await rig.clients()).toEqual([]);
      },
    },
  ],
};
