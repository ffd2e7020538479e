import type { MachineClient } from '../api/objects.ts';
import type { ProviderView } from '../machine-client/observe.ts';
import { makeMark } from '../providers/mark.ts';
import type { Partition } from '../providers/partition.ts';
import type { Pool } from '../providers/pool.ts';
import type { Refusal } from '../providers/provider.ts';

/**
 * Objects that may not use their provider, or not any more. What was made while they might is removed with them, and the
 * mark at the provider alone says what that is: nothing that an object says of itself counts, and nothing is looked up
 * or listed for it, so whoever may make objects here can neither see nor slow an account.
 */

/** Where the account shows a client with the object's mark, in whatever organization. */
export const markedIn = (
  pool: Pool,
  installation: string,
  { namespace, name }: Pick<MachineClient, 'namespace' | 'name'>,
): Partition | undefined => {
  const { full, short } = makeMark(installation, namespace, name);
  return [...pool.partitions()].find(({ inventory }) =>
    [full, short].some((mark) => inventory.byMark(mark).length > 0),
  );
};

export interface Withdrawn {
  readonly installation: string;
  readonly key: string;
  readonly spec: Extract<ProviderView, { state: 'ready' }>['spec'];
  readonly pool: Pool;
  readonly scale: (ms: number) => number;
}

/** Lists that lag show what was there before. */
const noneSince = (pool: Pool, scale: Withdrawn['scale']): number | undefined => {
  const since = pool.listedSince();
  return since === undefined ? undefined : since - scale(pool.account?.capabilities.readLagMs ?? 0);
};

/** Of an object that is being deleted: the client with its mark, or since when the lists show none. */
export const withdrawnView = (
  object: MachineClient,
  why: Refusal,
  { installation, key, spec, pool, scale }: Withdrawn,
): ProviderView => {
  const there = markedIn(pool, installation, object);
  const connected = there && pool.connected(key, there.organization);
  return connected
    ? {
        state: 'ready',
        spec,
        denied: why,
        connected,
        // Nothing is begun by what is being deleted.
        kept: true,
        held: undefined,
        lostSince: undefined,
        quietUntil: undefined,
      }
    : { state: 'denied', ...why, noneSince: noneSince(pool, scale) };
};
