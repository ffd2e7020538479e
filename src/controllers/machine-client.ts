import { providerKeyOf } from '../api/objects.ts';
import type { Surveyor } from '../machine-client/observe.ts';
import { laneOf } from '../machine-client/lane.ts';
import { Pass } from '../machine-client/pass.ts';
import type { Ports } from '../machine-client/ports.ts';
import { reconcile } from '../machine-client/reconcile.ts';
import type { Waited } from '../runtime/budget-line.ts';
import type { Lane, Taken } from '../runtime/work-queue.ts';
import type { Orphans } from './orphans.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Outcome } from './worker.ts';

/** One MachineClient, or the leftovers of one that is gone. */
export const machineClientWorker =
  (ports: Ports, accounts: Accounts, orphans: Orphans, surveyor: Surveyor) =>
  async ({ key, lane }: Taken, signal: AbortSignal, waited: Waited | undefined): Promise<Outcome> => {
    const object = ports.machineClients.get(key);
    if (!object) return await orphans.remove(key, signal, waited);
    // Its provider has no verdict yet: whatever were said now would be wrong a moment later. The verdict wakes it.
    if (accounts.registry.isStarting(providerKeyOf(object))) return { kind: 'done' };
    accounts.begin(object);
    using pass = new Pass(ports, object, lane, signal, waited);
    const result = await reconcile(pass, surveyor);
    switch (result.kind) {
      case 'rest':
        return result.until === undefined
          ? { kind: 'done' }
          : { kind: 'after', ms: result.until - ports.clock.now() + 1, lane: waking(pass) };
      case 'soon':
        return { kind: 'after', ms: result.afterMs, lane: pass.lane };
      case 'busy':
        return result;
      case 'failed':
        pass.log.info(
          { reason: result.setback.reason, error: result.setback.message },
          'will be tried again',
        );
        return { kind: 'failed', atLeastMs: result.atLeastMs, lane: pass.lane };
    }
  };

/** What has a time is for the most part a rotation; what a person waits for stays so. */
const waking = ({ object, secret }: Pass): Lane => {
  const lane = laneOf(object, secret);
  return lane === 'resync' ? 'rotation' : lane;
};
