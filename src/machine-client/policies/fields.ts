import { finalizers } from '../../api/group.ts';
import type { Plan, Policy } from '../plan.ts';
import { openReconcileRequest } from '../requests.ts';
import { isBorrowed, judgementOf, mainClient, notYetLooked, type ReadyFacts } from './locate.ts';

/** Fields of the client that differ from the spec, whichever side changed: they are put as the spec says. */
export const fieldUpdate: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  if (!client || isBorrowed(facts)) return undefined;
  const { differences: fields, unfit } = judgementOf(facts, client);
  if (fields.length === 0) return undefined;
  if (notYetLooked(facts, [client.id]).length > 0) return { kind: 'look', ids: [client.id] };
  if (unfit) return { kind: 'hold', stalled: true, reason: unfit.reason, message: unfit.message };
  return {
    kind: 'update',
    client,
    fields,
    reason: 'Updating',
    message: `these fields are changed at the provider: ${fields.join(', ')}`,
  };
};

/** What gives a client a credential, says that it is well, or puts one into a Secret. */
const vouches: readonly Plan['kind'][] = [
  'nothing',
  'mint',
  'prove',
  'adopt-secret',
  'sign-again',
  'publish-stored',
  'publish-import',
  'publish-read',
];

/**
 * In place of such a plan, where the client is what clientPolicy does not allow: the fields first, where the spec names
 * them, else nothing. What is on its way is not touched, and what retires a credential goes on.
 */
export const beyondPolicy = (facts: ReadyFacts, plan: Plan): Plan | undefined => {
  const client = mainClient(facts);
  const excess = client && judgementOf(facts, client).excess;
  if (!excess || !vouches.includes(plan.kind)) return undefined;
  return (
    (excess.managed ? fieldUpdate(facts) : undefined) ?? {
      kind: 'hold',
      stalled: false,
      reason: excess.reason,
      message: excess.message,
      until: 'until' in plan ? plan.until : undefined,
    }
  );
};

/** In place of a mint on a client of somebody else that could do nothing with it, and stays as it is. */
export const unfitToBorrow = (facts: ReadyFacts, plan: Plan): Plan | undefined => {
  const client = plan.kind === 'mint' && isBorrowed(facts) ? mainClient(facts) : undefined;
  const unfit = client && judgementOf(facts, client).unfit;
  return unfit && { kind: 'hold', stalled: true, reason: unfit.reason, message: unfit.message };
};

/**
 * The object came back after it was let go, or somebody took the finalizer off (`kubectl replace`): without it, it could
 * go and leave its client behind. What it has none of yet, the fence of its first operation brings the finalizer for.
 */
export const finalizerMissing: Policy<ReadyFacts> = (facts) => {
  const { object, secret } = facts;
  const client = isBorrowed(facts) ? undefined : mainClient(facts);
  return (client ?? secret) && !object.finalizers.includes(finalizers.upstream)
    ? { kind: 'take-finalizer', reason: 'Ready', message: 'the finalizer is missing and is put back' }
    : undefined;
};

/** A person asks for a look, not for an answer out of the last sweep. */
export const reconcileRequested: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  return client &&
    notYetLooked(facts, [client.id]).length > 0 &&
    openReconcileRequest(facts.object) !== undefined
    ? { kind: 'look', ids: [client.id] }
    : undefined;
};

/** managementPolicy Observe: looks, and says what it would do. */
export const observeOnly: Policy<ReadyFacts> = (facts) => {
  const { object, provider } = facts;
  if (object.spec.managementPolicy !== 'Observe') return undefined;
  if (!provider.capabilities.canList)
    return { kind: 'nothing', reason: 'Observed', message: 'this provider has no clients to observe' };
  const wanted = object.spec.clientId ?? object.status.clientId;
  const client =
    mainClient(facts) ?? (wanted === undefined ? undefined : provider.upstream.looked.get(wanted));
  if (client) {
    const fields = judgementOf(facts, client).differences.filter((field) => field !== 'mark');
    return fields.length === 0
      ? { kind: 'nothing', reason: 'Observed', message: 'the client exists and is as the spec says' }
      : {
          kind: 'nothing',
          reason: 'WouldChange',
          message: `these fields would be changed at the provider: ${fields.join(', ')}`,
        };
  }
  if (wanted !== undefined && notYetLooked(facts, [wanted]).length > 0)
    return { kind: 'look', ids: [wanted] };
  if (provider.upstream.sweptAt === undefined) return { kind: 'sweep', after: 0 };
  const none: Plan = {
    kind: 'hold',
    reason: 'ClientNotFound',
    stalled: false,
    message: 'the client does not exist at the provider, and managementPolicy Observe makes none',
  };
  return none;
};
