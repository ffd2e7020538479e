import { expect } from 'vitest';
import type { UpstreamClient } from '../../../src/providers/provider.ts';
import type { Group } from '../behaviour.ts';
import { staged } from './needs.ts';
import { call, failure, value } from '../outcomes.ts';
import type { Subject } from './subject.ts';

const placesOf = ({ credentials }: UpstreamClient) => credentials.map(({ position, id }) => [position, id]);

export const rotatingStaged: Group<Subject> = {
  title: 'staged rotation',
  behaviours: [
    {
      name: 'stage: both work; turn: both go on; drop: the new one alone',
      needs: [staged],
      check: async ({ rig, create, wish, works }) => {
        const first = await create();
        const second = value(await rig.account.mint(wish(), first.client, call));
        const [a, b] = [first.credential.id, second.credential.id];
        const { id } = first.client;
        const work = async () => [await works(id, first.credential), await works(id, second.credential)];
        expect(second.credential.previous).toBe(a);
        expect([placesOf(second.client), await work()]).toEqual([
          [
            ['current', a],
            ['rotated', b],
          ],
          [true, true],
        ]);
        const turned = value(await rig.account.turn(second.client, b, call));
        expect([placesOf(turned), await work()]).toEqual([
          [
            ['current', b],
            ['rotated', a],
          ],
          [true, true],
        ]);
        expect(value(await rig.account.get(id, call))).toEqual(turned);
        const dropped = value(await rig.account.drop(turned, a, call));
        expect([placesOf(dropped), await work()]).toEqual([[['current', b]], [false, true]]);
        expect(value(await rig.account.get(id, call))).toEqual(dropped);
      },
    },
    {
      name: 'turn and drop: done already is a success, and nothing is sent',
      needs: [staged],
      check: async ({ rig, create, wish }) => {
        const { client, credential: first } = await create();
        const second = value(await rig.account.mint(wish(), client, call));
        const turned = value(await rig.account.turn(second.client, second.credential.id, call));
        const turns = rig.requests('turn');
        expect(value(await rig.account.turn(second.client, second.credential.id, call))).toEqual(turned);
        expect(rig.requests('turn')).toBe(turns);
        const dropped = value(await rig.account.drop(turned, first.id, call));
        const drops = rig.requests('drop');
        expect(value(await rig.account.drop(turned, first.id, call))).toEqual(dropped);
        expect(rig.requests('drop')).toBe(drops);
      },
    },
    {
      name: 'stage beside a rotated one, turn of what is not there: refused, to be looked at again soon',
      needs: [staged],
      check: async ({ rig, create, wish }) => {
        const { client } = await create();
        const refused = { kind: 'rejected', retry: 'soon' };
        expect(failure(await rig.account.turn(client, 'not-there', call))).toMatchObject(refused);
        const { client: both } = value(await rig.account.mint(wish(), client, call));
        expect(failure(await rig.account.mint(wish(), both, call))).toMatchObject(refused);
        expect(value(await rig.account.get(client.id, call))).toEqual(both);
      },
    },
    {
      name: 'read: the value of each, and none of what is not there',
      needs: [staged],
      check: async ({ rig, create, wish, works }) => {
        const first = await create();
        const { client, credential } = value(await rig.account.mint(wish(), first.client, call));
        for (const { id } of [first.credential, credential]) {
          const read = value(await rig.account.read(client, id, call));
          expect(read?.id).toBe(id);
          expect(read && (await works(client.id, read))).toBe(true);
          expect(read && rig.account.identify(read.values, client)?.id).toBe(id);
        }
        expect(value(await rig.account.read(client, 'not-there', call))).toBeUndefined();
      },
    },
    {
      name: 'a credential says whose it is, and which operation issued it',
      needs: [staged],
      check: async ({ rig, create, wish }) => {
        const { client } = await create();
        value(await rig.account.mint(wish(), client, { ...call, operation: 'operation-1' }));
        const shown = value(await rig.account.get(client.id, call));
        expect(shown?.credentials.map(({ issuedBy }) => issuedBy?.operation)).toEqual([
          undefined,
          'operation-1',
        ]);
      },
    },
  ],
};
