import { machineClients } from '../api/objects.ts';
import { reasons } from '../api/reasons.ts';
import type { RetryClass } from '../providers/outcome.ts';
import { done, type Next } from '../runtime/next.ts';
import type { Lane } from '../runtime/work-queue.ts';
import type { Facts } from './facts.ts';
import { laneOf } from './lane.ts';
import { nameWhatIsOdd } from './named.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import type { Rest } from './plan.ts';
import { rotationWakesAt } from './rotation/due.ts';
import { newsOf } from './status/news.ts';
import type { Setback } from './status/picture.ts';
import { statusOf, statusPatch } from './status/status.ts';
import type { Step } from './step.ts';

/** A step after which nothing more is done in this pass. */
export type LastStep = Exclude<Step, { kind: 'again' }>;
type SetbackStep = Extract<Step, { kind: 'setback' }>;

export interface End {
  readonly facts: Facts;
  readonly rest: Rest;
  /** undefined: there was nothing to do. */
  readonly step: LastStep | undefined;
}

/**
 * What another one has written comes by the watch, and that wakes the object. A watch may lag for a minute, and
 * trying again at once all the while would spend the account's budget on looks. What is not watched, such as a workload, is
 * read again by the next try.
 */
export const whenItIsSeen = ({ lane }: ReconcileContext): Next => ({ kind: 'failed', lane });

/** How the last step ended → when the key is worked on next. */
const nextAfter: {
  readonly [K in LastStep['kind']]: (
    context: ReconcileContext,
    step: Extract<LastStep, { kind: K }>,
    end: End,
  ) => Next;
} = {
  stale: whenItIsSeen,
  'write-status': ({ lane }) => ({ kind: 'after', ms: 0, lane }),
  asked: () => done,
  busy: (_, { need }) => ({ kind: 'busy', need }),
  setback: (context, step, end) => nextAfterSetback[step.setback.retry](context, step, end),
};

/** What could not be done → when it is tried again, by who has to do something first. */
const nextAfterSetback: {
  readonly [R in RetryClass]: (context: ReconcileContext, step: SetbackStep, end: End) => Next;
} = {
  spec: (context, _, end) => whenDue(context, end),
  later: (context, step, end) => {
    const retryAt = Date.parse(context.object.status.nextRetryTime ?? '');
    return Number.isNaN(retryAt) ? tryAgain(context, step, end) : until(context, retryAt);
  },
  soon: (context, step, end) => tryAgain(context, step, end),
  account: (context, step, end) => tryAgain(context, step, end),
};

const tryAgain = (context: ReconcileContext, { setback, retryAfterMs }: SetbackStep, end: End): Next =>
  'until' in end.rest && end.rest.until !== undefined
    ? whenDue(context, end)
    : failed(context, setback, retryAfterMs);

export const failed = (
  context: ReconcileContext,
  { reason, message }: Setback,
  atLeastMs: number | undefined,
): Next => {
  context.log.info({ reason, error: message }, 'will be tried again');
  return { kind: 'failed', atLeastMs, lane: context.lane };
};

const whenDue = (context: ReconcileContext, { facts, rest }: End): Next => {
  const moments = ['until' in rest ? rest.until : undefined, rotationWakesAt(facts)];
  const set = moments.filter((at) => at !== undefined);
  return set.length === 0 ? done : until(context, Math.min(...set));
};

/** By the wall clock. */
const until = (context: ReconcileContext, at: number): Next => ({
  kind: 'after',
  ms: at - context.ports.clock.now() + 1,
  lane: waking(context),
});

/** What has a time is for the most part a rotation; what a person waits for stays so. */
const waking = ({ object, secret }: ReconcileContext): Lane => {
  const lane = laneOf(object, secret);
  return lane === 'resync' ? 'rotation' : lane;
};

/** The end of a pass: what is odd is named, the status is written, and the key is worked on again when something is due. */
export const conclude = async (context: ReconcileContext, end: End): Promise<Next> => {
  const { facts, rest, step } = end;
  nameWhatIsOdd(context, facts, rest);
  if (rest.kind === 'hold' && rest.inTheLog !== undefined)
    context.log.info({ reason: rest.reason, other: rest.inTheLog }, 'held for another');
  if (rest.kind === 'hands-off') {
    context.ports.event(context.object, 'Warning', rest.reason, rest.message);
    // A status that is there is the other installation's to write.
    if (context.object.status.conditions) return done;
  }
  if (isSaid(context, end)) await writeStatus(context, end);
  if (!step) return whenDue(context, end);
  return (nextAfter[step.kind] as (context: ReconcileContext, step: LastStep, end: End) => Next)(
    context,
    step,
    end,
  );
};

/** What ends by itself within seconds is not worth a write; an old copy, or an object that goes, cannot be written. */
const isSaid = ({ object }: ReconcileContext, { rest, step }: End): boolean => {
  const isLong = step?.kind === 'busy' && step.isTold;
  const passes = reasons[rest.reason].passing === true && step?.kind !== 'setback' && !isLong;
  const isGone = object.deleting && object.finalizers.length === 0;
  return !passes && !isGone && step?.kind !== 'stale';
};

/** All of status in one patch, conditional on the copy that it was derived from, and none where nothing differs. */
const writeStatus = async (context: ReconcileContext, { facts, rest, step }: End): Promise<void> => {
  const { object, ports } = context;
  const setback = step?.kind === 'setback' ? step.setback : undefined;
  const wanted = statusOf(facts, { rest, setback, proof: context.proof });
  const patch = statusPatch(object.status, wanted);
  if (!patch) return;
  const body = { metadata: { uid: object.uid, resourceVersion: object.resourceVersion }, status: patch };
  context.adopt(
    await ports.kube.mergePatch(machineClients, context.ref, body, {
      subresource: 'status',
      signal: context.signal,
    }),
  );
  for (const { type, reason, note } of newsOf(object.status, wanted)) ports.event(object, type, reason, note);
};
