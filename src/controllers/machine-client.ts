import { providerKeyOf } from '../api/objects.ts';
import type { ClusterView } from '../machine-client/observe.ts';
import { ReconcileContext } from '../machine-client/reconcile-context.ts';
import type { Ports } from '../machine-client/ports.ts';
import { reconcile } from '../machine-client/reconcile.ts';
import type { Waited } from '../runtime/budget-line.ts';
import { done, type Next } from '../runtime/next.ts';
import type { Taken } from '../runtime/work-queue.ts';
import type { Orphans } from './orphans.ts';
import type { Accounts } from '../accounts/accounts.ts';

/** One MachineClient, or the leftovers of one that is gone. */
export const machineClientWorker =
  (ports: Ports, accounts: Accounts, orphans: Orphans, clusterView: ClusterView) =>
  async ({ key, lane }: Taken, signal: AbortSignal, waited: Waited | undefined): Promise<Next> => {
    // Of a pass before this one whose fence had no answer: by now the cache shows what became of it.
    ports.beginnings.end(key);
    const object = ports.machineClients.get(key);
    if (!object) return await orphans.remove(key, signal, waited);
    // Its provider has no verdict yet: whatever were said now would be wrong a moment later. The verdict wakes it.
    if (accounts.registry.isStarting(providerKeyOf(object))) return done;
    accounts.begin(object);
    using context = new ReconcileContext(ports, object, lane, signal, waited);
    return await reconcile(context, clusterView);
  };
