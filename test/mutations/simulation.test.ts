import { expect, test } from 'vitest';
import { generate } from '../faults/simulation/generate.ts';
import { openDefects } from '../faults/simulation/open-defects.ts';
import { regressions } from '../faults/simulation/regressions.ts';
import { formatSeed, seedsFrom } from '../faults/simulation/seeds.ts';
import { simulate } from '../faults/simulation/simulate.ts';

/** A budget for one mutation: what survives this many is looked at by a person. */
const SCHEDULES = 40;

/** Each is a test of its own, so that a mutation is tried on those schedules alone that come to its line. */
const schedules = [
  ...regressions.map(({ name, schedule }) => ({ name, schedule })),
  ...seedsFrom(1, SCHEDULES, undefined)
    .map((seed) => ({ name: formatSeed(seed), schedule: generate(seed) }))
    .filter(({ name }) => !openDefects.has(name)),
];

test.each(schedules)('schedule $name', async ({ schedule }) => {
  expect((await simulate(schedule)).violations).toEqual([]);
});
