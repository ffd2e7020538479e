import { Cron } from 'croner';
import { Recent } from '../runtime/recent.ts';

const MINUTE_MS = 60_000;
/** Ten thousand objects with times of their own; an answer is some 150 bytes. */
const MOST_ANSWERS = 16_384;
const MOST_EXPRESSIONS = 1_024;

/** An expression is parsed once; a time zone costs ICU more than everything else. */
const crons = new Recent<Cron>(MOST_EXPRESSIONS);
/** One reconciliation asks six times for the same answer, and so does each resync until the time has come. Null: never. */
const answers = new Recent<number | null>(MOST_ANSWERS);

const cronOf = (expression: string, timezone: string): Cron => {
  const key = `${timezone} ${expression}`;
  const known = crons.get(key);
  if (known) return known;
  const cron = new Cron(expression, { mode: '5-part', timezone });
  crons.set(key, cron);
  return cron;
};

/**
 * When a cron expression of five fields is due next, strictly after a moment of the wall clock, in milliseconds.
 * A time that daylight saving leaves out comes at the first moment after the gap; one that it repeats comes once.
 * undefined: never (30 February).
 *
 * @throws TypeError for an expression or a time zone that does not exist; `isCron` says so before.
 */
export const cronAfter = (
  expression: string,
  timeZone: string | undefined,
  after: number,
): number | undefined => {
  const zone = timeZone ?? 'UTC';
  // It is due at the beginning of a minute, so the answer is the same for every moment of a minute.
  const minute = Math.floor(after / MINUTE_MS);
  const key = `${minute} ${zone} ${expression}`;
  const known = answers.get(key);
  if (known !== undefined) return known ?? undefined;
  const next = cronOf(expression, zone)
    .nextRun(new Date(minute * MINUTE_MS))
    ?.getTime();
  answers.set(key, next ?? null);
  return next;
};

/** Whether the expression and the time zone exist, and the time ever comes. */
export const isCron = (expression: string, timeZone: string | undefined): boolean => {
  try {
    // The least frequent that there is comes every eight years: 29 February around the year 2100.
    return cronAfter(expression, timeZone, 0) !== undefined;
  } catch {
    return false;
  }
};
