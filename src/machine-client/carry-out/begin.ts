import { finalizers } from '../../api/group.ts';
import { machineClients } from '../../api/objects.ts';
import { objectKey } from '../../kube/resource.ts';
import type { ReconcileContext } from '../reconcile-context.ts';

/** The provider object, or what it logs in with, is on its way out since the plan was made. Nothing was written. */
export class ProviderLeaves extends Error {}

/**
 * Writes metadata of the object, and with it our finalizer where that is missing: from this moment on, and not only from
 * when the cache shows it, the provider object stays for it. Otherwise a provider that is deleted while the write is on its
 * way would be gone when it arrives, and what was begun would wait for it for ever.
 *
 *   dead before it   nothing was begun
 *   dead during it   it is there or not; whoever leads next sees it in its first list, before it lets go of a provider
 *
 * @throws ProviderLeaves where nothing is begun with it any more
 */
export const writeHeld = async (
  context: ReconcileContext,
  annotations: Readonly<Record<string, string>>,
): Promise<void> => {
  const { ports, object } = context;
  const { uid, resourceVersion, finalizers: present } = object;
  const begins = !present.includes(finalizers.upstream);
  if (begins && !ports.beginnings.begin(object)) throw new ProviderLeaves();
  const metadata = {
    uid,
    resourceVersion,
    ...(begins && { finalizers: [...present, finalizers.upstream] }),
    annotations,
  };
  context.adopt(
    await ports.kube.mergePatch(machineClients, context.ref, { metadata }, { signal: context.signal }),
  );
  // A write that failed may be there all the same, or come yet: that ends with the next pass, by which the cache shows it.
  ports.beginnings.end(objectKey(object));
};
