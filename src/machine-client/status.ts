import { isDeepStrictEqual } from 'node:util';
import { annotations } from '../api/group.ts';
import { findCondition, mergeConditions, timestamp, type Condition, type Wanted } from '../api/conditions.ts';
import type { MachineClientStatus } from '../api/schema/machine-client.ts';
import { secretName } from '../api/objects.ts';
import { reasons, type Reason } from '../api/reasons.ts';
import type { RetryClass } from '../providers/outcome.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import type { Facts } from './facts.ts';
import type { Rest } from './plan.ts';
import { gate } from './policies/gate.ts';
import { isAlive, isEphemeral } from './policies/ephemeral/index.ts';
import { mainClient, type ReadyFacts } from './policies/locate.ts';
import { secretWorks } from './policies/common/situation.ts';
import { askedAgain, requestToken } from './requests.ts';
import { plannedRotation } from './rotation/due.ts';
import { credentialsOf, secretSuffix } from './status-credentials.ts';

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

const unreachable: readonly Reason[] = [
  'ProviderUnreachable',
  'ProviderUnavailable',
  'TLSFailed',
  'RateLimited',
  'ProviderNotReady',
  'ProviderNotFound',
  'CredentialsInvalid',
  'Redirected',
  'UnexpectedAnswer',
];

const isReason = (text: string): text is Reason => text in reasons;

const keep = (old: Condition | undefined, otherwise: Wanted): Wanted =>
  old && isReason(old.reason)
    ? { type: old.type, status: old.status, reason: old.reason, message: old.message }
    : otherwise;

/** The facts of a condition in one place: what is known, and what stands in the way. */
interface Picture {
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
 * Without the provider, or before its first list since the start, nothing new is known of the client: what was said of
 * it stays.
 */
const notLooked = ({ facts: { provider }, client }: Pick<Picture, 'facts' | 'client'>): boolean =>
  provider.state !== 'ready' ||
  (client === undefined &&
    provider.capabilities.canList &&
    provider.upstream.sweptAt === undefined &&
    provider.upstream.looked.size === 0);

const observeOnly = (facts: Facts): boolean => facts.object.spec.managementPolicy === 'Observe';

const paint = (facts: Facts, learnt: Learnt): Picture => {
  const ready = facts.provider.state === 'ready' ? (facts as ReadyFacts) : undefined;
  const wanted = facts.object.spec.clientId ?? facts.object.status.clientId;
  const client =
    ready &&
    (mainClient(ready) ??
      (observeOnly(facts) && wanted !== undefined ? ready.provider.upstream.looked.get(wanted) : undefined));
  const { rest, setback } = learnt;
  const held =
    rest.kind === 'hold' ? { reason: rest.reason, message: rest.message, stalled: rest.stalled } : undefined;
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
        ? ready.provider.differences(client).filter((field) => field !== 'mark' || !observeOnly(facts))
        : [],
    works: client
      ? secretWorks(facts.secret, client)
      : isEphemeral(facts) && isAlive(facts.secret, facts.now),
    published:
      facts.secret !== undefined &&
      facts.secret.integrity === 'ok' &&
      facts.secret.name === secretName(facts.object),
    shaped:
      !(client || isEphemeral(facts)) ||
      !ready ||
      facts.secret?.template === ready.provider.template(client?.id ?? ''),
    obstacle: failed ?? held,
  };
};

/** What stands in the way of a rotation, while the Secret works. */
const leavesTheSecret: readonly Reason[] = [
  'ForeignRotationOpen',
  'CredentialLimitReached',
  'MassChange',
  // A provider that needs its time for a new credential.
  'Verifying',
];

const readyMessage = ({ provider }: Facts): string => {
  const caveat = provider.state === 'ready' ? provider.caveat : undefined;
  const works = 'the Secret holds a working credential';
  return caveat === undefined ? works : `${works}; ${caveat}`;
};

