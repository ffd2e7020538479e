import type { MachineClient } from '../api/objects.ts';
import type { Mark } from '../providers/mark.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import type { Recent } from '../runtime/recent.ts';
import { isDerived } from './policies/locate.ts';

/**
 * Clients that bear our mark and the uid of another object, though they bore this one's before: it was made with it (its
 * id is derived from the uid), or this process has seen it so. An object that comes back under its names, or from a
 * backup, has a uid that no client bore; its clients bear the one of the object before it, and are its own.
 *
 * So somebody else has written the mark since, under the same installation id: another cluster, with the same values.
 */
export const takenOver = (
  object: MachineClient,
  mark: Mark,
  clients: readonly UpstreamClient[],
  bore: Pick<Recent<true>, 'get'>,
): readonly string[] =>
  ofMark(mark, clients)
    .filter(
      ({ id, uid }) =>
        uid !== object.uid && (bore.get(boreKey(object, id)) === true || isDerived(mark, object.uid, id)),
    )
    .map(({ id }) => id);

const ofMark = (mark: Mark, clients: readonly UpstreamClient[]): readonly UpstreamClient[] =>
  clients.filter((client) => client.uid !== undefined && client.mark?.full === mark.full);

const boreKey = (object: MachineClient, id: string): string => `${object.uid} ${id}`;

/** What is to be remembered: the clients that bear the uid of this object now. */
export const remember = (
  object: MachineClient,
  mark: Mark,
  clients: readonly UpstreamClient[],
  bore: Recent<true>,
): void => {
  for (const { id, uid } of ofMark(mark, clients))
    if (uid === object.uid) bore.set(boreKey(object, id), true);
};
