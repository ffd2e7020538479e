import type { Connected, PermittedCall } from '../../providers/connected.ts';
import type { Outcome, ProviderError } from '../../providers/outcome.ts';
import type { OperationKind } from '../../api/operation.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, providerSetback } from '../step.ts';
import { requestNamed } from '../requests.ts';
import { raiseFence, recordResult, type Fence, type FenceDetail } from './fence.ts';

export type Written<T> =
  | { readonly kind: 'done'; readonly value: T; readonly fence: Fence }
  | { readonly kind: 'not-done'; readonly step: Step; readonly rejectedAs?: string | undefined };

/** Said before anything was sent, so that nobody looks for the fault at the provider. */
const tooSlow: Step = {
  kind: 'setback',
  setback: {
    reason: 'KubernetesError',
    message:
      'the API server took so long for a write of this MachineClient (an admission webhook, or etcd) that the call to the provider could not leave in time; it is tried again, with more time',
    retry: 'soon',
    side: 'kubernetes',
  },
};

/**
 * One fence, one upstream write, and `requests` in all with those that follow it. The budget is asked first: an object
 * must not wait for its turn behind its fence, where the time runs in which its request may leave.
 *
 *   ok        whatever follows in memory (proof, publication) goes on under the same fence
 *   rejected  nothing was done, and that is recorded before the pass ends
 *   unknown   nothing is recorded: the operation stays unresolved, and the next pass waits, looks, and decides
 */
export const upstreamWrite = async <T>(
  context: ReconcileContext,
  connected: Connected,
  kind: OperationKind,
  detail: FenceDetail,
  write: (call: PermittedCall) => Promise<Outcome<T>>,
  requests = 1,
): Promise<Written<T>> => {
  const asked = context.budget.ask(connected, requests);
  if (asked.kind === 'busy') return { kind: 'not-done', step: asked };
  using turn = asked;
  const fence = await raiseFence(context, kind, detail);
  if (context.ports.clock.monotonic() > fence.leaveBy) {
    await recordResult(context, fence.operation, 'not-sent');
    return { kind: 'not-done', step: tooSlow };
  }
  const outcome = await context.send(turn, write, {
    leaveBy: fence.leaveBy,
    operation: fence.operation.id,
  });
  if (outcome.kind === 'ok') {
    const { requestId } = outcome;
    context.log.info({ operation: fence.operation.id, kind, requestId }, 'provider call done');
    return { kind: 'done', value: outcome.value, fence };
  }
  if (outcome.kind === 'rejected')
    await recordResult(context, fence.operation, outcome.error.status === 0 ? 'not-sent' : 'rejected');
  else if (outcome.error.requestId !== undefined)
    context.ports.unanswered.set(fence.operation.id, outcome.error.requestId);
  return {
    kind: 'not-done',
    step: withRequestId(providerSetback(outcome.error), outcome.error),
    rejectedAs: outcome.kind === 'rejected' ? outcome.error.errorType : undefined,
  };
};

/** A write is not tried often: what its provider is to be asked about is said with it, though it differs each time. */
const withRequestId = (step: Step, { requestId }: ProviderError): Step =>
  step.kind === 'setback' && requestId !== undefined
    ? { ...step, setback: { ...step.setback, message: `${step.setback.message}${requestNamed(requestId)}` } }
    : step;
