import { expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { BudgetLine } from './budget-line.ts';
import { ManualClock } from './manual-clock.ts';
import { WorkQueue } from './work-queue.ts';

const never = new AbortController().signal;
const flush = async () => {
  for (let i = 0; i < 8; i++) await Promise.resolve();
};
/** An account whose only slot is taken. */
const make = async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0.5 });
  const limits = { requestsPerMinute: 6_000, burst: 100, concurrency: 1 };
  const budget = new Budget(limits, clock, () => 0.5);
  const line = new BudgetLine(queue, clock, (ms) => ms);
  const held = await budget.acquire('user', 1, never);
  const need = { budget, lane: 'rotation', requests: 3 } as const;
  return { clock, queue, budget, line, held, need };
};

test('a key that waits is in nobody’s hands until its turn has come, and then before all others of its lane', async () => {
  const { clock, queue, budget, line, held, need } = await make();
  line.wait('ns/waits', need, undefined);
  queue.add('ns/other', 'rotation');
  expect(queue.stats().waiting).toMatchObject({ user: 0, rotation: 1 });
  clock.advance(500);
  held.release();
  await flush();
  expect(await queue.take(never)).toMatchObject({ key: 'ns/waits' });
  using waited = line.take('ns/waits');
  expect(waited).toMatchObject({ since: 0, long: false, permit: { budget, left: 3 } });
  expect(budget.inUse).toBe(1);
});

test('what is not used of a turn comes back', async () => {
  const { budget, line, held, need } = await make();
  line.wait('ns/waits', need, undefined);
  held.release();
  await flush();
  line.take('ns/waits')?.[Symbol.dispose]();
  expect(budget.inUse).toBe(0);
  expect(line.take('ns/waits')).toBeUndefined();
});

test('a key that is worked on for another reason leaves the line, and comes back with its age', async () => {
  const { clock, budget, line, held, need } = await make();
  line.wait('ns/waits', need, undefined);
  clock.advance(100);
  const waited = line.take('ns/waits');
  line.wait('ns/younger', need, undefined);
  clock.advance(100);
  line.wait('ns/waits', need, waited);
  held.release();
  await flush();
  expect([line.take('ns/younger')?.permit, line.take('ns/waits')?.permit]).toEqual([
    undefined,
    expect.objectContaining({ budget }),
  ]);
});

test('a turn that comes in the moment in which the key is taken goes with it', async () => {
  const { budget, line, held, need } = await make();
  line.wait('ns/waits', need, undefined);
  held.release();
  const waited = line.take('ns/waits');
  expect(waited?.permit).toMatchObject({ budget, left: 3 });
  waited?.[Symbol.dispose]();
  expect(budget.inUse).toBe(0);
});

test('a wait that is long is told once, and goes on', async () => {
  const { clock, queue, budget, line, held, need: anyNeed } = await make();
  const need = { ...anyNeed, lane: 'user' } as const;
  line.wait('ns/waits', need, undefined);
  clock.advance(9_999);
  await flush();
  expect(queue.stats().waiting.user).toBe(0);
  clock.advance(1);
  await flush();
  expect(await queue.take(never)).toMatchObject({ key: 'ns/waits', lane: 'user' });
  const waited = line.take('ns/waits');
  expect(waited).toMatchObject({ since: 0, long: true, permit: undefined });
  line.wait('ns/waits', need, waited);
  queue.done('ns/waits');
  clock.advance(3_600_000);
  await flush();
  expect(queue.stats().waiting.user).toBe(0);
  held.release();
  await flush();
  expect(await queue.take(never)).toMatchObject({ key: 'ns/waits' });
  expect(line.take('ns/waits')).toMatchObject({ since: 0, long: true, permit: { budget } });
});

test('a rotation waits for as long as it takes without a word', async () => {
  const { clock, queue, line, need } = await make();
  line.wait('ns/waits', need, undefined);
  clock.advance(3_600_000);
  await flush();
  expect(queue.stats().waiting.rotation).toBe(0);
});

test('when it ends nobody waits any more, and nobody begins to', async () => {
  const { queue, budget, line, held, need } = await make();
  line.wait('ns/one', need, undefined);
  line[Symbol.dispose]();
  line.wait('ns/two', need, undefined);
  held.release();
  await flush();
  expect([budget.inUse, queue.stats().waiting.user]).toEqual([0, 0]);
});
