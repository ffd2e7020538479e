import { Cron } from 'croner';

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
): number | undefined =>
  new Cron(expression, { mode: '5-part', timezone: timeZone ?? 'UTC' }).nextRun(new Date(after))?.getTime();

/** Whether the expression and the time zone exist, and the time ever comes. */
export const isCron = (expression: string, timeZone: string | undefined): boolean => {
  try {
    // The least frequent that there is comes every eight years: 29 February around the year 2100.
    return cronAfter(expression, timeZone, 0) !== undefined;
  } catch {
    return false;
  }
};
