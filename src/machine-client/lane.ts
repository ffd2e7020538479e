import { annotations } from '../api/group.ts';
import { findCondition } from '../api/conditions.ts';
import type { MachineClient } from '../api/objects.ts';
import type { Lane } from '../runtime/work-queue.ts';
import { openReconcileRequest, openRotateRequest, requestToken } from './requests.ts';
import type { SecretView } from './secret-view.ts';

/** A value of revoke-previous that says the present version, while there is an old credential. */
const asksToRevoke = (object: MachineClient): boolean =>
  requestToken(object, annotations.revokePrevious) === String(object.status.secretVersion) &&
  isRotating(object);

const isRotating = ({ status }: MachineClient): boolean =>
  findCondition(status.conditions, 'RotationInProgress')?.status === 'True';

/** Somebody has just changed it or asked for something, or has no credential that works. */
const isWaitedFor = (object: MachineClient, secret: SecretView | undefined): boolean =>
  object.status.observedGeneration !== object.generation ||
  object.status.secretVersion === undefined ||
  findCondition(object.status.conditions, 'Ready')?.status !== 'True' ||
  openReconcileRequest(object) !== undefined ||
  openRotateRequest(object, secret) !== undefined ||
  asksToRevoke(object);

/**
 * How urgent an object is, by what it is and not by what woke it: a timer that was set when it was made, or the echo of
 * our own publication, must not put a planned rotation beside what a person waits for.
 */
export const laneOf = (object: MachineClient, secret?: SecretView): Lane => {
  if (object.deleting) return 'deletion';
  if (isWaitedFor(object, secret)) return 'user';
  return isRotating(object) ? 'rotation' : 'resync';
};
