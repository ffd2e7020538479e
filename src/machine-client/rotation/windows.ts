import { parseDuration } from '../../api/durations.ts';
import type { MachineClientSpec } from '../../api/schema/machine-client.ts';
import { cronAfter } from '../../api/cron.ts';

type Windows = NonNullable<MachineClientSpec['rotation']['windows']>;

/**
 * The first moment from `at` on (wall clock, milliseconds) in which a maintenance window is open: `at` itself inside
 * of one, else when the next one opens. Without windows: `at`. undefined: none ever opens.
 *
 *        opens   + duration
 *   ───────┬────────┐···············┬────────┐────►
 *    at →  │   at = │ at →          │        │
 */
export const openFrom = (windows: Windows | undefined, at: number): number | undefined => {
  if (!windows || windows.length === 0) return at;
  let first: number | undefined;
  for (const { schedule, timeZone, duration } of windows) {
    // One that opened less than its duration ago is open still.
    const opens = cronAfter(schedule, timeZone, at - parseDuration(duration));
    if (opens === undefined) continue;
    const open = Math.max(opens, at);
    if (first === undefined || open < first) first = open;
  }
  return first;
};
