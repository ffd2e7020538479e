import { expect } from 'vitest';
import { missing, type Group } from '../behaviour.ts';
import { call, failure, value } from '../outcomes.ts';
import { portCalls } from './port-calls.ts';
import type { Subject } from './subject.ts';

export const ofTheAccount: Group<Subject> = {
  title: 'the account',
  behaviours: [
    {
      name: 'says what it can do',
      check: async ({ rig, declared }) => {
        expect(rig.account.capabilities).toEqual(declared);
      },
    },
    {
      name: 'too late to leave: it does not, and says so',
      check: async ({ rig, create, wish }) => {
        const { client } = await create();
        const before = [rig.requests('mint'), rig.requests('remove')];
        const late = { ...call, leaveBy: Number.NEGATIVE_INFINITY };
        for (const outcome of [
          await rig.account.mint(wish(), client, late),
          await rig.account.remove(client.id, late),
        ])
          expect(failure(outcome)).toMatchObject({ kind: 'rejected', status: 0 });
        expect([rig.requests('mint'), rig.requests('remove')]).toEqual(before);
      },
    },
    {
      name: '401 stops the account',
      check: async (subject) => {
        const { rig, capabilities, create, wish } = subject;
        let created = await create();
        for (const portCall of portCalls) {
          const { name, act } = portCall;
          if (name === 'prove' || missing(portCall, capabilities) !== undefined) continue;
          // What is looked at first must be there.
          if (name === 'turn') created = value(await rig.account.mint(wish(), created.client, call));
          // Where a login can be renewed the same is said twice.
          rig.fault(name, { fault: 'status', status: 401 }, 2);
          expect(failure(await act(subject, created)), name).toMatchObject({
            kind: 'rejected',
            reason: 'CredentialsInvalid',
            retry: 'account',
          });
        }
      },
    },
  ],
};
