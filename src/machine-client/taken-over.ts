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
  bore: Recent<true>,
): readonly string[] => {
  const taken: string[] = [];
  for (const { id, uid, mark: theirs } of clients) {
    if (uid === undefined || theirs?.full !== mark.full) continue;
    const key = `${object.uid} ${id}`;
    if (uid === object.uid) bore.set(key, true);
    else if (bore.get(key) || isDerived(mark, object.uid, id)) taken.push(id);
  }
  return taken;
};
