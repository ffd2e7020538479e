import type { Condition } from '../api/conditions.ts';
import { type Attention, attributesOf } from '../api/reasons.ts';
import { ownValue } from '../runtime/own.ts';

/** The status that each condition has when all is well; one that is not listed is of a newer operator. */
const atRest: Readonly<Record<string, Condition['status']>> = {
  Ready: 'True',
  Reconciling: 'False',
  Stalled: 'False',
  ClientSynced: 'True',
  SecretPublished: 'True',
  CredentialVerified: 'True',
  RotationInProgress: 'False',
  RotationBlocked: 'False',
  RotationOverdue: 'False',
  Drifted: 'False',
  CredentialsValid: 'True',
  Reachable: 'True',
  MassChangeHeld: 'False',
};

export const attentionOf = ({ type, status, reason }: Condition): Attention => {
  const good = ownValue(atRest, type);
  if (good === undefined) return 'rest';
  const byReason = attributesOf(reason)?.attention;
  // A rotation that is held back while the Secret works is False, with the reason for it.
  if (status === good) return type === 'RotationInProgress' ? (byReason ?? 'act') : 'rest';
  return byReason ?? 'act';
};

const order: readonly Attention[] = ['rest', 'wait', 'act'];
export const worst = (all: readonly Attention[]): Attention =>
  order.findLast((one) => all.includes(one)) ?? 'rest';
/** Those with something to do first. */
export const byUrgency = (a: Attention, b: Attention): number => order.indexOf(b) - order.indexOf(a);
