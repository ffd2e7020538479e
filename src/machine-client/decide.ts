import { findCondition } from '../api/conditions.ts';
import { annotations } from '../api/group.ts';
import { isReason, reasons } from '../api/reasons.ts';
import type { Facts } from './facts.ts';
import { isMint } from './operation.ts';
import { firstOf, overlaid, type Effect, type Plan, type Policy } from './plan.ts';
import { deletion } from './policies/deletion.ts';
import {
  beyondPolicy,
  fieldUpdate,
  finalizerMissing,
  observeOnly,
  reconcileRequested,
  unfitToBorrow,
} from './policies/fields.ts';
import {
  clientConflict,
  invalidSpec,
  managedByAnother,
  namespaceTerminating,
  providerKept,
  providerUsable,
  secretConflict,
  suspended,
  takenOverByAnother,
  wishRefused,
} from './policies/guards.ts';
import { secretWorks } from './policies/common/situation.ts';
import { hasPublished, mainClient, type ReadyFacts, whenReady } from './policies/locate.ts';
import { styleIn } from './policies/styles.ts';
import { askedAgain, openRotateRequest, refusalSaid, requestToken } from './requests.ts';
import { isRevoked } from './policies/rollout.ts';

const asksUpstream: readonly Effect['kind'][] = [
  'create',
  'mint',
  'issue',
  'promote',
  'cancel',
  'turn',
  'drop',
  'publish-read',
  'retire',
  'update',
  'remove-client',
  'release-client',
  'prove',
];
/** What a lost list, another project or a lost key must not set off. */
const replaces: readonly Effect['kind'][] = [
  'create',
  'mint',
  'issue',
  'cancel',
  'promote',
  'turn',
  'drop',
  'publish-read',
  'retire',
];
/** What ends the credential before the published one, or is on the way there. */
const ends: readonly Effect['kind'][] = ['promote', 'cancel', 'turn', 'drop', 'retire'];
const replacing = (plan: Plan): plan is Effect => (replaces as readonly string[]).includes(plan.kind);

/** The provider refused this before: not again at once, and where the spec itself is wrong not before it changes. */
const refusedBefore = (facts: Facts, plan: Plan): Plan | undefined => {
  const { status } = facts.object;
  const stalled = findCondition(status.conditions, 'Stalled');
  if (
    stalled?.status === 'True' &&
    stalled.reason === 'RejectedByProvider' &&
    (plan.kind === 'create' || plan.kind === 'update' || plan.kind === 'issue')
  )
    return { kind: 'hold', stalled: true, reason: stalled.reason, message: stalled.message };
  // What was refused was a new credential, not the fields.
  const { operation } = facts;
  if (plan.kind === 'update' && isMint(operation) && operation.kind !== 'create' && operation.result)
    return undefined;
  const retryAt = Date.parse(status.nextRetryTime ?? '') || 0;
  const said = refusalSaid(facts.object);
  return facts.now < retryAt
    ? {
        kind: 'hold',
        stalled: false,
        until: retryAt,
        during: 'reason' in plan ? plan.reason : undefined,
        reason: isReason(said?.reason) ? said.reason : 'RejectedByProvider',
        message: said?.message ?? reasons.RejectedByProvider.text,
      }
    : undefined;
};

const backOff = (facts: Facts, plan: Plan): Plan | undefined => {
  if (!(asksUpstream as readonly string[]).includes(plan.kind)) return undefined;
  const hold = refusedBefore(facts, plan);
  return hold && !askedAgain(facts.object, facts.secret, facts.operation) ? hold : undefined;
};

/** The Secret is as we wrote it, so what is lost is lost upstream. */
const lostUpstream = ({ secret }: Facts, plan: Plan): boolean =>
  plan.kind === 'create' || secret?.integrity === 'ok';

