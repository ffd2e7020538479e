import { durationPattern, parseDuration } from '../api/durations.ts';
import { UsageError } from './errors.ts';

/** Milliseconds; the form is that of all durations of this API. */
export const durationOf = (flag: string, text: string): number => {
  if (durationPattern.test(text)) return parseDuration(text);
  throw new UsageError(`--${flag} must be a duration such as 90s or 5m, not "${text}"`);
};
