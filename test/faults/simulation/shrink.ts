import type { Schedule, Step } from './schedule.ts';

/** Whether it still fails as the first one did. */
export type Fails = (schedule: Schedule) => Promise<boolean>;

/**
 * The same failure with fewer steps: delta debugging (Zeller and Hildebrandt, 2002). Larger pieces are left out first,
 * then smaller ones, until each step that is left is needed.
 */
export const shrink = async (schedule: Schedule, fails: Fails): Promise<Schedule> => {
  let best = await calm(schedule, fails);
  let pieces = 2;
  while (best.steps.length > 1) {
    const size = Math.ceil(best.steps.length / pieces);
    const smaller = await first(without(best, size), fails);
    if (smaller) {
      best = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) break;
    else pieces = Math.min(best.steps.length, pieces * 2);
  }
  return await calm(best, fails);
};

/** Without what only makes it harder to read, where it is not needed. */
const calm = async (schedule: Schedule, fails: Fails): Promise<Schedule> => {
  let best = schedule;
  for (const change of [{ noise: 0 }, { replicas: 1 as const }, { latencyMs: 5 }]) {
    const candidate = { ...best, settings: { ...best.settings, ...change } };
    if (JSON.stringify(candidate) !== JSON.stringify(best) && (await fails(candidate))) best = candidate;
  }
  return best;
};

const without = function* (schedule: Schedule, size: number): Generator<Schedule> {
  for (let from = 0; from < schedule.steps.length; from += size) {
    const steps: readonly Step[] = schedule.steps.toSpliced(from, size);
    if (steps.length > 0) yield { ...schedule, steps };
  }
};

const first = async (candidates: Iterable<Schedule>, fails: Fails): Promise<Schedule | undefined> => {
  for (const candidate of candidates) if (await fails(candidate)) return candidate;
  return undefined;
};
