import { findCondition } from '../../api/conditions.ts';
import { isReason, type Reason } from '../../api/reasons.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';

/** One event on the object. */
export interface News {
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  readonly note: string;
}

type Row = (before: MachineClientStatus, now: MachineClientStatus) => readonly News[];

/** The condition with another status or reason than before. */
const turned = (type: string, before: MachineClientStatus, now: MachineClientStatus) => {
  const [old, fresh] = [before, now].map(({ conditions }) => findCondition(conditions, type));
  return fresh && isReason(fresh.reason) && (old?.status !== fresh.status || old.reason !== fresh.reason)
    ? { old, status: fresh.status, reason: fresh.reason, note: fresh.message }
    : undefined;
};

const ready: Row = (before, now) => {
  const one = turned('Ready', before, now);
  if (!one) return [];
  const { status, reason, note } = one;
  return status === 'True'
    ? [{ type: 'Normal', reason, note: `${note} (version ${now.secretVersion ?? 0})` }]
    : [{ type: 'Warning', reason, note }];
};

/** The first one is told with Ready. */
const published: Row = (before, { secretVersion, binding, secretSuffix = '' }) => {
  const isNext = before.secretVersion !== undefined && secretVersion !== before.secretVersion;
  if (!isNext || !binding) return [];
  const note = `version ${secretVersion} is in the Secret ${binding.name}${secretSuffix && `, ${secretSuffix}`}`;
  return [{ type: 'Normal', reason: 'Published', note }];
};

/** Of the same client: with another one all of the old one's are gone, and nobody retired them. */
const retired: Row = (before, now) => {
  if (before.clientId !== now.clientId || !now.credentials) return [];
  const left = new Set(now.credentials.map(({ id }) => id));
  const gone = (before.credentials ?? []).filter(({ id, state }) => state === 'Retiring' && !left.has(id));
  return gone.map(({ suffix }) => ({
    type: 'Normal',
    reason: 'Retired',
    note: `the old credential ${suffix} is retired`,
  }));
};

/** How far a rotation is: where it waits, where it hangs, and that workloads are through. */
const rotation: Row = (before, now) => {
  const one = turned('RotationInProgress', before, now);
  if (!one) return [];
  const { old, reason, note } = one;
  if (reason === 'RolloutStuck') return [{ type: 'Warning', reason, note }];
  if (reason === 'RotationWaiting') return [{ type: 'Normal', reason, note }];
  const wasRolling = old?.reason === 'RolloutPending' || old?.reason === 'RolloutStuck';
  return wasRolling && (reason === 'Overlap' || reason === 'Idle')
    ? [{ type: 'Normal', reason: 'RolledOut', note: 'the workloads of spec.restart have rolled out' }]
    : [];
};

const overdue: Row = (before, now) => {
  const one = turned('RotationOverdue', before, now);
  return one?.status === 'True' ? [{ type: 'Warning', reason: one.reason, note: one.note }] : [];
};

const blocked: Row = (before, now) => {
  const one = turned('RotationBlocked', before, now);
  return one?.status === 'True' ? [{ type: 'Warning', reason: one.reason, note: one.note }] : [];
};

const rows: readonly Row[] = [ready, published, rotation, blocked, overdue, retired];

/**
 * What is worth an event: what begins, ends, or hangs, on the transition of the status alone. An operator that is killed
 * between the status and its events tells nobody; the status says it all the same.
 */
export const newsOf = (before: MachineClientStatus, now: MachineClientStatus): readonly News[] =>
  rows.flatMap((row) => row(before, now));
