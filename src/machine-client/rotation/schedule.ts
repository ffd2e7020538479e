import { createHash } from 'node:crypto';
import { parseDuration } from '../../api/durations.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import { cronAfter } from '../../api/cron.ts';
import { openFrom } from './windows.ts';

/** Of an interval: ten thousand clients that were made in one minute do not rotate in one minute. */
const JITTER = 0.1;
/** Who writes a time means that time: a tenth of a month would be three days. */
const MOST_CRON_JITTER_MS = 3_600_000;
/** A rotation that has not begun this long after it could have is overdue. */
const OVERDUE_MS = 10 * 60_000;
/** Of the reported lifetime, where `rotateBefore` is left out: enough to survive an outage. */
const BEFORE_EXPIRY = 1 / 3;

/** All times are of the wall clock, in milliseconds. */
export interface Expiring {
  readonly createdTime: number;
  readonly expiryTime: number;
}

export interface ScheduleFacts {
  readonly rotation: MachineClientSpec['rotation'];
  readonly uid: string;
  /** When the credential that is in use was first published. */
  readonly rotatedAt: number;
  /** Its lifetime, where the provider reports one. */
  readonly expiring?: Expiring | undefined;
  /** Divides what the spec gives as a duration; a time of the day stays what it is. */
  readonly scale: (ms: number) => number;
}

export interface NextRotation {
  /** When it may begin at the earliest: due, and a window is open. */
  readonly at: number;
  /** From then on it is overdue. */
  readonly overdueAt: number;
  readonly cause: string;
}

/** From 0 to below 1, the same for an object at all times and in all replicas. */
const shareOf = (uid: string): number =>
  createHash('sha256').update(`rotation ${uid}`).digest().readUInt32BE(0) / 2 ** 32;

const byInterval = ({ rotation, uid, rotatedAt, scale }: ScheduleFacts): number | undefined => {
  if (rotation.interval === undefined) return undefined;
  const period = scale(parseDuration(rotation.interval));
  // Earlier, never later: nothing becomes older than the interval says.
  return rotatedAt + period * (1 - JITTER * shareOf(uid));
};

/** The first time after the publication. Times that were missed since then are answered by one rotation. */
const byCron = ({ rotation, uid, rotatedAt }: ScheduleFacts): number | undefined => {
  if (rotation.schedule === undefined) return undefined;
  const first = cronAfter(rotation.schedule, rotation.timeZone, rotatedAt);
  if (first === undefined) return undefined;
  const second = cronAfter(rotation.schedule, rotation.timeZone, first) ?? first;
  return first + Math.min((second - first) * JITTER, MOST_CRON_JITTER_MS) * shareOf(uid);
};

const byExpiry = ({ rotation, expiring, scale }: ScheduleFacts): number | undefined => {
  if (!expiring) return undefined;
  const { createdTime, expiryTime } = expiring;
  const before =
    rotation.rotateBefore === undefined
      ? (expiryTime - createdTime) * BEFORE_EXPIRY
      : scale(parseDuration(rotation.rotateBefore));
  return expiryTime - before;
};

/**
 * When the next rotation is due, whatever stands in its way; undefined where none is planned. Derived from the
 * published credential alone: a rotation that was missed is due at once and once, a clock that was set changes nothing
 * but the present.
 */
export const nextRotation = (facts: ScheduleFacts): NextRotation | undefined => {
  const { rotation, expiring, scale } = facts;
  const planned = [
    { at: byInterval(facts), cause: 'spec.rotation.interval has passed' },
    { at: byCron(facts), cause: 'spec.rotation.schedule says so' },
  ];
  const expiry = byExpiry(facts);
  const causes = [...planned, { at: expiry, cause: 'the credential expires' }].flatMap(({ at, cause }) =>
    at === undefined ? [] : [{ at, cause }],
  );
  const first = causes.reduce<{ at: number; cause: string } | undefined>(
    (earliest, one) => (earliest && earliest.at <= one.at ? earliest : one),
    undefined,
  );
  if (!first) return undefined;
  const open = openFrom(rotation.windows, first.at);
  // A window that comes too late for the expiry helps nobody.
  const tooLate = expiring !== undefined && (open === undefined || open >= expiring.expiryTime);
  const at = tooLate ? first.at : open;
  return at === undefined ? undefined : { at, overdueAt: at + scale(OVERDUE_MS), cause: first.cause };
};

/**
 * From when on a rotation that is due may begin, seen from `now`: at once, or when the next window opens, for the one
 * that it was due in may have been missed.
 */
export const mayBegin = (
  { rotation, expiring }: Pick<ScheduleFacts, 'rotation' | 'expiring'>,
  next: NextRotation,
  now: number,
): number => {
  if (now <= next.at) return next.at;
  const open = openFrom(rotation.windows, now) ?? now;
  return expiring !== undefined && open >= expiring.expiryTime ? now : open;
};
