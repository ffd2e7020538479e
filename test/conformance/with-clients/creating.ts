import { expect } from 'vitest';
import { duplicateClient, type UpstreamClient } from '../../../src/providers/provider.ts';
import type { Group } from '../behaviour.ts';
import { canList, choosesClientId, hasPages, isOnePage } from './needs.ts';
import { call, failure, textOf, value } from '../outcomes.ts';
import { mark } from './wish.ts';
import type { Subject } from './subject.ts';

export const creating: Group<Subject> = {
  title: 'create',
  behaviours: [
    {
      name: 'makes a client with the fields and the mark, and gives its secret once',
      check: async ({ rig, capabilities, create, only, fields, wish }) => {
        const minted = await create({ description: 'd' });
        expect(await only()).toMatchObject({
          id: minted.client.id,
          active: true,
          ...fields({ displayName: 'App', description: 'd', scopes: ['read:a'] }),
        });
        expect((await only()).secrets).toHaveLength(1);
        expect(minted.client).toMatchObject({
          mark,
          active: true,
          released: false,
          // What stays as it was written names no object that may come back with another uid.
          ...(capabilities.marksLater && { uid: 'uid-1' }),
        });
        expect(minted.client.credentials.map(({ id }) => id)).toEqual([minted.credential.id]);
        expect(rig.account.differences(wish({ description: 'd' }), minted.client)).toEqual([]);
        expect(JSON.stringify(minted)).not.toContain(textOf(minted.credential));
      },
    },
    {
      name: 'a repeat collides instead of making a second one',
      needs: [choosesClientId],
      check: async ({ rig, create, wish }) => {
        const { client } = await create();
        const again = await rig.account.create(wish(), client.id, undefined, call);
        expect(failure(again)).toMatchObject({
          kind: 'rejected',
          reason: 'RejectedByProvider',
          retry: 'soon',
          errorType: duplicateClient,
        });
        expect(await rig.clients()).toHaveLength(1);
      },
    },
  ],
};

export const looking: Group<Subject> = {
  title: 'get and list',
  behaviours: [
    {
      name: 'get: a client as create showed it',
      check: async ({ rig, create }) => {
        const { client } = await create();
        const shown = value(await rig.account.get(client.id, call));
        // The answer that brings a credential need not say when it was made.
        const credentials = shown?.credentials.map(({ createdTime, ...credential }, at) =>
          client.credentials[at]?.createdTime === undefined ? credential : { ...credential, createdTime },
        );
        expect({ ...shown, credentials }).toEqual(client);
      },
    },
    {
      name: 'get: there is none',
      check: async ({ rig }) => {
        expect(value(await rig.account.get('nobody', call))).toBeUndefined();
      },
    },
    {
      name: 'get: an id with characters that mean something in a path',
      check: async ({ rig }) => {
        expect(value(await rig.account.get('a/b?c=d#e f%2f..g', call))).toBeUndefined();
      },
    },
    {
      name: 'get: a client without a mark',
      check: async ({ rig }) => {
        const id = await rig.addForeign('theirs');
        expect(value(await rig.account.get(id, call))).toMatchObject({ id, mark: undefined });
      },
    },
    {
      name: 'list: page by page to its end',
      needs: [canList, hasPages],
      check: async ({ rig, create }) => {
        const ids = [await rig.addForeign('theirs')];
        for (let incarnation = 0; incarnation < 4; incarnation++)
          ids.push((await create({}, incarnation)).client.id);
        rig.limitPages(2);
        const seen: UpstreamClient[] = [];
        let cursor: string | undefined;
        do {
          const page = value(await rig.account.list(cursor, call));
          expect(page.clients.length).toBeLessThanOrEqual(2);
          seen.push(...page.clients);
          cursor = page.next;
        } while (cursor !== undefined);
        expect(seen.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
        expect(
          seen.filter((client) => client.mark?.full === mark.full || client.shortMark === mark.short),
        ).toHaveLength(4);
        const pages = Math.ceil((ids.length + (rig.others ?? 0)) / 2);
        expect(rig.requests('list')).toBe(pages + (rig.asksForTheEnd ? 1 : 0));
      },
    },
    {
      name: 'list: all of them in one answer',
      needs: [canList, isOnePage],
      check: async ({ rig, create }) => {
        expect(value(await rig.account.list(undefined, call))).toEqual({ clients: [], next: undefined });
        const ids = [await rig.addForeign('theirs')];
        for (let incarnation = 0; incarnation < 4; incarnation++)
          ids.push((await create({}, incarnation)).client.id);
        const { clients, next } = value(await rig.account.list(undefined, call));
        expect([clients.map(({ id }) => id).toSorted(), next]).toEqual([ids.toSorted(), undefined]);
        expect(
          clients.filter((client) => (client.mark?.short ?? client.shortMark) === mark.short),
        ).toHaveLength(4);
      },
    },
  ],
};
