import { findCondition } from '../../api/conditions.ts';
import { parseDuration } from '../../api/durations.ts';
import type { Reason } from '../../api/reasons.ts';
import type { UpstreamCredential } from '../../providers/provider.ts';
import type { Facts } from '../facts.ts';
import { isUnresolved } from '../operation.ts';
import type { SecretView } from '../secret-view.ts';
import { isRevoked, rollout } from './rollout.ts';
import { scaled } from '../timing.ts';

/**
 * The one gate in front of every retirement (I4):
 *
 *   published ──► overlap passed ──► consumers rolled out ──► not in use any more ──► proven ──► open
 *                 └────────── revoke-previous: "<version>" stands for these three ──┘
 *
 * A credential that never was in a Secret is in nobody's hands: its successor has only to be proven. The gate is
 * never open while suspended, inactive, nor while a mint of unknown result may still publish. It is computed from the
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

type Former = readonly UpstreamCredential[];

/** `retireWhenUnused` holds: the provider tells that nobody has used them since the publication. */
const isUnused = (former: Former, secret: SecretView): boolean =>
  former.every(
    ({ lastUsedTime }) =>
      lastUsedTime === 'never' || (lastUsedTime !== undefined && lastUsedTime < secret.publishedAt),
  );

/** The overlap, or the cap of `retireWhenUnused` where that is longer; milliseconds. */
const longestOverlap = ({ object }: Facts): number => {
  const { overlap, retireWhenUnused } = object.spec.rotation;
  return Math.max(parseDuration(overlap), retireWhenUnused ? parseDuration(retireWhenUnused.cap) : 0);
};

/**
 * `published-at` was written down before the Secret was sent: until it arrived, which it did before it was settled,
 * whoever read the Secret still got the old credential.
 */
const sinceArrival = ({ timing }: Facts, publishedAt: number, lasts: number): number =>
  lasts === 0 ? publishedAt : publishedAt + scaled(timing, lasts) + timing.settleMs;

/** From when on the old credential may be retired, as far as time decides. Wall clock. */
export const retireAfter = (facts: Facts, secret: SecretView, former: Former): number => {
  if (secret.first) return secret.publishedAt;
  const { overlap, retireWhenUnused } = facts.object.spec.rotation;
  const waits = retireWhenUnused !== undefined && !isUnused(former, secret);
  return sinceArrival(facts, secret.publishedAt, waits ? longestOverlap(facts) : parseDuration(overlap));
};

/** When the overlap of a publication at that moment ends at the latest, wall clock. */
export const overlapEnds = (facts: Facts, publishedAt: number): number =>
  sinceArrival(facts, publishedAt, longestOverlap(facts));

const isProven = (facts: Facts, secret: SecretView): boolean =>
  facts.object.status.operation === secret.operation &&
  findCondition(facts.object.status.conditions, 'CredentialVerified')?.status === 'True';

/** `former`: what was published before the credential in the Secret, and lives on. */
export const gate = (facts: Facts, secret: SecretView, former: Former): Gate => {
  const { object, now, operation } = facts;
  const { spec } = object;
  if (spec.suspend) return closed('Suspended', 'the old credential lives on while spec.suspend is true');
  if (spec.state === 'Inactive') return closed('Inactive', 'nothing is retired while spec.state is Inactive');
  if (isUnresolved(operation, secret, object.status.operation))
    return closed('Settling', 'an earlier call has an unknown result', operation.until);
  if (!isRevoked(facts, secret) && !secret.first) {
    const consumers = rollout(facts, secret);
    // Before the overlap: a rollout that hangs is told long before it ends.
    if (consumers.state === 'pending') return closed('RolloutPending', consumers.message, consumers.until);
    if (consumers.state === 'stuck') return closed('RolloutStuck', consumers.message, consumers.until);
    const ends = retireAfter(facts, secret, former);
    if (now < ends)
      return closed(
        'Overlap',
        now < sinceArrival(facts, secret.publishedAt, parseDuration(spec.rotation.overlap))
          ? 'the old credential lives until the overlap has passed (spec.rotation.overlap)'
          : 'the old credential was used since the new one was published, or the provider does not tell; it lives until the cap has passed (spec.rotation.retireWhenUnused)',
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