const readyCondition = (picture: Picture): Wanted => {
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
  const unknown = obstacle && unreachable.includes(obstacle.reason);
  if (rest.reason === 'Suspended' || (unknown && published))
    return keep(old, is('False', obstacle?.reason ?? rest.reason, obstacle?.message ?? rest.message));
  // The Secret works all the while: what stands in the way of a rotation is said in RotationInProgress.
  const during = learnt.setback?.during ?? (rest.kind === 'hold' ? rest.during : undefined);
  const rotating = during === 'Rotating' || during === 'Restarting' || during === 'Retiring';
  const harmless = rotating || leavesTheSecret.includes(rest.reason);
  if (works && published && shaped && (obstacle === undefined || harmless) && differences.length === 0)
    return is('True', 'Ready', readyMessage(facts));
  const why = obstacle ?? rest;
  return is('False', why.reason, why.message);
};

const syncedCondition = (picture: Picture): Wanted => {
  const { client, differences, obstacle, learnt, facts } = picture;
  const is = (status: Wanted['status'], reason: Reason, message: string): Wanted => ({
    type: 'ClientSynced',
    status,
    reason,
    message,
  });
  if (obstacle && unreachable.includes(obstacle.reason))
    return is('Unknown', obstacle.reason, obstacle.message);
  // A long backoff repeats what was refused: it stays said until it is tried again.
  const old = findCondition(facts.object.status.conditions, 'ClientSynced');
  const repeated =
    old?.status === 'False' && old.reason === obstacle?.reason && old.message === obstacle.message;
  const nothingSeen = !client && !isEphemeral(facts);
  if (facts.provider.state === 'ready' && notLooked(picture)) {
    const why = obstacle ?? learnt.rest;
    return keep(old, is('False', why.reason, why.message));
  }
  if (obstacle && (learnt.setback?.side === 'provider' || nothingSeen || repeated))
    return is('False', obstacle.reason, obstacle.message);
  if (facts.provider.state !== 'ready') return is('Unknown', learnt.rest.reason, learnt.rest.message);
  if (isEphemeral(facts))
    return is('True', 'Synced', 'this provider has no clients, only secrets that end by themselves');
  if (!client) return is('False', learnt.rest.reason, learnt.rest.message);
  return differences.length === 0
    ? is('True', 'Synced', 'the client is as the spec wants it')
    : is(
        'False',
        learnt.rest.reason === 'Ready' ? 'Updating' : learnt.rest.reason,
        `these fields differ: ${differences.join(', ')}`,
      );
};

const publishedCondition = ({ facts, published, obstacle, learnt }: Picture): Wanted => {
  const name = secretName(facts.object);
  if (published)
    return {
      type: 'SecretPublished',
      status: 'True',
      reason: 'Published',
      message: `the Secret ${name} holds the credential`,
    };
  const why = obstacle ?? learnt.rest;
  return { type: 'SecretPublished', status: 'False', reason: why.reason, message: why.message };
};

const verifiedCondition = ({ facts, learnt }: Picture): readonly Wanted[] => {
  const { secret, object } = facts;
  if (!secret) return [];
  const is = (status: Wanted['status'], reason: Reason, message: string): Wanted => ({
    type: 'CredentialVerified',
    status,
    reason,
    message,
  });
  if (learnt.proof?.operation === secret.operation)
    return [
      learnt.proof.ok
        ? is('True', 'Verified', 'the token endpoint gave a token')
        : is('False', 'CredentialRefused', learnt.proof.message),
    ];
  const unproven = is('Unknown', 'Idle', 'no token was asked for with this credential yet');
  return [
    object.status.operation === secret.operation
      ? keep(findCondition(object.status.conditions, 'CredentialVerified'), unproven)
      : unproven,
  ];
};

/** From the gate, not from what this pass happens to wait for: the same situation always has the same words. */
const whyOverlap = (facts: Facts): { readonly reason: Reason; readonly message: string } => {
  const state = facts.secret && gate(facts, facts.secret);
  return state?.open === false
    ? state
    : { reason: 'Overlap', message: 'the overlap has passed; the old credential is retired next' };
};

