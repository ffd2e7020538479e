import { expect } from 'vitest';
import { credentialLimit } from '../../../src/providers/provider.ts';
import type { Group } from '../behaviour.ts';
import { additive, hasLimit, identifiesCredentials, keepsLastCredential, marksCredentials } from './needs.ts';
import { call, failure, value } from '../outcomes.ts';
import type { Subject } from './subject.ts';
import { mark } from './wish.ts';

export const rotatingByAddition: Group<Subject> = {
  title: 'rotation by addition',
  behaviours: [
    {
      name: 'mint: both work; retire: the new one alone',
      needs: [additive],
      check: async ({ rig, create, wish, works }) => {
        const first = await create();
        const second = value(await rig.account.mint(wish(), first.client, call));
        const ids = [first.credential.id, second.credential.id];
        expect(second.client.credentials.map(({ id }) => id)).toEqual(ids);
        const shown = value(await rig.account.get(first.client.id, call));
        expect(shown?.credentials.map(({ id }) => id)).toEqual(ids);
        const { id } = first.client;
        expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([true, true]);
        const retired = value(await rig.account.retire(second.client, first.credential.id, call));
        expect(retired.credentials.map((one) => one.id)).toEqual([second.credential.id]);
        expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([
          false,
          true,
        ]);
        // Gone already is a success.
        value(await rig.account.retire(second.client, first.credential.id, call));
      },
    },
    {
      name: 'abandon: the new one is deleted, the old one stays',
      needs: [additive],
      check: async ({ rig, create, wish, works }) => {
        const first = await create();
        const second = value(await rig.account.mint(wish(), first.client, call));
        value(await rig.account.retire(second.client, second.credential.id, call));
        const { id } = first.client;
        expect([await works(id, first.credential), await works(id, second.credential)]).toEqual([
          true,
          false,
        ]);
      },
    },
    {
      name: 'what identifies a credential',
      needs: [additive, identifiesCredentials],
      check: async ({ rig, create, wish }) => {
        const first = await create();
        const second = value(await rig.account.mint(wish(), first.client, call));
        const identified = [first, second].map(
          ({ credential }) => rig.account.identify(credential.values, second.client)?.id,
        );
        expect(identified).toEqual([first.credential.id, second.credential.id]);
      },
    },
    {
      name: 'a credential says whose it is, and which operation issued it',
      needs: [additive, marksCredentials],
      check: async ({ rig, create, wish }) => {
        const { client } = await create();
        const operations = ['operation-1', 'operation-2'];
        for (const operation of operations)
          value(await rig.account.mint(wish(), client, { ...call, operation }));
        const shown = value(await rig.account.get(client.id, call));
        // The first one was issued without a fence.
        expect(shown?.credentials.map(({ issuedBy }) => issuedBy)).toEqual(
          [undefined, ...operations].map((operation) => ({ mark: mark.full, operation })),
        );
      },
    },
    {
      name: 'as many as there may be, and one more',
      needs: [additive, hasLimit],
      check: async ({ rig, capabilities, create, wish }) => {
        const { credentialLimit: most = 0 } = capabilities;
        let { client } = await create();
        while (client.credentials.length < most)
          ({ client } = value(await rig.account.mint(wish(), client, call)));
        expect(failure(await rig.account.mint(wish(), client, call))).toMatchObject({
          kind: 'rejected',
          errorType: credentialLimit,
        });
        const [oldest] = client.credentials;
        value(await rig.account.retire(client, oldest?.id ?? '', call));
        value(await rig.account.mint(wish(), client, call));
      },
    },
    {
      name: 'the last one cannot be deleted',
      needs: [additive, keepsLastCredential],
      check: async ({ rig, create, works }) => {
        const { client, credential } = await create();
        expect((await rig.account.retire(client, credential.id, call)).kind).toBe('rejected');
        expect(await works(client.id, credential)).toBe(true);
      },
    },
  ],
};
