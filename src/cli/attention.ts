import type { Condition } from '../api/conditions.ts';
import type { Reason } from '../api/reasons.ts';
import { ownValue } from '../runtime/own.ts';

/** rest: all is well; wait: it goes on by itself, or somebody wants it so; act: somebody has to do something. */
export type Attention = 'rest' | 'wait' | 'act';

/** Complete, so that a new reason does not get by unnoticed. */
const ofReason: Readonly<Record<Reason, Attention>> = {
  Ready: 'rest',
  Synced: 'rest',
  Published: 'rest',
  Verified: 'rest',
  Idle: 'rest',
  InSync: 'rest',
  Observed: 'rest',
  RolledOut: 'rest',
  Retired: 'rest',
  AccountReachable: 'rest',
  CredentialsAccepted: 'rest',
  NotHeld: 'rest',

  Creating: 'wait',
  Recovering: 'wait',
  Rotating: 'wait',
  Updating: 'wait',
  Adopting: 'wait',
  Publishing: 'wait',
  Deleting: 'wait',
  Settling: 'wait',
  NotShownYet: 'wait',
  Overlap: 'wait',
  RotationWaiting: 'wait',
  Restarting: 'wait',
  RolloutPending: 'wait',
  WaitingForSweep: 'wait',
  WaitingForBudget: 'wait',
  WaitingForProvider: 'wait',
  Retiring: 'wait',
  Verifying: 'wait',
  Suspended: 'wait',
  Inactive: 'wait',
  WouldChange: 'wait',
  ForeignCredential: 'wait',
  OverlapWithoutSecret: 'wait',
  RateLimited: 'wait',
  ProviderUnavailable: 'wait',
  NamespaceTerminating: 'wait',
  UpstreamAbandoned: 'wait',
  OpenRotationCancelled: 'wait',
  DuplicateRemoved: 'wait',

  RolloutStuck: 'act',
  ClockSkew: 'act',
  InvalidSpec: 'act',
  FieldNotSupported: 'act',
  MarkInUserText: 'act',
  PolicyDenied: 'act',
  NamespaceNotAllowed: 'act',
  ProviderNotFound: 'act',
  OrganizationNotFound: 'act',
  ProviderNotReady: 'act',
  SecretConflict: 'act',
  ClientConflict: 'act',
  SecretNotOurs: 'act',
  SecretImmutable: 'act',
  SecretRefused: 'act',
  SecretRewritten: 'act',
  AdoptionNotAllowed: 'act',
  ImportSecretMissing: 'act',
  ManagedByAnother: 'act',
  MassChange: 'act',
  ForeignRotationOpen: 'act',
  RotationOverdue: 'act',
  CredentialLimitReached: 'act',
  IntegrityUnknown: 'act',
  ClientNotFound: 'act',
  DeletionBlocked: 'act',
  DefinitionDeleted: 'act',
  MassDeletion: 'act',
  RejectedByProvider: 'act',
  PermissionDenied: 'act',
  PaymentRequired: 'act',
  CredentialsInvalid: 'act',
  ProviderUnreachable: 'act',
  TLSFailed: 'act',
  Redirected: 'act',
  UnexpectedAnswer: 'act',
  CredentialRefused: 'act',
  RotationDisturbed: 'act',
  RequestIgnored: 'act',
  RevokeIgnored: 'act',
  CredentialMissing: 'act',
  UrlNotAllowed: 'act',
  Held: 'act',
  Orphans: 'act',
  KubernetesError: 'act',
  InternalError: 'act',
};

/** The status that each condition has when all is well; one that is not listed is of a newer operator. */
const atRest: Readonly<Record<string, Condition['status']>> = {
  Ready: 'True',
  Reconciling: 'False',
  Stalled: 'False',
  ClientSynced: 'True',
  SecretPublished: 'True',
  CredentialVerified: 'True',
  RotationInProgress: 'False',
  RotationOverdue: 'False',
  Drifted: 'False',
  CredentialsValid: 'True',
  Reachable: 'True',
  MassChangeHeld: 'False',
};

const isKnown = (reason: string): reason is Reason => Object.hasOwn(ofReason, reason);

export const attentionOf = ({ type, status, reason }: Condition): Attention => {
  const good = ownValue(atRest, type);
  if (good === undefined) return 'rest';
  const byReason = isKnown(reason) ? ofReason[reason] : undefined;
  // A rotation that is held back while the Secret works is False, with the reason for it.
  if (status === good) return type === 'RotationInProgress' ? (byReason ?? 'act') : 'rest';
  return byReason ?? 'act';
};

const order: readonly Attention[] = ['rest', 'wait', 'act'];
export const worst = (all: readonly Attention[]): Attention =>
  order.findLast((one) => all.includes(one)) ?? 'rest';
/** Those with something to do first. */
export const byUrgency = (a: Attention, b: Attention): number => order.indexOf(b) - order.indexOf(a);
