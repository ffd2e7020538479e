import { annotations } from '../../api/group.ts';
import { findCondition } from '../../api/conditions.ts';
import { parseDuration } from '../../api/durations.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Facts } from '../facts.ts';
import { isUnresolved } from '../operation.ts';
import type { SecretView } from '../secret-view.ts';
import { rollout } from './rollout.ts';

/**
 * The one gate in front of every retirement (I4):
 *
 *   published ──► overlap passed ──► consumers rolled out ──► not in use any more ──► proven ──► open
 *                 └────────── revoke-previous: "<version>" stands for these three ──┘
 *
 * and never while suspended, inactive, or while a mint of unknown result may still publish. It is computed from the
 * Secret, never from status: a wiped status must not cut anybody off.
 */
export type Gate =
  | { readonly open: true }
  | {
      readonly open: false;
      readonly reason: Reason;
      readonly message: string;
      readonly until?: number | undefined;
    }
  /** How far the consumers are must be looked at first. */
  | { readonly open: 'needs-look' }
  /** All else holds: ask the token endpoint once. */
  | { readonly open: 'needs-proof' };

const closed = (reason: Reason, message: string, until?: number): Gate => ({
  open: false,
  reason,
  message,
  until,
});

/**
 * When the overlap of the present publication ends, wall clock. `published-at` was written down before the Secret was
 * sent: until it arrived, which it did before it was settled, whoever read the Secret still got the old credential.
 */
export const overlapEnds = (facts: Facts, publishedAt: number): number => {
  const { rotation } = facts.object.spec;
  const overlap = parseDuration(rotation.overlap);
  const cap = rotation.retireWhenUnused ? parseDuration(rotation.retireWhenUnused.cap) : 0;
  const lasts = Math.max(overlap, cap);
  return lasts === 0 ? publishedAt : publishedAt + facts.timing.scale(lasts) + facts.timing.settleMs;
};

const isProven = (facts: Facts, secret: SecretView): boolean =>
  facts.object.status.operation === secret.operation &&
  findCondition(facts.object.status.conditions, 'CredentialVerified')?.status === 'True';

export const gate = (facts: Facts, secret: SecretView): Gate => {
  const { object, now, operation } = facts;
  const { spec } = object;
  if (spec.state === 'Inactive') return closed('Inactive', 'nothing is retired while spec.state is Inactive');
  if (isUnresolved(operation, secret, object.status.operation))
    return closed('Settling', 'an earlier call has an unknown result', operation.until);
  if (object.annotations[annotations.revokePrevious] !== String(secret.version)) {
    const consumers = rollout(facts, secret);
    // Before the overlap: a rollout that hangs is told long before it ends.
    if (consumers.state === 'pending') return closed('RolloutPending', consumers.message, consumers.until);
    if (consumers.state === 'stuck') return closed('RolloutStuck', consumers.message, consumers.until);
    const ends = overlapEnds(facts, secret.publishedAt);
    if (now < ends)
      return closed(
        'Overlap',
        `the old credential lives until the overlap has passed (spec.rotation.overlap)`,
        ends,
      );
    if (consumers.state === 'too-early')
      return closed('Overlap', 'the workloads of spec.restart are restarted next', consumers.at);
    if (consumers.state === 'behind') return closed('RolloutPending', 'workloads are being restarted');
    if (consumers.state === 'not-looked') return { open: 'needs-look' };
  }
  // What no entry holds cannot be asked for, nor can anybody use it.
  const provable = secret.layout.some(
    ([, field]) => field === 'ClientSecret' || field === 'PrivateKey' || field === 'AccessKey',
  );
  if (spec.rotation.verification === 'OnRotation' && provable && !isProven(facts, secret))
    return { open: 'needs-proof' };
  return { open: true };
};
