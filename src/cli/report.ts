import { type Condition, findCondition } from '../api/conditions.ts';
import { annotations } from '../api/group.ts';
import type { ProviderKind } from '../api/schema/machine-client.ts';
import type { ObjectMeta } from '../kube/resource.ts';
import type { Consumer } from '../kube/rollout/workload.ts';
import type { Attention } from '../api/reasons.ts';
import { attentionOf, worst } from './attention.ts';
import { conditionsOf, type MachineClientWire, type ProviderWire } from './wire.ts';

/** What could not be looked at, and why. */
export interface Unseen {
  readonly unseen: string;
}

/** A MachineClient and what belongs to it, as far as it was read. */
export interface Gathered {
  readonly object: MachineClientWire;
  /** undefined: there is none. */
  readonly provider: ProviderWire | Unseen | undefined;
  readonly secret: { readonly metadata: ObjectMeta } | Unseen | undefined;
  readonly consumers: readonly Consumer[] | Unseen;
}

/** Conditions that say the same, in one. */
export interface Wait {
  readonly conditions: readonly string[];
  readonly reason: string;
  readonly message: string;
  readonly since: string;
  readonly attention: Attention;
}

/** What `--output json` prints. */
export interface ClientReport {
  readonly namespace: string;
  readonly name: string;
  readonly attention: Attention;
  readonly ready: Condition['status'];
  readonly reason: string;
  readonly deleting: boolean;
  readonly provider: {
    readonly kind: ProviderKind;
    readonly name: string;
    readonly ready: Condition['status'];
    readonly reason: string;
    readonly message: string;
    readonly account?: string | undefined;
  };
  readonly client: {
    readonly id?: string | undefined;
    readonly state: string;
    readonly credentials: readonly {
      readonly id: string;
      readonly suffix?: string | undefined;
      readonly state: string;
      readonly createdTime?: string | undefined;
      readonly expiryTime?: string | undefined;
      readonly retireAfter?: string | undefined;
    }[];
  };
  readonly secret: {
    readonly name: string;
    /** undefined: it may not be looked at. */
    readonly exists?: boolean | undefined;
    readonly version?: number | undefined;
    readonly publishedTime?: string | undefined;
    readonly unseen?: string | undefined;
  };
  readonly consumers: readonly {
    readonly kind: string;
    readonly name: string;
    readonly rolledOut: boolean;
    readonly waitsFor?: string | undefined;
  }[];
  readonly consumersUnseen?: string | undefined;
  readonly waits: readonly Wait[];
  readonly nextRotationTime?: string | undefined;
  readonly nextRetryTime?: string | undefined;
}

/** One that nobody has looked at for so long is nobody's work. */
export const UNSEEN_FOR_MS = 60_000;

const isUnseen = (seen: object | undefined): seen is Unseen => seen !== undefined && 'unseen' in seen;

/** What is not at rest, the most urgent first, each text once. */
export const waitsOf = (object: MachineClientWire, now: number): readonly Wait[] => {
  const { metadata } = object;
  const all = conditionsOf(object);
  const waits = new Map<string, Wait>();
  for (const condition of all) {
    const { type, status, reason, message, lastTransitionTime } = condition;
    const attention = attentionOf(condition);
    if (attention === 'rest') continue;
    const key = `${reason}: ${message}`;
    const before = waits.get(key);
    waits.set(key, {
      conditions: [...(before?.conditions ?? []), `${type}=${status}`],
      reason,
      message,
      since: before?.since ?? lastTransitionTime,
      attention,
    });
  }
  const since = metadata.creationTimestamp ?? '';
  const generation = object.status?.observedGeneration ?? -1;
  if (all.length === 0) {
    const age = now - Date.parse(since);
    waits.set('', {
      conditions: [],
      reason: 'NotLookedAt',
      message: 'the operator has not looked at it yet; if that lasts: kubectl machine-client doctor',
      since,
      attention: age > UNSEEN_FOR_MS ? 'act' : 'wait',
    });
  } else if (generation < (metadata.generation ?? 0))
    waits.set('', {
      conditions: [],
      reason: 'NotLookedAt',
      message: `the operator has not looked at generation ${metadata.generation} yet; what is said here is of generation ${generation}`,
      since: '',
      attention: 'wait',
    });
  return [...waits.values()].toSorted(
    (a, b) => Number(b.attention === 'act') - Number(a.attention === 'act'),
  );
};

const providerOf = ({ object, provider }: Gathered): ClientReport['provider'] => {
  const { kind = 'IdentityProvider', name = '' } = object.spec?.providerRef ?? {};
  if (provider === undefined)
    return {
      kind,
      name,
      ready: 'False',
      reason: 'ProviderNotFound',
      message: `${kind} ${name} does not exist`,
    };
  if (isUnseen(provider))
    return { kind, name, ready: 'Unknown', reason: 'NotSeen', message: provider.unseen };
  const ready = findCondition(conditionsOf(provider), 'Ready');
  return {
    kind,
    name,
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? 'NotLookedAt',
    message: ready?.message ?? 'the operator has not looked at it yet',
    ...(provider.status?.account !== undefined && { account: provider.status.account }),
  };
};

const secretOf = ({ object, secret }: Gathered): ClientReport['secret'] => {
  const { spec = {}, status = {}, metadata } = object;
  const name = spec.secret?.name ?? metadata.name;
  // From the status, where the Secret itself may not be read.
  if (isUnseen(secret))
    return {
      name: status.binding?.name ?? name,
      version: status.secretVersion,
      publishedTime: status.lastRotationTime,
      unseen: secret.unseen,
    };
  const own = secret?.metadata.annotations ?? {};
  const version = Number(own[annotations.secretVersion]);
  return {
    name,
    exists: secret !== undefined,
    ...(version > 0 && { version, publishedTime: own[annotations.publishedAt] }),
  };
};

const consumersOf = ({ object, consumers }: Gathered): ClientReport['consumers'] => {
  if (isUnseen(consumers)) return [];
  const { status = {} } = object;
  const rotating = findCondition(conditionsOf(object), 'RotationInProgress')?.status === 'True';
  return consumers.map(({ kind, name, publication, waitsFor }) => {
    // The first credential restarts nobody; a later one restarts each, and until then it has the old one.
    const behind = rotating && publication?.version !== String(status.secretVersion);
    const waits = waitsFor ?? (behind ? 'it has not been restarted for this credential' : undefined);
    return { kind, name, rolledOut: waits === undefined, waitsFor: waits };
  });
};

/** What is known of a MachineClient, in the order in which one asks. */
export const reportOf = (gathered: Gathered, now: number): ClientReport => {
  const { object } = gathered;
  const { metadata, spec = {}, status = {} } = object;
  const ready = findCondition(conditionsOf(object), 'Ready');
  const waits = waitsOf(object, now);
  const provider = providerOf(gathered);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    attention: worst([
      ...waits.map(({ attention }) => attention),
      ...(provider.ready === 'False' ? ['act' as const] : []),
      ...(metadata.deletionTimestamp === undefined ? [] : ['wait' as const]),
    ]),
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? 'NotLookedAt',
    deleting: metadata.deletionTimestamp !== undefined,
    provider,
    client: {
      id: status.clientId,
      state: spec.state ?? 'Active',
      credentials: status.credentials ?? [],
    },
    secret: secretOf(gathered),
    consumers: consumersOf(gathered),
    ...(isUnseen(gathered.consumers) && { consumersUnseen: gathered.consumers.unseen }),
    waits,
    nextRotationTime: status.nextRotationTime,
    nextRetryTime: status.nextRetryTime,
  };
};
