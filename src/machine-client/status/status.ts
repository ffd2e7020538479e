import { isDeepStrictEqual } from 'node:util';
import { mergeConditions, timestamp } from '../../api/conditions.ts';
import { annotations } from '../../api/group.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import { printable } from '../../runtime/printable.ts';
import type { Facts } from '../facts.ts';
import { askedAgain, requestToken } from '../requests.ts';
import { plannedRotation } from '../rotation/due.ts';
import { driftedCondition, syncedCondition } from './client.ts';
import { secretSuffix } from './credentials.ts';
import { isBetweenTries, type Learnt, paint, type Picture } from './picture.ts';
import { kstatusConditions, readyCondition } from './ready.ts';
import { rotationConditions } from './rotation.ts';
import { publishedCondition, verifiedCondition } from './secret.ts';

/** What was refused was for a living object, which was deleted in that very pass: its removal has not been tried. */
const isOfItsLife = ({ facts: { object }, learnt: { setback } }: Picture): boolean =>
  object.deleting && setback?.during !== undefined && setback.during !== 'Deleting';

const attempts = (picture: Picture): Partial<MachineClientStatus> => {
  if (isOfItsLife(picture)) return {};
  const { facts, learnt } = picture;
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
  const held = (rest.kind === 'hold' && rest.until !== undefined) || isBetweenTries(facts, learnt);
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

/** As the conditions will say it: what is compared with what they said before must be the same text. */
const legible = ({ rest, setback, proof }: Learnt): Learnt => ({
  rest: { ...rest, message: printable(rest.message) },
  setback: setback && { ...setback, message: printable(setback.message) },
  proof: proof && { ...proof, message: printable(proof.message) },
});

/** The whole of status, derived from what was observed: writing it again changes nothing. */
export const statusOf = (facts: Facts, learnt: Learnt): MachineClientStatus => {
  const { object, secret, now } = facts;
  const picture = paint(facts, legible(learnt));
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
