import { isDeepStrictEqual } from 'node:util';
import { findCondition, mergeConditions, type Wanted } from '../../api/conditions.ts';
import { machineClients } from '../../api/objects.ts';
import { asError } from '../../runtime/errors.ts';
import type { ReconcileContext } from '../reconcile-context.ts';

/**
 * Says on the object that a pass over it failed as nobody foresaw. Only what is known is said: what was Ready may well be
 * so still. It fails silently, for the failure that it speaks of is the one to tell of.
 */
export const sayFailed = async (context: ReconcileContext, error: unknown): Promise<void> => {
  const { object, ports, signal } = context;
  try {
    const message = `the operator failed on this object (${asError(error).name}); its log says where`;
    const is = (type: string, status: Wanted['status']): Wanted => ({
      type,
      status,
      reason: 'InternalError',
      message,
    });
    const old = object.status.conditions ?? [];
    const ready = findCondition(old, 'Ready')?.status === 'True' ? [] : [is('Ready', 'False')];
    const wanted = [...ready, is('Stalled', 'True')];
    const others = old.filter(({ type }) => !wanted.some((one) => one.type === type));
    const said = mergeConditions(old, wanted, object.generation, ports.clock.now());
    if (said.every((one) => isDeepStrictEqual(one, findCondition(old, one.type)))) return;
    const { uid, resourceVersion } = object;
    const body = { metadata: { uid, resourceVersion }, status: { conditions: [...said, ...others] } };
    context.adopt(
      await ports.kube.mergePatch(machineClients, context.ref, body, { subresource: 'status', signal }),
    );
  } catch (why) {
    context.log.info({ error: why }, 'a failure could not be said in the status');
  }
};
