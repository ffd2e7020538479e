import { providerKeyOf, type MachineClient } from '../api/objects.ts';
import type { Surveyor } from '../machine-client/observe.ts';
import { Pass, type Ports } from '../machine-client/pass.ts';
import { reconcile } from '../machine-client/reconcile.ts';
import type { Lane, Taken } from '../runtime/work-queue.ts';
import type { Orphans } from './orphans.ts';
import type { ProviderHub } from './provider-hub.ts';
import type { Outcome } from './worker.ts';

/** One MachineClient, or the leftovers of one that is gone. */
export const machineClientWorker =
  (ports: Ports, hub: ProviderHub, orphans: Orphans, surveyor: Surveyor) =>
  async ({ key, lane }: Taken, signal: AbortSignal): Promise<Outcome> => {
    const object = ports.machineClients.get(key);
    if (!object) {
      await orphans.remove(key, hub, signal);
      return { kind: 'done' };
    }
    // Its provider has no verdict yet: whatever were said now would be wrong a moment later. The verdict wakes it.
    if (hub.isStarting(providerKeyOf(object))) return { kind: 'done' };
    const pass = new Pass(ports, object, lane, signal);
    const result = await reconcile(pass, surveyor);
    switch (result.kind) {
      case 'rest':
        return result.until === undefined
          ? { kind: 'done' }
          : { kind: 'after', ms: result.until - ports.clock.now() + 1 };
      case 'soon':
        return { kind: 'after', ms: result.afterMs };
      case 'failed':
        pass.log.info(
          { reason: result.setback.reason, error: result.setback.message },
          'will be tried again',
        );
        return { kind: 'failed', atLeastMs: result.atLeastMs };
    }
  };

/** What a person waits for first. */
export const laneOf = (object: MachineClient): Lane =>
  object.deleting ? 'deletion' : object.status.observedGeneration === object.generation ? 'resync' : 'user';
