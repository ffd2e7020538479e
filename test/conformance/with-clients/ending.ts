import { expect } from 'vitest';
import type { Group } from '../behaviour.ts';
import { marksForGood, marksLater } from './needs.ts';
import { call, failure, value } from '../outcomes.ts';
import type { Subject } from './subject.ts';

export const ending: Group<Subject> = {
  title: 'release and remove',
  behaviours: [
    {
      name: 'release: it is nobody’s from then on, and works as before',
      needs: [marksLater],
      check: async ({ rig, create }) => {
        const { client, credential } = await create();
        const released = value(await rig.account.release(client, call));
        expect(released).toMatchObject({ id: client.id, mark: undefined, released: true });
        expect(value(await rig.account.get(client.id, call))).toEqual(released);
        value(await rig.account.prove(client.id, credential.values, call));
      },
    },
    {
      name: 'release: it cannot be let go, and nothing is sent',
      needs: [marksForGood],
      check: async ({ rig, create }) => {
        const { client, credential } = await create();
        const before = rig.requests('release');
        expect(failure(await rig.account.release(client, call))).toMatchObject({
          kind: 'rejected',
          status: 0,
        });
        expect(rig.requests('release')).toBe(before);
        value(await rig.account.prove(client.id, credential.values, call));
      },
    },
    {
      name: 'remove: it is gone',
      check: async ({ rig, create }) => {
        const { client } = await create();
        value(await rig.account.remove(client.id, call));
        expect(await rig.clients()).toEqual([]);
      },
    },
    {
      name: 'remove: gone already is a success',
      check: async ({ rig }) => {
        value(await rig.account.remove('nobody', call));
      },
    },
    {
      name: 'remove: a gateway’s 404 is not',
      check: async ({ rig, create }) => {
        const { client } = await create();
        rig.fault('remove', { fault: 'status', status: 404, body: 'html' });
        expect((await rig.account.remove(client.id, call)).kind).toBe('rejected');
        expect(await rig.clients()).toHaveLength(1);
      },
    },
  ],
};
