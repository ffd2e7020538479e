import type { MachineClient } from '../api/objects.ts';
import type { Follower } from '../kube/store.ts';
import type { Recent } from '../runtime/recent.ts';

/**
 * A status that no longer names a version was wiped, or put back to an earlier one: there was a Secret all the same. Told
 * when it is seen to change, for the Secret may be gone before the object is looked at again. Where both have happened
 * before a process starts, nobody knows: limit c.
 */
export const rememberWiped =
  (shown: Pick<Recent<true>, 'set'>): Follower<MachineClient> =>
  (_key, old, now) => {
    if (old?.status.secretVersion === undefined || now?.uid !== old.uid) return;
    if (now.status.secretVersion === undefined) shown.set(now.uid, true);
  };
