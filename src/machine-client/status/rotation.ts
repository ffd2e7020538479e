import { findCondition, timestamp, type Wanted } from '../../api/conditions.ts';
import { parseDuration } from '../../api/durations.ts';
import { annotations } from '../../api/group.ts';
import { isUnasked, type Reason, reasons } from '../../api/reasons.ts';
import type { Facts } from '../facts.ts';
import { type Gate, gate } from '../policies/gate.ts';
import { styleIn } from '../policies/styles.ts';
import { openRotateRequest } from '../requests.ts';
import { plannedRotation, rotationDue } from '../rotation/due.ts';
import type { SecretView } from '../secret-view.ts';
import { keep, notLooked, type Picture } from './picture.ts';

type Closed = Extract<Gate, { open: false }>;

interface Why {
  readonly reason: Reason;
  readonly message: string;
}

/** A new credential that is due, and for which the old one has to go first: who asks is told when, and how to have it now. */
const waiting = (facts: Facts, secret: SecretView, { reason, message, until }: Closed): Why | undefined => {
  const isRequested = openRotateRequest(facts.object, secret) !== undefined;
  if (rotationDue(facts, secret) === undefined) return undefined;
  if (reason === 'RolloutPending' || reason === 'RolloutStuck')
    return isRequested
      ? { reason, message: `${message}; the rotation that was asked for waits for it` }
      : undefined;
  if (reason !== 'Overlap' || until === undefined) return undefined;
  const { interval, overlap } = facts.object.spec.rotation;
  const tooShort = interval !== undefined && parseDuration(interval) <= parseDuration(overlap);
  const which = isRequested ? 'the rotation that was asked for' : 'a planned rotation';
  const cause = tooShort
    ? `spec.rotation.interval (${interval}) is no longer than spec.rotation.overlap (${overlap})`
    : `the overlap of the one before (spec.rotation.overlap: ${overlap})`;
  return {
    reason: 'RotationWaiting',
    message: `${which} waits until ${timestamp(until)}: ${cause}; ${annotations.revokePrevious}: "${secret.version}" retires the old credential, and begins it, now`,
  };
};

/** From the gate, not from what this pass happens to wait for: the same situation always has the same words. */
const whyOverlap = ({ facts, learnt, client }: Picture): Why => {
  const { secret } = facts;
  const former = client && client.id === secret?.clientId ? styleIn(facts)?.former(facts, client) : undefined;
  const state = secret && gate(facts, secret, former ?? []);
  if (!secret || state?.open !== false)
    return { reason: 'Overlap', message: 'the overlap has passed; the old credential is retired next' };
  // Where more credentials can live beside each other, nothing waits for the gate.
  return (learnt.rest.reason === state.reason && waiting(facts, secret, state)) || state;
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
  // How far the workloads are cannot be seen, or the gate is open and the old one does not go: it has nothing to say of it.
  const { setback } = learnt;
  const failed = setback?.during === 'Restarting' || setback?.during === 'Retiring' ? setback : undefined;
  const why = failed ?? whyOverlap(picture);
  const progress = notLooked(picture)
    ? keep(findCondition(facts.object.status.conditions, 'RotationInProgress'), idle)
    : overlap
      ? is('True', why.reason, why.message)
      : obstacle && works && !isUnasked(obstacle.reason) && !blocks(obstacle.reason)
        ? is('False', obstacle.reason, obstacle.message)
        : idle;
  return [
    progress,
    blockedCondition(picture),
    overdueCondition(facts, progress.reason === 'RotationWaiting' ? why.message : undefined),
  ];
};

const blocks = (reason: Reason): boolean => reasons[reason].blocksRotation === true;

/** What somebody else has to end before any rotation can begin, whether or not the Secret works meanwhile. */
const blockedCondition = (picture: Picture): Wanted => {
  const { facts, obstacle } = picture;
  const is = (status: Wanted['status'], reason: Reason, message: string): Wanted => ({
    type: 'RotationBlocked',
    status,
    reason,
    message,
  });
  const free = is('False', 'Idle', 'nothing stands in the way of a rotation');
  if (notLooked(picture)) return keep(findCondition(facts.object.status.conditions, 'RotationBlocked'), free);
  return obstacle && blocks(obstacle.reason) ? is('True', obstacle.reason, obstacle.message) : free;
};

/** By the clock alone; what else it may wait for is said in RotationInProgress. */
const overdueCondition = (facts: Facts, why: string | undefined): Wanted => {
  const next = facts.object.spec.suspend ? undefined : plannedRotation(facts);
  return next && facts.now >= next.overdueAt
    ? {
        type: 'RotationOverdue',
        status: 'True',
        reason: 'RotationOverdue',
        message: `a rotation was due at ${timestamp(next.at)} and has not begun${why === undefined ? '' : `: ${why}`}`,
      }
    : { type: 'RotationOverdue', status: 'False', reason: 'Idle', message: 'no rotation is overdue' };
};
