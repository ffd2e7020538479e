import { type Condition, findCondition } from '../api/conditions.ts';
import { annotations } from '../api/group.ts';
import type { MachineClient } from '../api/objects.ts';
import type { Operation } from '../api/operation.ts';
import type { SecretView } from './secret-view.ts';
import { ownValue } from '../runtime/own.ts';

/** What the echo in status can hold. */
export const LONGEST = 1024;

/** At the end of a message: what the provider finds a request by. */
export const requestNamed = (requestId: string | undefined): string =>
  requestId === undefined ? '' : ` (request ${requestId})`;

/** The token of a request annotation; an empty or overlong one is none. */
export const requestToken = (object: MachineClient, name: string): string | undefined => {
  const token = ownValue(object.annotations, name);
  return token === undefined || token === '' || token.length > LONGEST ? undefined : token;
};

/** The request annotations whose values are too long to be answered. */
export const overlongRequests = (object: MachineClient): string[] =>
  [annotations.rotateRequested, annotations.reconcileRequested, annotations.revokePrevious].filter(
    (name) => (ownValue(object.annotations, name) ?? '').length > LONGEST,
  );

/** The rotation request that no publication has answered yet. */
export const openRotateRequest = (
  object: MachineClient,
  secret: SecretView | undefined,
): string | undefined => {
  const token = requestToken(object, annotations.rotateRequested);
  return token === secret?.rotateRequest || token === object.status.lastHandledRotateRequest
    ? undefined
    : token;
};

/** The reconcile request that no pass has answered yet. */
export const openReconcileRequest = (object: MachineClient): string | undefined => {
  const token = requestToken(object, annotations.reconcileRequested);
  return token === object.status.lastHandledReconcileRequest ? undefined : token;
};

/** The refusal, where it was written down: whatever waits for the next try repeats it to the letter. */
export const refusalSaid = ({ status }: MachineClient): Condition | undefined =>
  ['RotationBlocked', 'ClientSynced', 'SecretPublished', 'RotationInProgress']
    .flatMap((type) => findCondition(status.conditions, type) ?? [])
    .find(
      ({ type, status: is, reason }) => (is === 'True') === (type === 'RotationBlocked') && reason !== 'Idle',
    );

/**
 * A person asked, or the spec changed: what was refused before is tried again, and its count begins anew. The spec and
 * a reconcile request are noted in status with the first try, a rotation request in the operation that tried it.
 */
export const askedAgain = (
  object: MachineClient,
  secret: SecretView | undefined,
  operation: Operation | undefined,
): boolean => {
  const rotate = openRotateRequest(object, secret);
  return (
    object.status.observedGeneration !== object.generation ||
    openReconcileRequest(object) !== undefined ||
    (rotate !== undefined && rotate !== operation?.request)
  );
};
