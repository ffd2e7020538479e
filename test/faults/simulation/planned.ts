import { Cron } from 'croner';
import { annotations } from '../../../src/api/group.ts';
import { parseDuration } from '../../../src/api/durations.ts';
import type { Fence } from './fences.ts';
import type { Ledger } from './ledger.ts';
import { HAND_MS } from './gate-check.ts';
import { EPOCH } from './schedule.ts';
import type { Scene } from './scene.ts';
import type { Stored } from './truth.ts';
import { isMint } from './upstream-call.ts';

type Rotation = NonNullable<Stored['spec']['rotation']>;

/** Between the look at the clock and the commit of the fence. */
const DECIDING_MS = 15_000;
/** An interval begins in its last tenth; times are told in whole seconds at most. */
const EARLIEST = 0.9;
const TOLD_MS = 1_000;
/** Of its life: what ends by itself is replaced so long before that. */
const BEFORE_ITS_END = 1 / 3;

const comesIn = (schedule: string, timeZone: string | undefined, after: number, until: number): boolean => {
  const next = new Cron(schedule, { mode: '5-part', timezone: timeZone ?? 'UTC' }).nextRun(new Date(after));
  return next !== null && next.getTime() <= until;
};

const isOpen = ({ windows = [] }: Rotation, now: number): boolean =>
  windows.length === 0 ||
  windows.some(({ schedule, timeZone, duration }) =>
    comesIn(schedule, timeZone, now - DECIDING_MS - parseDuration(duration), now),
  );

/** None opens before that: then it is not waited for. */
const opensTooLate = ({ windows = [] }: Rotation, now: number, ends: number): boolean =>
  Number.isFinite(ends) && windows.every(({ schedule, timeZone }) => !comesIn(schedule, timeZone, now, ends));

/** Whether the plan is due, by the words of the spec: counted from what is in the Secret, so what was missed is due once. */
const isDue = ({ interval, schedule, timeZone }: Rotation, since: number, now: number): boolean =>
  (interval !== undefined && now - since >= parseDuration(interval) * EARLIEST - TOLD_MS) ||
  (schedule !== undefined && comesIn(schedule, timeZone, since - TOLD_MS, now));

/** What is wrong with a rotation that begins now, of which nobody but the plan says that it should. Wall clock. */
export const planComplaint = (
  { upstream }: Scene,
  ledger: Ledger,
  key: string,
  object: Stored,
  { operation, secret, by, at, ahead }: Fence,
): string | undefined => {
  if (!isMint(operation) || !secret) return undefined;
  // What a person broke is put right at any time.
  if (at - (ledger.hands.get(key) ?? Number.NEGATIVE_INFINITY) < HAND_MS) return undefined;
  const asked = object.metadata.annotations?.[annotations.rotateRequested];
  const { lastHandledRotateRequest } = object.status ?? {};
  if (asked !== undefined && asked !== secret.rotateRequest && asked !== lastHandledRotateRequest)
    return undefined;
  const rotation = object.spec.rotation ?? {};
  // Another kind of credential, or one for something else.
  if (!upstream.isWhatIsAsked(object.spec, secret)) return undefined;
  const since = ledger.published.get(secret.value)?.wall ?? EPOCH;
  // And what no provider shows cannot be signed again.
  // One that arrived since was signed with the lost key where it had been sent before, by a process that is dead by now.
  const sentAt = ledger.published.get(secret.value)?.sentAt ?? 0;
  if (upstream.style === 'ephemeral' && (ledger.keyLost ?? -1) >= sentAt) return undefined;
  const ends = since + (upstream.lifeOf(secret.value) ?? Number.POSITIVE_INFINITY);
  const complaint = (now: number): string | undefined => {
    if (now >= ends - (ends - since) * BEFORE_ITS_END - DECIDING_MS) return undefined;
    if (!isDue(rotation, since, now)) return 'before it is due';
    return isOpen(rotation, now) || opensTooLate(rotation, now, ends) ? undefined : 'outside of its windows';
  };
  // Where the clock was set between the look at it and the commit, either of its readings may have been the reason.
  const former = ledger.formerClocks.get(by.charAt(0));
  const readings = [ahead, ...(former && at - former.until < DECIDING_MS ? [EPOCH + former.offsetMs] : [])];
  const complaints = readings.map((one) => complaint(at + one));
  return complaints.includes(undefined) ? undefined : complaints[0];
};
