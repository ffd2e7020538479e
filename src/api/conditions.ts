import { printable } from '../runtime/printable.ts';
import type { Reason } from './reasons.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** A condition as it should be; its transition time follows from what it was. */
export interface Wanted {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
  /** Of what was said before and is only repeated: nobody has looked since. Left out: the present generation. */
  readonly observedGeneration?: number | undefined;
}

/** Of a MachineClient, in the order in which they are listed. */
export const machineClientConditions = [
  'Ready',
  'Reconciling',
  'Stalled',
  'ClientSynced',
  'SecretPublished',
  'CredentialVerified',
  'RotationInProgress',
  'RotationBlocked',
  'RotationOverdue',
  'Drifted',
] as const;

/** Of an IdentityProvider and a ClusterIdentityProvider. */
export const providerConditions = [
  'Ready',
  'Reconciling',
  'Stalled',
  'CredentialsValid',
  'Reachable',
  'MassChangeHeld',
] as const;

const own: ReadonlySet<string> = new Set([...machineClientConditions, ...providerConditions]);
/** The schema takes 32 conditions, and ours must always find room among them. */
const MOST_OF_OTHERS = 16;

/** RFC 3339 in whole seconds: the API server keeps no more. */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/**
 * The new list: `lastTransitionTime` moves only when the status does (Kubernetes API conventions). What is repeated of
 * others in a message is made printable, for people read it on terminals. Conditions of a type that is not ours belong to
 * another writer, and stay as they are.
 */
export const mergeConditions = (
  old: readonly Condition[],
  wanted: readonly Wanted[],
  generation: number,
  now: number,
): Condition[] => [
  ...wanted.map(({ type, status, reason, message, observedGeneration = generation }) => {
    const before = old.find((condition) => condition.type === type);
    return {
      type,
      status,
      observedGeneration,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestamp(now),
      reason,
      message: printable(message),
    };
  }),
  ...old.filter(({ type }) => !own.has(type)).slice(0, MOST_OF_OTHERS),
];

export const findCondition = (
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined => conditions?.find((condition) => condition.type === type);
