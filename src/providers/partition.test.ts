import { expect, test } from 'vitest';
import { Allowance } from '../runtime/allowance.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { makeMark } from './mark.ts';
import { Partition } from './partition.ts';
import type { UpstreamClient } from './provider.ts';

const HOUR_MS = 3_600_000;
const PAUSE_MS = 60_000;

const ours: UpstreamClient = {
  id: 'client',
  mark: makeMark('inst', 'ns', 'app'),
  released: false,
  displayName: '',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [],
  specific: {},
};

const make = () => {
  const clock = new ManualClock();
  const memory = new Allowance(2_000_000, 1_000_000);
  const partition = new Partition('org', 'inst', clock, () => 0.5);
  /** One complete list, and whether it was the last one. */
  const isOverAfter = (clients: readonly UpstreamClient[], isNamed = false): boolean => {
    const sweep = partition.sweep(() => ({ share: memory.share(), mostPages: 10, scale: (ms) => ms }));
    sweep.add({ clients, next: undefined });
    partition.completed(sweep);
    return partition.isOver(isNamed, PAUSE_MS);
  };
  return { clock, partition, isOverAfter };
};

test('one empty list of an organization that nobody names is not the last one: a creation may be on its way', () => {
  const { clock, partition, isOverAfter } = make();
  expect(isOverAfter([])).toBe(false);
  // Sooner than the next resync: what arrives meanwhile is not left for an hour.
  expect(partition.dueIn(HOUR_MS)).toBe(PAUSE_MS);
  clock.advance(PAUSE_MS - 1);
  expect(isOverAfter([])).toBe(false);
  expect(partition.dueIn(HOUR_MS)).toBe(1);
  clock.advance(1);
  expect(isOverAfter([])).toBe(true);
});

test('what is seen of ours, or named again, begins that anew', () => {
  const { clock, partition, isOverAfter } = make();
  expect(isOverAfter([])).toBe(false);
  clock.advance(PAUSE_MS);
  expect(isOverAfter([ours])).toBe(false);
  expect(partition.dueIn(HOUR_MS)).toBe(HOUR_MS);
  clock.advance(HOUR_MS);
  expect(isOverAfter([])).toBe(false);
  clock.advance(PAUSE_MS);
  expect(isOverAfter([], true)).toBe(false);
  clock.advance(HOUR_MS);
  expect(isOverAfter([])).toBe(false);
  clock.advance(PAUSE_MS);
  expect(isOverAfter([])).toBe(true);
});

test('what was wanted before the clock was set back keeps no resync away', () => {
  const { clock, partition, isOverAfter } = make();
  expect(isOverAfter([])).toBe(false);
  clock.jump(-1_000 * HOUR_MS);
  // That list began in what is now the future.
  expect(partition.dueIn(HOUR_MS)).toBe(0);
  expect(isOverAfter([])).toBe(false);
  expect(partition.dueIn(HOUR_MS)).toBe(HOUR_MS);
  clock.advance(HOUR_MS);
  expect(partition.dueIn(HOUR_MS)).toBe(0);
});
