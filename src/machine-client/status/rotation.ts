import { findCondition, timestamp, type Wanted } from '../../api/conditions.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Facts } from '../facts.ts';
import { gate } from '../policies/gate.ts';
import { plannedRotation } from '../rotation/due.ts';
import { keep, notLooked, type Picture, unreachable } from './picture.ts';

/** From the gate, not from what this pass happens to wait for: the same situation always has the same words. */
const whyOverlap = (facts: Facts): { readonly reason: Reason; readonly message: string } => {
  const state = facts.secret && gate(facts, facts.secret);
  return state?.open === false
    ? state
    : { reason: 'Overlap', message: 'the overlap has passed; the old credential is retired next' };
};

export const rotationConditions = (picture: Picture): readonly Wanted[] => {
  const { facts, learnt, client, works, obstacle } = picture;
  const is = (status: Wanted['status'], reason: Reason, message: string): Wanted => ({
    type: 'RotationInProgress',
    status,
    reason,
    message,
  });
  // Of a summary what was said before stays, as it does in status.credentials.
  const listed = client && picture.credentials;
  const named = client?.credentials.every(({ position }) => position === undefined) === true ? listed : [];
  // Where they go by their id, one that was lost waits for the same gate as one that was published.
  const waits =
    listed?.some(({ state }) => state === 'Retiring') || named?.some(({ state }) => state === 'Lost');
  const overlap = works && waits === true;
  const foreign = named?.filter(({ state }) => state === 'Foreign').map(({ id }) => id) ?? [];
  const idle =
    foreign.length === 0
      ? is('False', 'Idle', 'no rotation is under way')
      : is(
          'False',
          'ForeignCredential',
          `credentials that are not ours are alive on the client and are left alone: ${foreign.join(', ')}`,
        );
  // How far the workloads are cannot be seen, so the gate has nothing to say of it.
  const unrestarted = learnt.setback?.during === 'Restarting' ? learnt.setback : undefined;
  const why = unrestarted ?? whyOverlap(facts);
  const progress = notLooked(picture)
    ? keep(findCondition(facts.object.status.conditions, 'RotationInProgress'), idle)
    : overlap
      ? is('True', why.reason, why.message)
      : obstacle && works && !unreachable.includes(obstacle.reason)
        ? is('False', obstacle.reason, obstacle.message)
        : idle;
  return [progress, overdueCondition(facts)];
};

/** By the clock alone: why it has not begun is said in RotationInProgress. */
const overdueCondition = (facts: Facts): Wanted => {
  const next = facts.object.spec.suspend ? undefined : plannedRotation(facts);
  return next && facts.now >= next.overdueAt
    ? {
        type: 'RotationOverdue',
        status: 'True',
        reason: 'RotationOverdue',
        message: `a rotation was due at ${timestamp(next.at)} and has not begun`,
      }
    : { type: 'RotationOverdue', status: 'False', reason: 'Idle', message: 'no rotation is overdue' };
};
