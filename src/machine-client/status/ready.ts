import { findCondition, type Condition, type Wanted } from '../../api/conditions.ts';
import { finalizers } from '../../api/group.ts';
import { isUnasked, type Reason, reasons } from '../../api/reasons.ts';
import type { Facts } from '../facts.ts';
import { askedAgain } from '../requests.ts';
import { isBetweenTries, keep, observeOnly, type Picture } from './picture.ts';

const readyMessage = ({ provider }: Facts): string => {
  const caveat = provider.state === 'ready' ? provider.caveat : undefined;
  const works = 'the Secret holds a working credential';
  return caveat === undefined ? works : `${works}; ${caveat}`;
};

export const readyCondition = (picture: Picture): Wanted => {
  const { facts, learnt, works, published, shaped, obstacle, differences, client } = picture;
  const { rest } = learnt;
  const old = findCondition(facts.object.status.conditions, 'Ready');
  const is = (status: 'True' | 'False', reason: Reason, message: string): Wanted => ({
    type: 'Ready',
    status,
    reason,
    message,
  });
  if (observeOnly(facts) && client)
    return is('True', 'Observed', 'the client exists; managementPolicy is Observe');
  // Not known to be bad: a provider that cannot be reached does not change what is ready.
  const unknown = rest.reason === 'NotShownYet' || (obstacle && isUnasked(obstacle.reason));
  if (rest.reason === 'Suspended' || (unknown && published))
    return keep(old, is('False', obstacle?.reason ?? rest.reason, obstacle?.message ?? rest.message));
  // The Secret works all the while: what stands in the way of a rotation is said in RotationInProgress and RotationBlocked.
  const during = learnt.setback?.during ?? (rest.kind === 'hold' ? rest.during : undefined);
  const rotating = during === 'Rotating' || during === 'Restarting' || during === 'Retiring';
  // Nor does what the API server refuses undo what is published, and applied as the spec says. But it may be our
  // finalizer: without it the object could go, and leave its client behind.
  const { deleting, finalizers: present } = facts.object;
  const isHeld = present.includes(finalizers.upstream);
  const ours = learnt.setback?.side === 'kubernetes' || reasons[rest.reason].sparesSecret === true;
  // What was refused has been said by the pass that met it, and Ready with it: a wait until the next try changes neither.
  const isBetween = learnt.setback === undefined && isBetweenTries(facts, learnt) && old?.status === 'True';
  const harmless = rotating || isBetween || (ours && !deleting && isHeld);
  if (works && published && shaped && (obstacle === undefined || harmless) && differences.length === 0)
    return is('True', 'Ready', readyMessage(facts));
  const why = obstacle ?? rest;
  return is('False', why.reason, why.message);
};

/** What the provider refused stays refused while nobody can ask it, or each outage would be worth another try. */
const refusedBefore = ({ provider, object, secret, operation }: Facts): Condition | undefined => {
  const before = findCondition(object.status.conditions, 'Stalled');
  const refused = before?.status === 'True' && before.reason === 'RejectedByProvider';
  return refused && provider.state !== 'ready' && !askedAgain(object, secret, operation) ? before : undefined;
};

/** Reconciling and Stalled, as kstatus reads them (sigs.k8s.io/cli-utils/pkg/kstatus). */
export const kstatusConditions = ({ facts, learnt, obstacle }: Picture, ready: Wanted): readonly Wanted[] => {
  const { rest } = learnt;
  const idle: Wanted = {
    type: 'Stalled',
    status: 'False',
    reason: 'Idle',
    message: 'nothing stands in the way',
  };
  const stalled: Wanted =
    obstacle?.stalled === true
      ? { type: 'Stalled', status: 'True', reason: obstacle.reason, message: obstacle.message }
      : keep(refusedBefore(facts), idle);
  // About the spec's convergence, never true through an overlap or for a person's own "stop".
  // A spec that changed while nobody could be asked is not applied, though Ready stays what it was.
  const { status, generation } = facts.object;
  const pending =
    obstacle !== undefined &&
    isUnasked(obstacle.reason) &&
    (status.observedGeneration !== generation ||
      findCondition(status.conditions, 'Reconciling')?.status === 'True');
  const converging =
    stalled.status === 'False' &&
    (ready.status !== 'True' || pending) &&
    rest.reason !== 'Suspended' &&
    !facts.object.deleting;
  const why = obstacle ?? rest;
  return [
    {
      type: 'Reconciling',
      status: converging ? 'True' : 'False',
      reason: converging ? why.reason : 'Idle',
      message: converging ? why.message : 'nothing is under way',
    },
    stalled,
  ];
};
