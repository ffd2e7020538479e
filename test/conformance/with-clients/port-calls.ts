import type { Outcome } from '../../../src/providers/outcome.ts';
import type { Minted, UpstreamClient } from '../../../src/providers/provider.ts';
import type { Need } from '../behaviour.ts';
import { additive, canList, marksLater, staged, twoPhase } from './needs.ts';
import { call, value } from '../outcomes.ts';
import type { PortCall } from '../rig.ts';
import type { Subject } from './subject.ts';

/** A call of the port, as it is made on a client that was just created. */
interface Case {
  readonly name: PortCall;
  readonly needs?: readonly Need[];
  readonly write: boolean;
  readonly act: (subject: Subject, created: Minted) => Promise<Outcome<unknown>>;
}

const rotatedOf = ({ credentials }: UpstreamClient): string =>
  credentials.find(({ position }) => position === 'rotated')?.id ?? 'none';

export const portCalls: readonly Case[] = [
  {
    name: 'create',
    write: true,
    act: ({ rig: { account }, wish }) =>
      account.create(wish(), account.capabilities.choosesClientId ? 'another' : undefined, undefined, call),
  },
  { name: 'get', write: false, act: ({ rig }, { client }) => rig.account.get(client.id, call) },
  { name: 'list', needs: [canList], write: false, act: ({ rig }) => rig.account.list(undefined, call) },
  {
    name: 'update',
    write: true,
    act: ({ rig, wish, drift }, { client }) => rig.account.update(wish(drift.fields), client, call),
  },
  {
    name: 'release',
    needs: [marksLater],
    write: true,
    act: ({ rig }, { client }) => rig.account.release(client, call),
  },
  { name: 'remove', write: true, act: ({ rig }, { client }) => rig.account.remove(client.id, call) },
  { name: 'mint', write: true, act: ({ rig, wish }, { client }) => rig.account.mint(wish(), client, call) },
  {
    name: 'promote',
    needs: [twoPhase],
    write: true,
    act: ({ rig }, { client }) => rig.account.promote(client, call),
  },
  {
    name: 'cancel',
    needs: [twoPhase],
    write: true,
    act: ({ rig }, { client }) => rig.account.cancel(client, call),
  },
  {
    name: 'retire',
    needs: [additive],
    write: true,
    act: ({ rig }, { client, credential }) => rig.account.retire(client, credential.id, call),
  },
  {
    name: 'read',
    needs: [staged],
    write: false,
    act: ({ rig }, { client, credential }) => rig.account.read(client, credential.id, call),
  },
  {
    name: 'turn',
    needs: [staged],
    write: true,
    act: ({ rig }, { client }) => rig.account.turn(client, rotatedOf(client), call),
  },
  {
    name: 'drop',
    needs: [staged],
    write: true,
    act: ({ rig }, { client }) => rig.account.drop(client, rotatedOf(client), call),
  },
  {
    name: 'prove',
    write: false,
    act: ({ rig }, { client, credential }) => rig.account.prove(client.id, credential.values, call),
  },
];

const onTwo: readonly PortCall[] = ['promote', 'cancel', 'retire', 'turn', 'drop'];

/** A client on which the call can be made: some need a second credential. */
export const prepare = async ({ rig, create, wish }: Subject, name: PortCall): Promise<Minted> => {
  const minted = await create();
  if (!onTwo.includes(name)) return minted;
  const { client } = value(await rig.account.mint(wish(), minted.client, call));
  return { ...minted, client };
};
