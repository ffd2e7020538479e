import pino from 'pino';
import { expect } from 'vitest';
import { Pool } from '../../../src/providers/pool.ts';
import { Allowance } from '../../../src/runtime/allowance.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { until } from '../../helpers/until.ts';
import type { Check, Group } from '../behaviour.ts';
import { canList, hasPages } from './needs.ts';
import type { Subject } from './subject.ts';
import { mark } from './wish.ts';

const limits = { requestsPerMinute: 600, burst: 20, concurrency: 4 };

/** The account, as the operator lists it; until it was listed to its end. */
const listed = async ({ rig, wish }: Subject): Promise<readonly string[]> => {
  const member = {
    account: rig.account,
    limits,
    resyncMs: 3_600_000,
    requestTimeoutMs: 5_000,
  };
  const pool = new Pool(
    {
      installation: mark.installation,
      clock: systemClock,
      random: Math.random,
      log: pino({ level: 'silent' }),
      scale: (ms) => ms,
      memory: new Allowance(2_000_000, 1_000_000),
      onTrouble: () => {},
      onSwept: () => {},
      uses: () => true,
    },
    member,
  );
  pool.join('one', member);
  const organization = wish().spec.organizationId;
  pool.include(organization);
  const inventory = pool.connected('one', organization)?.inventory;
  const stop = new AbortController();
  const running = pool.run(stop.signal);
  try {
    await until('the list is complete', () => inventory?.sweptAt !== undefined, { timeoutMs: 25_000 });
  } finally {
    stop.abort();
    await running;
  }
  return inventory?.byMark(mark.full).map(({ id }) => id) ?? [];
};

const threePages: Check<Subject> = async (subject) => {
  const { rig, create } = subject;
  const ids: string[] = [];
  for (const incarnation of [0, 1, 2]) ids.push((await create({}, incarnation)).client.id);
  rig.limitPages(1);
  rig.limitLists(1);
  const before = rig.requests('list');
  expect((await listed(subject)).toSorted()).toEqual(ids.toSorted());
  // Each page once, and at most one refusal between two: none is asked for again that was there. Where a look-up is a list,
  // the one before the first may have taken its second.
  const end = rig.asksForTheEnd ? 1 : 0;
  const pages = ids.length + (rig.others ?? 0) + end;
  expect(rig.requests('list') - before).toBeLessThanOrEqual(2 * pages - 1 + end);
};

/** How long a list takes does not depend on a variant of the simulator. */
export const listing: Group<Subject> = {
  title: 'a list of several pages',
  faults: true,
  behaviours: [
    {
      name: 'three pages at one call a second: it comes to its end',
      needs: [canList, hasPages],
      timeoutMs: 30_000,
      check: threePages,
    },
  ],
};
