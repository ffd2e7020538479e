import { machineClientSpec } from '../../../src/api/schema/machine-client.ts';
import { chosenClientId, makeMark } from '../../../src/providers/mark.ts';
import type { Minted, Wish } from '../../../src/providers/provider.ts';
import { call, value } from '../outcomes.ts';
import type { Rig } from '../rig.ts';

export const mark = makeMark('inst', 'ns', 'app');

/** `displayName: App` and, where the suite is told so, more. */
export const wish = (spec: object = {}, uid = 'uid-1'): Wish => ({
  spec: machineClientSpec.parse({
    providerRef: { name: 'p' },
    displayName: 'App',
    scopes: ['read:a'],
    ...spec,
  }),
  mark,
  uid,
});

/** A client with its first credential, in one call or in two. */
export const createAs = async ({ account }: Rig, wanted: Wish, incarnation = 0): Promise<Minted> => {
  const id = account.capabilities.choosesClientId ? chosenClientId(mark, 'uid-1', incarnation) : undefined;
  const { client, credential } = value(await account.create(wanted, id, undefined, call));
  return credential ? { client, credential } : value(await account.mint(wanted, client, call));
};
export const create = (rig: Rig, spec: object = {}, incarnation = 0): Promise<Minted> =>
  createAs(rig, wish(spec), incarnation);
