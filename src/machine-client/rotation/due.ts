import { annotations } from '../../api/group.ts';
import type { MachineClient } from '../../api/objects.ts';
import type { SecretView } from '../secret-view.ts';

/** The request that no publication has answered yet. */
const openRotateRequest = (
  object: MachineClient,
  secret: SecretView | undefined,
): string | undefined => {
  const token = object.annotations[annotations.rotateRequested];
  const answered = token === secret?.rotateRequest || token === object.status.lastHandledRotateRequest;
  return token === undefined || token === '' || answered ? undefined : token;
};

/** Why a new credential is due, or undefined. */
export const rotationDue = (object: MachineClient, secret: SecretView): string | undefined =>
  openRotateRequest(object, secret) === undefined
    ? undefined
    : `a rotation was requested by the annotation ${annotations.rotateRequested}`;
