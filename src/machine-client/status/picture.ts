import type { Condition, Wanted } from '../../api/conditions.ts';
import { secretName } from '../../api/objects.ts';
import { isReason, type Reason } from '../../api/reasons.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import type { RetryClass } from '../../providers/outcome.ts';
import type { UpstreamClient } from '../../providers/provider.ts';
import type { Facts } from '../facts.ts';
import type { Rest } from '../plan.ts';
import { isReady, judgementOf, mainClient } from '../policies/locate.ts';
import { styleIn } from '../policies/styles.ts';
import { askedAgain, refusalSaid } from '../requests.ts';
import { credentialsOf } from './credentials.ts';

/** Why a pass ended without having done what it planned. */
export interface Setback {
  readonly reason: Reason;
  readonly message: string;
  readonly retry: RetryClass;
  /** What could not be done: an upstream or a Kubernetes call. */
  readonly side: 'provider' | 'kubernetes';
  /** What it was done for. */
  readonly during?: Reason | undefined;
}

/** What a pass learnt besides the facts. */
export interface Learnt {
  readonly rest: Rest;
  readonly setback: Setback | undefined;
  /** The published credential was proven, or refused, in this pass. */
  readonly proof: { readonly operation: string; readonly ok: boolean; readonly message: string } | undefined;
}

/**
 * What was said before, where nothing new is known: with the generation that it was said of, for a spec that changed
 * since is not what was looked at.
 */
export const keep = (old: Condition | undefined, otherwise: Wanted): Wanted => {
  if (!old || !isReason(old.reason)) return otherwise;
  const { type, status, reason, message, observedGeneration } = old;
  return { type, status, reason, message, observedGeneration };
};

/** The facts of a condition in one place: what is known, and what stands in the way. */
export interface Picture {
  readonly facts: Facts;
  readonly learnt: Learnt;
  readonly client: UpstreamClient | undefined;
  readonly credentials: MachineClientStatus['credentials'];
  readonly differences: readonly string[];
  readonly works: boolean;
  /** The Secret of the wanted name is ours and as we wrote it. */
  readonly published: boolean;
  /** Its keys, labels and plain values are those of the present spec. */
  readonly shaped: boolean;
  /** What stands in the way of the spec, if anything. */
  readonly obstacle:
    | { readonly reason: Reason; readonly message: string; readonly stalled: boolean }
    | undefined;
}

/**
 * Without the provider, before its first list since the start, or while it may not show the client yet, nothing new is
 * known of it: what was said of it stays.
 */
export const notLooked = ({
  facts: { provider },
  client,
  learnt,
}: Pick<Picture, 'facts' | 'client' | 'learnt'>): boolean =>
  provider.state !== 'ready' ||
  learnt.rest.reason === 'NotShownYet' ||
  (client === undefined &&
    provider.capabilities.canList &&
    provider.upstream.sweptAt === undefined &&
    provider.upstream.looked.size === 0);

export const observeOnly = (facts: Facts): boolean => facts.object.spec.managementPolicy === 'Observe';

/**
 * Waits for something to settle, or to be looked at, after a try that was refused, and nobody has asked anew: the next
 * try is not the first one, or each would cost one more credential at once.
 */
export const isBetweenTries = ({ object, secret, operation }: Facts, { rest }: Learnt): boolean =>
  rest.kind === 'wait' && rest.reason !== 'Publishing' && !askedAgain(object, secret, operation);

export const paint = (facts: Facts, learnt: Learnt): Picture => {
  const ready = isReady(facts) ? facts : undefined;
  const wanted = facts.object.spec.clientId ?? facts.object.status.clientId;
  const client =
    ready &&
    (mainClient(ready) ??
      (observeOnly(facts) && wanted !== undefined ? ready.provider.upstream.looked.get(wanted) : undefined));
  const style = styleIn(facts);
  const { rest, setback } = learnt;
  const held =
    rest.kind === 'hold' ? { reason: rest.reason, message: rest.message, stalled: rest.stalled } : undefined;
  const { status } = facts.object;
  // What lies between two tries, such as a wait for what may still arrive, is not news: the refusal is.
  const before =
    isBetweenTries(facts, learnt) && facts.now < Date.parse(status.nextRetryTime ?? '')
      ? refusalSaid(facts.object)
      : undefined;
  const refused =
    before && isReason(before.reason)
      ? { reason: before.reason, message: before.message, stalled: false }
      : undefined;
  const failed = setback && {
    reason: setback.reason,
    message: setback.message,
    stalled: setback.retry === 'spec',
  };
  return {
    facts,
    learnt,
    client,
    credentials: credentialsOf(facts, client),
    differences:
      client && ready
        ? judgementOf(ready, client).differences.filter((field) => field !== 'mark' || !observeOnly(facts))
        : [],
    works: style?.works(facts, client) === true,
    published:
      facts.secret !== undefined &&
      facts.secret.integrity === 'ok' &&
      facts.secret.name === secretName(facts.object),
    shaped:
      !ready ||
      (!client && style?.hasClients !== false) ||
      facts.secret?.template === ready.provider.template,
    obstacle: failed ?? held ?? refused,
  };
};
