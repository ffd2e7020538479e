import type { MachineClient } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import type { Orphan, SharedPool } from './registry.ts';
import type { Serving } from './serving.ts';

/** As the status of a provider object names it. */
export const lineOf = ({ clientId, namespace, name }: Orphan): string => `${clientId} (${namespace}/${name})`;

/** The orphans of a provider object's account that are in namespaces which it serves, and have not come back since. */
export const orphansOf = (
  serving: Serving,
  machineClients: Store<MachineClient>,
  { orphans }: SharedPool,
  key: string,
): readonly string[] | undefined =>
  orphans &&
  [...orphans]
    .filter(
      ([, orphan]) =>
        serving.serves(key, orphan.namespace) && machineClients.get(objectKey(orphan))?.deleting !== false,
    )
    .map(([line]) => line)
    .toSorted();

/** Lines of which a search that begins now can tell whether the client is still there: none whose object is. */
export const searchable = (
  present: ReadonlyMap<string, Orphan> | undefined,
  machineClients: Store<MachineClient>,
): ReadonlySet<string> =>
  new Set(
    [...(present ?? [])]
      .filter(([, orphan]) => machineClients.get(objectKey(orphan)) === undefined)
      .map(([line]) => line),
  );

/**
 * What is known after a search. What an object has left behind since that began, or leaves behind this moment (it is
 * named before the object may go), was not found by it, and stays known. `before`: `searchable` when it began.
 */
export const orphansNow = (
  present: ReadonlyMap<string, Orphan> | undefined,
  before: ReadonlySet<string>,
  found: readonly Orphan[],
  machineClients: Store<MachineClient>,
): Map<string, Orphan> => {
  const left = [...(present ?? [])].filter(
    ([line, orphan]) => !before.has(line) && machineClients.get(objectKey(orphan))?.deleting !== false,
  );
  return new Map([...left, ...found.map((orphan) => [lineOf(orphan), orphan] as const)]);
};

/**
 * Organizations that are listed although no MachineClient names them, or none that stays: the last one is not to go before
 * this is written down. Undefined before every list was complete once.
 */
export const formerOrganizations = ({
  pool,
  tally,
}: Pick<SharedPool, 'tally'> & { readonly pool: Pick<SharedPool['pool'], 'swept' | 'partitions'> }):
  | readonly string[]
  | undefined =>
  pool.swept
    ? [...pool.partitions()]
        .flatMap(({ organization }) => organization ?? [])
        .filter((organization) => !tally.keeps(organization))
        .toSorted()
    : undefined;
