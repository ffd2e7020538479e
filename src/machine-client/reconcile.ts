import { reasons } from '../api/reasons.ts';
import { isConflict, isNotFound, KubeError } from '../kube/errors.ts';
import { OperatorError } from '../runtime/errors.ts';
import { done, type Next } from '../runtime/next.ts';
import type { Lane } from '../runtime/work-queue.ts';
import { ProviderLeaves } from './carry-out/begin.ts';
import { carryOut } from './carry-out/index.ts';
import { recordKnownResult } from './carry-out/fence.ts';
import { notRestarted } from './carry-out/restart.ts';
import { conclude, type End, failed, type LastStep, whenItIsSeen } from './conclude.ts';
import { decide } from './decide.ts';
import { plainFacts } from './facts-json.ts';
import type { Facts } from './facts.ts';
import { observe, type ClusterView } from './observe.ts';
import { nameJobs } from './named.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import { again, type Step, kubeSetback, providerSetback } from './step.ts';
import { laneOf } from './lane.ts';
import { isRest, type Plan, type Question, type Rest, trailOf } from './plan.ts';
import { readConsumers } from '../kube/rollout/read.ts';
import { rotationDue } from './rotation/due.ts';
import { sayFailed } from './status/failed.ts';
import { offered } from '../providers/offered.ts';

/** A pass that turns more often than this turns for ever. */
const MOST_STEPS = 24;
/** A look, a new credential and its proof. What is not used comes back. */
const LOOK_AND_WHAT_FOLLOWS = 3;

/**
 * One object, from event to status:
 *
 *   observe ──► decide ──► a question: look, and decide again
 *      ▲                   an effect:   carry it out ──► observe and decide again
 *      └─────────────────  rest:        derive the status, write it once if it differs
 */
export const reconcile = async (context: ReconcileContext, clusterView: ClusterView): Promise<Next> => {
  try {
    const end = await turn(context, clusterView);
    return await conclude(context, end);
  } catch (error) {
    // Another one has written the object: the watch will bring its version.
    if (isConflict(error)) return whenItIsSeen(context);
    // It is gone, and so is the reason for this pass.
    if (isNotFound(error) && error.resource === 'machineclients.machine-client.dev') return done;
    if (error instanceof KubeError) return failed(context, kubeSetback(error), error.retryAfterMs);
    if (!context.signal.aborted) await sayFailed(context, error);
    throw error;
  }
};

const turn = async (context: ReconcileContext, clusterView: ClusterView): Promise<End> => {
  // Refused, it is known here all the same, and what is decided is said.
  await recordKnownResult(context).catch((error: unknown) => void refusedStep(context, error));
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const facts = context.heed(observe(context, clusterView));
    const plan = decide(facts);
    context.lane = urgency(facts);
    sayDecided(context, facts, plan);
    if (isRest(plan)) return { facts, rest: plan, step: undefined };
    if (steps === MOST_STEPS - 1 && isPart(context, plan)) {
      const { reason, message } = plan;
      return { facts, rest: { kind: 'wait', reason, message, until: facts.now }, step: undefined };
    }
    const step = await carry(context, plan).catch((error: unknown) => refusedStep(context, error));
    if (step.kind === 'again') continue;
    const afterwards = context.heed(observe(context, clusterView));
    const next = decide(afterwards);
    // The account stopped over this very call: that is written once, on the provider, and here as for all others.
    if (isRest(next) && next.reason === 'ProviderNotReady')
      return { facts: afterwards, rest: next, step: undefined };
    return { facts: afterwards, rest: isRest(next) ? next : restOf(plan, step), step: during(plan, step) };
  }
  throw new OperatorError(
    'MCO_NO_REST',
    `${context.object.namespace}/${context.object.name}: no rest after ${MOST_STEPS} steps`,
  );
};

/**
 * A write of ours that the API server does not take, such as a fence or a finalizer, ends the pass as any setback does:
 * with its words in the status. Nothing was done then, or nobody knows whether it was, which the next pass finds out.
 */
const refusedStep = (context: ReconcileContext, error: unknown): Step => {
  if (error instanceof ProviderLeaves) return again;
  // A write that is slow says nothing of the others, such as that of the status.
  const answered = error instanceof KubeError && (error.status !== 0 || error.reason === 'Timeout');
  const refused = answered && !context.signal.aborted;
  // Who has written the object, or deleted it, says the watch; an API server that does not answer takes no status.
  if (!refused || isConflict(error) || isNotFound(error)) throw error;
  return { kind: 'setback', setback: kubeSetback(error), retryAfterMs: error.retryAfterMs };
};

