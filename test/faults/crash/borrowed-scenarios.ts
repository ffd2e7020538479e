import { chosenId } from './call.ts';
import { atRest, type Scenario } from './scenario.ts';
import { rotateNow } from './scenarios.ts';
import { overlap, type Picture, type Site } from './site.ts';

/** On a client of somebody else credentials alone are issued and revoked, whenever the operator dies. */

const lend = async (site: Site, object: string): Promise<void> => {
  const { clientId, secret } = await site.borrowed.make(object, chosenId(object));
  site.reader.name(clientId, object);
  site.watchman.guards(secret);
};
const borrow = (site: Site, object: string) =>
  site.world.client(object, {
    managementPolicy: 'CredentialsOnly',
    scopes: undefined,
    clientId: site.borrowed.idOf(object),
    rotation: { overlap },
  });
const lendAndBorrow = async (site: Site, object: string): Promise<void> => {
  await lend(site, object);
  await borrow(site, object);
};

/** In two phases the former secret goes when the overlap has passed; by addition it stays beside ours. */
const isSettled = (picture: Picture, object: string): boolean => {
  const client = picture.client(picture.clients(object)[0]?.clientId ?? '');
  return picture.style === 'additive' || client?.credentials.length === 1;
};

export const borrowedScenarios: readonly Scenario[] = [
  {
    name: 'borrow',
    id: 'borrow',
    prepare: lend,
    act: borrow,
    done: (picture, object) => atRest(picture, object) && isSettled(picture, object),
  },
  {
    name: 'borrow, rotate',
    id: 'borrow-rotate',
    only: 'additive',
    prepare: lendAndBorrow,
    act: ({ world }, object) => world.patch(object, rotateNow),
    done: (picture, object) => atRest(picture, object, 2),
  },
  {
    name: 'borrow, delete',
    id: 'borrow-delete',
    only: 'additive',
    prepare: lendAndBorrow,
    act: async (site, object) => {
      site.watchman.release(object);
      await site.world.delete(object);
    },
    done: (picture, object) => !picture.objects.has(object),
    ends: 'gone',
  },
];
