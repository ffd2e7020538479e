import type { Chance } from './chance.ts';
import { workloadOf } from './workload-acts.ts';

const intervals = ['1m', '2m', '4m', '15m', '720h'];
const schedules = ['* * * * *', '*/3 * * * *', '*/10 * * * *', '17 * * * *', '0 3 1 * *'];
const timeZones = [null, 'Europe/Oslo', 'Asia/Kolkata'];

/** As an object that is made has it. */
export const withoutNulls = (patch: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));

/** As a merge patch: what excludes each other takes each other's place. */
export const planOf = (chance: Chance): Record<string, unknown> => {
  const byInterval = chance.happens(0.5);
  const windows = chance.happens(0.25)
    ? [
        {
          schedule: chance.pick(['*/4 * * * *', '*/10 * * * *', '30 2 * * *']),
          ...(chance.happens(0.3) && { timeZone: 'Asia/Kolkata' }),
          duration: chance.pick(['1m', '3m']),
        },
      ]
    : null;
  return byInterval
    ? { interval: chance.pick(intervals), schedule: null, timeZone: null, windows }
    : { interval: null, schedule: chance.pick(schedules), timeZone: chance.pick(timeZones), windows };
};

export const restartOf = (chance: Chance, client: string): Record<string, unknown> | null => {
  const { kind, name } = workloadOf(client);
  const targets = chance.pick([
    [{ kind, name }],
    [{ kind, selector: { matchLabels: { uses: client } } }],
    [
      { kind, name },
      { kind, selector: { matchLabels: { uses: client } } },
    ],
    null,
    null,
  ]);
  const missing = chance.happens(0.05) ? [{ kind: 'Deployment', name: 'nobody' }] : [];
  const all = [...(targets ?? []), ...missing];
  if (all.length === 0 && chance.happens(0.2)) return null;
  return {
    targets: all.length === 0 ? null : all,
    discover: all.length === 0 || chance.happens(0.3),
    deadline: chance.pick(['5s', '1m', '30m']),
  };
};