/** A person asked for this rotation, or for its end, of an object that has lost nothing: that is no mass change. */
const isAskedFor = (facts: ReadyFacts, plan: Effect): boolean => {
  const { object, secret } = facts;
  const client = mainClient(facts);
  if (!client || !secretWorks(secret, client)) return false;
  if (openRotateRequest(object, secret) !== undefined) return true;
  const answered = requestToken(object, annotations.rotateRequested);
  return (
    ends.includes(plan.kind) &&
    ((answered !== undefined && answered === secret.rotateRequest) || isRevoked(facts, secret))
  );
};

const massGuard = (facts: ReadyFacts, plan: Plan): Plan | undefined => {
  if (!hasPublished(facts) || !replacing(plan)) return undefined;
  const { held, lostSince, quietUntil = 0, upstream } = facts.provider;
  if (held !== undefined && !isAskedFor(facts, plan))
    return { kind: 'hold', stalled: false, reason: 'MassChange', message: held };
  if (facts.now < quietUntil)
    return { kind: 'wait', reason: plan.reason, message: plan.message, until: quietUntil };
  // A look at one client does not show what else is lost with it; a list does, and the guard counts what it shows.
  return lostSince !== undefined && (upstream.sweptAt ?? 0) < lostSince && lostUpstream(facts, plan)
    ? { kind: 'sweep', after: lostSince }
    : undefined;
};

/**
 * The style's table. Fields are put right only where it has nothing to do: they never stand between a lost secret and a
 * new one. A rotation that was refused, and waits, keeps them back no longer than it is tried.
 */
const upkeep = (facts: ReadyFacts): Plan => {
  const plan = firstOf(styleIn(facts)?.rows ?? [], facts);
  const refused = plan?.kind === 'mint' && plan.reason === 'Rotating' ? backOff(facts, plan) : undefined;
  const waits =
    refused !== undefined ||
    (plan?.kind === 'hold' && plan.reason === 'CredentialLimitReached' && facts.secret?.integrity === 'ok');
  if (plan && plan.kind !== 'nothing' && !waits) return plan;
  const fields = fieldUpdate(facts);
  // It keeps the time of the next try: without that, what cannot be had would be tried again in every pass.
  if (fields?.kind === 'hold' && refused?.kind === 'hold') return { ...fields, until: refused.until };
  return (
    fields ?? plan ?? { kind: 'nothing', reason: 'Ready', message: 'the Secret holds a working credential' }
  );
};

const guarded: Policy<ReadyFacts> = (facts) =>
  overlaid([beyondPolicy, unfitToBorrow, massGuard], facts, upkeep(facts));

/** Being deleted, none of the stages below concerns it. */
const leaving: Policy<Facts> = (facts) =>
  facts.object.deleting
    ? (firstOf(deletion, facts) ?? { kind: 'nothing', reason: 'Idle', message: 'nothing is to be done' })
    : undefined;

/** The first that has a plan wins. */
const stages: readonly Policy<Facts>[] = [
  managedByAnother, //                another installation works on it: not even its status is touched
  leaving, //                         it is being deleted
  namespaceTerminating, //            nothing can be made there; the deletion will come
  suspended, //                       a person says stop
  invalidSpec, //                     it cannot be read
  providerUsable, //                  without the provider nothing can be known
  wishRefused, //                     what the spec asks for cannot or may not be
  secretConflict, //                  another object has the Secret
  clientConflict, //                  another object has the client
  providerKept, //                    the provider may go before the first client is made
  whenReady(takenOverByAnother), //   another cluster works with the client
  whenReady(observeOnly), //          managementPolicy Observe: it is only looked at
  whenReady(reconcileRequested), //   a person asks for a look
  whenReady(finalizerMissing), //     it has something, and could go without it: before a status says Ready
  whenReady(guarded), //              the table of its style, and fields, within clientPolicy and the mass guard
];

/**
 * Observed facts → one plan. Pure: the same facts always give the same plan, and nothing here can do I/O. Adding a
 * rule is one function, one line in a list, one row in a test's table.
 */
export const decide = (facts: Facts): Plan => {
  const plan = firstOf(stages, facts);
  // The last stage has a plan for every object whose provider is ready, and one above it for every other.
  if (!plan) throw new TypeError('no stage has a plan');
  return overlaid([backOff], facts, plan);
};
