import { findCondition } from '../api/conditions.ts';
import type { MachineClientWire } from './wire.ts';
import { conditionsOf } from './wire.ts';

/** Why a rotation that is asked for now would not begin; undefined: it would. */
export const whyNoRotation = ({ metadata, spec = {} }: MachineClientWire): string | undefined => {
  if (metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  if (spec.suspend === true) return 'spec.suspend is true: set it to false first';
  if (spec.managementPolicy === 'Observe') return 'spec.managementPolicy is Observe: nothing is changed';
  if (spec.state === 'Inactive') return 'spec.state is Inactive: an inactive client is not rotated';
  return undefined;
};

/** What is left over of rotations before: credentials that may still be in somebody's hands. */
export const oldCredentials = ({ status = {} }: MachineClientWire): readonly string[] =>
  (status.credentials ?? [])
    .filter(({ state }) => state === 'Retiring' || state === 'Lost')
    .map(({ id }) => id);

/**
 * `revoke-previous` would do something: an old credential lives on, or the Secret was lost and no other credential can
 * be made while the old one does.
 */
export const hasPrevious = (object: MachineClientWire): boolean =>
  oldCredentials(object).length > 0 ||
  findCondition(conditionsOf(object), 'RotationInProgress')?.status === 'True' ||
  conditionsOf(object).some(({ reason }) => reason === 'OverlapWithoutSecret');