/** With the facts that it was decided on, which `npm run decide` reads. No value of a secret is in them. */
const sayDecided = (context: ReconcileContext, facts: Facts, plan: Plan): void => {
  if (!context.log.isLevelEnabled('debug')) return;
  const reason = 'reason' in plan ? plan.reason : undefined;
  context.log.debug(
    { plan: plan.kind, reason, rows: trailOf(plan).join(' > '), facts: plainFacts(facts) },
    'decided',
  );
};

/** A rotation that is due has not been written anywhere yet. */
const urgency = (facts: Facts): Lane => {
  const { object, secret } = facts;
  const lane = laneOf(object, secret);
  return lane === 'resync' && secret && rotationDue(facts, secret) !== undefined ? 'rotation' : lane;
};

/** With what the step was for: a refused rotation is not a refused recovery. */
const during = (plan: Plan, step: LastStep): LastStep =>
  step.kind === 'setback' && 'reason' in plan
    ? { ...step, setback: { ...step.setback, during: plan.reason } }
    : step;

/** What the object waits for when the step that it planned could not be taken. */
const restOf = (plan: Plan, step: LastStep): Rest => {
  if (plan.kind === 'sweep')
    return { kind: 'wait', reason: 'WaitingForSweep', message: reasons.WaitingForSweep.text };
  if (step.kind === 'busy')
    return { kind: 'wait', reason: 'WaitingForBudget', message: reasons.WaitingForBudget.text };
  if (step.kind === 'setback')
    return { kind: 'wait', reason: step.setback.reason, message: step.setback.message };
  return 'reason' in plan
    ? { kind: 'wait', reason: plan.reason, message: plan.message }
    : { kind: 'wait', reason: 'Settling', message: reasons.Settling.text };
};

/** Of fields that take a request each: they may be more than a pass has steps, and the next one goes on with them. */
const isPart = ({ connected }: ReconcileContext, plan: Plan): plan is Extract<Plan, { kind: 'update' }> =>
  plan.kind === 'update' && connected?.account.capabilities.updatesInParts === true;

const carry = (context: ReconcileContext, plan: Exclude<Plan, Rest>): Promise<Step> =>
  plan.kind === 'look' ||
  plan.kind === 'sweep' ||
  plan.kind === 'look-at-consumers' ||
  plan.kind === 'look-at-definition'
    ? answer(context, plan)
    : carryOut(context, context.connected, plan);

/** Reads only: nothing is fenced, and nothing is lost by dying here. */
const answer = async (context: ReconcileContext, question: Question): Promise<Step> => {
  const { connected } = context;
  if (question.kind === 'look-at-consumers') {
    try {
      context.consumers = await readConsumers(context.ports.kube, context.object, context.signal);
      await nameJobs(context);
    } catch (error) {
      // A right that is missing is told to a person; what passes by itself is only tried again.
      if (!(error instanceof KubeError) || error.status !== 403) throw error;
      return notRestarted(context, error, question.optional);
    }
    return { kind: 'again' };
  }
  if (question.kind === 'look-at-definition') return await lookAtDefinition(context);
  if (!connected) return { kind: 'stale' };
  if (question.kind === 'sweep') {
    connected.requestSweep(question.after);
    return { kind: 'asked' };
  }
  for (const id of question.ids) {
    const asked = context.budget.ask(connected, LOOK_AND_WHAT_FOLLOWS);
    if (asked.kind === 'busy') return asked;
    using turn = asked;
    const outcome = await context.send(turn, (call) =>
      offered(connected.account.clients, 'clients').get(id, call),
    );
    if (outcome.kind !== 'ok') return providerSetback(outcome.error);
    context.saw(id, outcome.value);
  }
  return { kind: 'again' };
};

/** What cannot be known is not guessed: nothing is removed meanwhile, and the object says what it waits for. */
const lookAtDefinition = async (context: ReconcileContext): Promise<Step> => {
  try {
    context.definition = await context.ports.readDefinition(context.object);
    return { kind: 'again' };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    const message = `nothing is removed before it is known whether the definition of MachineClient itself is being deleted: ${error.message}`;
    return {
      kind: 'setback',
      setback: { reason: 'DeletionBlocked', message, retry: 'soon', side: 'kubernetes' },
      retryAfterMs: error.retryAfterMs,
    };
  }
};
