import { Cron } from 'croner';
import { BoundedMap } from '../runtime/bounded-map.ts';

const MINUTE_MS = 60_000;
/** Ten thousand objects with times of their own; an answer is some 150 bytes. */
const MOST_ANSWERS = 16_384;
const MOST_EXPRESSIONS = 1_024;

/** An expression is parsed once; a time zone costs ICU more than everything else. */
const parsed = new BoundedMap<string, Cron>(MOST_EXPRESSIONS);
/** A pass over one object asks six times for the same answer, and so does each resync, until the time has come. */
const answers = new BoundedMap<string, number | undefined>(MOST_ANSWERS);

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
  const what = `${zone} ${expression}`;
  // It is due at the beginning of a minute, so the answer is the same for every moment of a minute.
  const minute = Math.floor(after / MINUTE_MS);
  return answers.getOrMake(`${minute} ${what}`, () =>
    parsed
      .getOrMake(what, () => new Cron(expression, { mode: '5-part', timezone: zone }))
      .nextRun(new Date(minute * MINUTE_MS))
      ?.getTime(),
  );
};

/** As the schema has it; a rule there does not keep what comes after it from being asked. */
const LONGEST = 128;

/** Whether the expression and the time zone exist, and the time ever comes. */
export const isCron = (expression: string, timeZone: string | undefined): boolean => {
  if (expression.length > LONGEST) return false;
  try {
    // The least frequent that there is comes every eight years: 29 February around the year 2100.
    return cronAfter(expression, timeZone, 0) !== undefined;
  } catch {
    return false;
  }
};
