import { annotations } from '../../api/group.ts';
import type { MachineClient } from '../../api/objects.ts';

/**
 * A person asked, or the spec changed: what was refused before is tried again, and its count begins anew. Both are
 * noted in status with the first try. A rotation request is not: it stays open until a publication answers it.
 */
export const askedAgain = (object: MachineClient): boolean => {
  const reconcile = object.annotations[annotations.reconcileRequested];
  return (
    object.status.observedGeneration !== object.generation ||
    (reconcile !== undefined && reconcile !== object.status.lastHandledReconcileRequest)
  );
};
