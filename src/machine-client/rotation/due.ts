import { annotations } from '../../api/group.ts';
import type { Facts } from '../facts.ts';
import { openRotateRequest } from '../requests.ts';
import type { SecretView } from '../secret-view.ts';
import { type Expiring, mayBegin, nextRotation, type NextRotation, type ScheduleFacts } from './schedule.ts';
import { scaled } from '../timing.ts';

/** The lifetime of the published credential, where the provider reports one. */
const expiringOf = (facts: Facts, secret: SecretView): Expiring | undefined => {
  // Where it is written down it need not be asked for.
  if (secret.expiryTime !== undefined)
    return { createdTime: secret.rotatedAt, expiryTime: secret.expiryTime };
  if (facts.provider.state !== 'ready') return undefined;
  const published = facts.provider.upstream.clients
    .find(({ id }) => id === secret.clientId)
    ?.credentials.find(({ id }) => id === secret.credentialId);
  if (published?.expiryTime === undefined) return undefined;
  return { createdTime: published.createdTime ?? secret.rotatedAt, expiryTime: published.expiryTime };
};

const scheduleOf = (facts: Facts, secret: SecretView): ScheduleFacts => ({
  rotation: facts.object.spec.rotation,
  uid: facts.object.uid,
  rotatedAt: secret.rotatedAt,
  expiring: expiringOf(facts, secret),
  scale: (ms: number) => scaled(facts.timing, ms),
});

/** The next planned rotation of what is published; undefined where none is planned, or none may be. */
export const plannedRotation = (facts: Facts): NextRotation | undefined => {
  const { secret, object } = facts;
  const { spec } = object;
  if (!secret || object.deleting || object.invalid !== undefined) return undefined;
  if (spec.state === 'Inactive' || spec.managementPolicy === 'Observe') return undefined;
  return nextRotation(scheduleOf(facts, secret));
};

/** Why a new credential is due, or undefined. A person who asks does not wait for a window. */
export const rotationDue = (facts: Facts, secret: SecretView): string | undefined => {
  const { object, now } = facts;
  if (openRotateRequest(object, secret) !== undefined)
    return `a rotation was requested by the annotation ${annotations.rotateRequested}`;
  const next = plannedRotation(facts);
  if (!next) return undefined;
  // Never before it is due.
  return mayBegin(scheduleOf(facts, secret), next, now) <= now ? next.cause : undefined;
};

/** When a planned rotation changes something next: it may begin, or is overdue. Wall clock, milliseconds. */
export const rotationWakesAt = (facts: Facts): number | undefined => {
  const { secret, now } = facts;
  const next = plannedRotation(facts);
  if (!secret || !next || facts.object.spec.suspend) return undefined;
  const moments = [mayBegin(scheduleOf(facts, secret), next, now), next.overdueAt].filter((at) => at > now);
  return moments.length === 0 ? undefined : Math.min(...moments);
};