const rotationConditions = (picture: Picture): readonly Wanted[] => {
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

const driftedCondition = (picture: Picture): Wanted => {
  const { facts, differences, learnt } = picture;
  const inSync: Wanted = { type: 'Drifted', status: 'False', reason: 'InSync', message: 'nothing differs' };
  if (notLooked(picture)) return keep(findCondition(facts.object.status.conditions, 'Drifted'), inSync);
  return differences.length === 0
    ? inSync
    : {
        type: 'Drifted',
        status: 'True',
        reason: learnt.rest.reason === 'WouldChange' ? 'WouldChange' : 'Updating',
        message: `these fields differ at the provider: ${differences.join(', ')}`,
      };
};

/** What the provider refused stays refused while nobody can ask it, or each outage would be worth another try. */
const refusedBefore = ({ provider, object, secret, operation }: Facts): Condition | undefined => {
  const before = findCondition(object.status.conditions, 'Stalled');
  const refused = before?.status === 'True' && before.reason === 'RejectedByProvider';
  return refused && provider.state !== 'ready' && !askedAgain(object, secret, operation) ? before : undefined;
};

const kstatusConditions = ({ facts, learnt, obstacle }: Picture, ready: Wanted): readonly Wanted[] => {
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
    unreachable.includes(obstacle.reason) &&
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

const attempts = ({ facts, learnt }: Picture): Partial<MachineClientStatus> => {
  const { status } = facts.object;
  const { setback, rest } = learnt;
  const anew = askedAgain(facts.object, facts.secret, facts.operation);
  if (setback?.retry === 'later') {
    const failures = (anew ? 0 : (status.failedAttempts ?? 0)) + 1;
    const { firstMs, mostMs } = facts.timing.longBackoff;
    return {
      failedAttempts: failures,
      lastFailureTime: timestamp(facts.now),
      nextRetryTime: timestamp(facts.now + Math.min(mostMs, firstMs * 2 ** (failures - 1))),
    };
  }
  const held = rest.kind === 'hold' && rest.until !== undefined;
  const waiting = (held || (facts.provider.state !== 'ready' && !anew)) && status.nextRetryTime !== undefined;
  return waiting || setback !== undefined
    ? {
        failedAttempts: status.failedAttempts,
        lastFailureTime: status.lastFailureTime,
        nextRetryTime: status.nextRetryTime,
      }
    : {};
};

const nextRotationTime = (facts: Facts): string | undefined => {
  const next = plannedRotation(facts);
  return next && timestamp(next.at);
};

/** The whole of status, derived from what was observed: writing it again changes nothing. */
export const statusOf = (facts: Facts, learnt: Learnt): MachineClientStatus => {
  const { object, secret, now } = facts;
  const picture = paint(facts, learnt);
  const ready = readyCondition(picture);
  const wanted = [
    ready,
    ...kstatusConditions(picture, ready),
    syncedCondition(picture),
    publishedCondition(picture),
    ...verifiedCondition(picture),
    ...rotationConditions(picture),
    driftedCondition(picture),
  ];
  const token = requestToken(object, annotations.reconcileRequested);
  const rest: Partial<MachineClientStatus> = {
    // Empty in the Secret: its provider has no clients.
    clientId: picture.client?.id ?? (secret?.clientId || object.status.clientId),
    secretSuffix: secretSuffix(facts, picture.client),
    credentials: picture.credentials,
    secretVersion: secret?.version ?? object.status.secretVersion,
    operation: secret?.operation ?? object.status.operation,
    lastRotationTime: secret ? timestamp(secret.publishedAt) : object.status.lastRotationTime,
    nextRotationTime: nextRotationTime(facts),
    ...attempts(picture),
    lastHandledRotateRequest: secret?.rotateRequest ?? object.status.lastHandledRotateRequest,
    lastHandledReconcileRequest: token ?? object.status.lastHandledReconcileRequest,
    binding: secret ? { name: secret.name } : undefined,
  };
  return {
    observedGeneration: object.generation,
    conditions: mergeConditions(object.status.conditions ?? [], wanted, object.generation, now),
    ...(Object.fromEntries(
      Object.entries(rest).filter(([, value]) => value !== undefined),
    ) as MachineClientStatus),
  };
};

/** What of `wanted` a merge patch must say to turn `old` into it; undefined where nothing differs. */
export const statusPatch = (
  old: MachineClientStatus,
  wanted: MachineClientStatus,
): Record<string, unknown> | undefined => {
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(wanted)]) as Set<keyof MachineClientStatus>)
    if (!isDeepStrictEqual(old[key], wanted[key])) patch[key] = wanted[key] ?? null;
  return Object.keys(patch).length === 0 ? undefined : patch;
};
