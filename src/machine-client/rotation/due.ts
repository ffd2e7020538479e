import { annotations } from '../../api/group.ts';
import type { MachineClient } from '../../api/objects.ts';
import { openRotateRequest } from '../requests.ts';
import type { SecretView } from '../secret-view.ts';

/** Why a new credential is due, or undefined. */
export const rotationDue = (object: MachineClient, secret: SecretView): string | undefined =>
  openRotateRequest(object, secret) === undefined
    ? undefined
    : `a rotation was requested by the annotation ${annotations.rotateRequested}`;
