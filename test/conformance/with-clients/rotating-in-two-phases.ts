import { expect } from 'vitest';
import type { Group } from '../behaviour.ts';
import { twoPhase } from './needs.ts';
import { call, failure, value } from '../outcomes.ts';
import type { Subject } from './subject.ts';

export const rotatingInTwoPhases: Group<Subject> = {
  title: 'rotation in two phases',
  behaviours: [
    {
      name: 'start: both work; promote: the new one alone',
      needs: [twoPhase],
      check: async ({ rig, create, wish, works }) => {
        const first = await create();
        const second = value(await rig.account.mint(wish(), first.client, call));
        expect(second.client.credentials.map(({ id, position }) => [position, id])).toEqual([
          ['current', first.credential.id],
          ['next', second.credential.id],
        ]);
        const { id } = first.client;
        expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([true, true]);
        const promoted = value(await rig.account.promote(second.client, call));
        expect(promoted.credentials.map((credential) => [credential.position, credential.id])).toEqual([
          ['current', second.credential.id],
        ]);
        expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([
          false,
          true,
        ]);
      },
    },
    {
      name: 'cancel: the old one alone',
      needs: [twoPhase],
      check: async ({ rig, create, wish, works }) => {
        const first = await create();
        const second = value(await rig.account.mint(wish(), first.client, call));
        const cancelled = value(await rig.account.cancel(second.client, call));
        expect(cancelled.credentials.map(({ id }) => id)).toEqual([first.credential.id]);
        const { id } = first.client;
        expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([
          true,
          false,
        ]);
      },
    },
    {
      name: 'start twice, promote and cancel without start: refused, to be looked at again soon',
      needs: [twoPhase],
      check: async ({ rig, create, wish }) => {
        const { client } = await create();
        const refused = { kind: 'rejected', reason: 'RejectedByProvider', retry: 'soon' };
        expect(failure(await rig.account.promote(client, call))).toMatchObject(refused);
        expect(failure(await rig.account.cancel(client, call))).toMatchObject(refused);
        value(await rig.account.mint(wish(), client, call));
        expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject(refused);
      },
    },
  ],
};
