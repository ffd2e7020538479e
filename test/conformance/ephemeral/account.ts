import { expect } from 'vitest';
import type { UpstreamClient } from '../../../src/providers/provider.ts';
import type { Group } from '../behaviour.ts';
import { call, failure, value } from '../outcomes.ts';
import { mark } from '../with-clients/wish.ts';
import { inJson } from './answers.ts';
import { secretOf, type Subject } from './subject.ts';

const client: UpstreamClient = {
  id: 'x',
  mark,
  released: false,
  displayName: '',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [],
  specific: undefined,
};

export const ofTheAccount: Group<Subject> = {
  title: 'the account',
  behaviours: [
    {
      name: 'says what it can do',
      check: async ({ rig, capabilities }) => {
        expect(rig.account.capabilities).toEqual(capabilities);
        expect(capabilities).toMatchObject({ style: 'ephemeral', canList: false, proofTimeMs: 0 });
      },
    },
    {
      name: 'check: yes, without issuing anything',
      check: async ({ rig }) => {
        value(await rig.account.check(call));
        expect(rig.requests('check')).toBe(1);
        expect(rig.issued()).toEqual([]);
      },
    },
    {
      name: 'a spec cannot be at fault for a refused check',
      check: async ({ rig }) => {
        for (const status of [400, 404, 422]) {
          rig.fault('check', inJson(status));
          expect(failure(await rig.account.check(call))).toMatchObject({ kind: 'rejected', retry: 'later' });
        }
      },
    },
    {
      name: 'what needs a client is not offered, and asks nobody',
      check: async ({ rig, wish }) => {
        const { account } = rig;
        const credential = value(await account.issue(wish, call));
        const asked = rig.requests();
        for (const outcome of [
          await account.list(undefined, call),
          await account.get('x', call),
          await account.create(wish, undefined, undefined, call),
          await account.update(wish, client, call),
          await account.mint(wish, client, call),
          await account.retire(client, credential.id, call),
          await account.promote(client, call),
          await account.cancel(client, call),
          await account.remove('x', call),
          await account.release(client, call),
          await account.prove('', credential.values, call),
        ])
          expect(outcome).toMatchObject({ kind: 'rejected', error: { withheld: true, status: 0 } });
        expect(rig.requests()).toBe(asked);
        expect(account.differences(wish, client)).toEqual([]);
        expect(account.identify(credential.values, client)).toBeUndefined();
        expect(account.refuse(wish)).toBeUndefined();
        expect(account.within('x')).toBe(account);
        // A proof would have spent it.
        expect(await rig.works(secretOf(credential))).toBe(true);
      },
    },
  ],
};
