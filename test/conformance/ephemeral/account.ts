import { expect } from 'vitest';
import type { Group } from '../behaviour.ts';
import { call, failure, value } from '../outcomes.ts';
import { inJson } from './answers.ts';
import { secretOf, type Subject } from './subject.ts';

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
      name: 'there are no clients, and so no calls for them',
      check: async ({ rig, wish }) => {
        const { account } = rig;
        const credential = value(await account.issue(wish, call));
        const { clients, additive, twoPhase } = account;
        expect({ clients, additive, twoPhase }).toEqual({});
        expect(account.refuse(wish)).toBeUndefined();
        expect(account.within('x').id).toBe(account.id);
        // A proof would have spent it.
        expect(await rig.works(secretOf(credential))).toBe(true);
      },
    },
  ],
};
