import { expect, test } from 'vitest';
import type { Connected } from '../providers/connected.ts';
import { Budget } from '../runtime/budget.ts';
import { BudgetLine, type Waited } from '../runtime/budget-line.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { BudgetSession, type Turn } from './budget-session.ts';

const never = new AbortController().signal;
const flush = async () => {
  for (let i = 0; i < 16; i++) await Promise.resolve();
};

/** An account that does not answer, for which two keys wait. */
const make = async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0.5 });
  const budget = new Budget({ requestsPerMinute: 6_000, burst: 100, concurrency: 4 }, clock, () => 0.5);
  const line = new BudgetLine(queue, clock, (ms) => ms);
  for (let failures = 0; failures < 5; failures++) {
    using _permit = await budget.acquire('user', 1, never);
    budget.failed();
  }
  const need = { budget, lane: 'user', requests: 3 } as const;
  for (const key of ['ns/a', 'ns/b']) line.wait(key, need, undefined);
  return { clock, queue, budget, line, connected: { budget } as Connected };
};
const session = (waited: Waited | undefined, signal = never, clock = new ManualClock()) =>
  new BudgetSession({ lane: 'user', signal, clock, aside: (wait) => wait() }, waited);

/** The key whose turn it is, as a worker takes it. */
const taken = async ({ queue, line }: Awaited<ReturnType<typeof make>>) => {
  await flush();
  return line.take((await queue.take(never))?.key ?? '');
};

test('the key whose turn is the probe of an account that does not answer sends it, though others wait', async () => {
  const world = await make();
  world.clock.advance(1_000);
  expect(world.budget.open).toBe(true);
  using waited = await taken(world);
  using pass = session(waited);
  expect(pass.ask(world.connected, 3)).toMatchObject({ kind: 'turn' });
  expect(world.budget.inUse).toBe(1);
  world.budget.failed();
  expect(pass.ask(world.connected)).toMatchObject({ kind: 'busy' });
});

test('whose turn has come before somebody else was told 429 waits again', async () => {
  const world = await make();
  world.clock.advance(1_000);
  using waited = await taken(world);
  world.budget.throttled(30_000);
  using pass = session(waited);
  expect(pass.ask(world.connected, 3)).toMatchObject({ kind: 'busy' });
  expect(world.budget.inUse).toBe(0);
});

test('what belongs to a request just answered waits for its turn, as long as it may', async () => {
  const { clock, line, connected } = await make();
  using pass = session(undefined, never, clock);
  const late = pass.turn(connected, 999);
  clock.advance(999);
  expect(await late).toBeUndefined();
  const inTime = pass.turn(connected, 60_000);
  line[Symbol.dispose]();
  expect(await inTime).toMatchObject({ kind: 'turn' });
});

test('its wait ends with the pass', async () => {
  const { clock, connected } = await make();
  const stop = new AbortController();
  using pass = session(undefined, stop.signal, clock);
  const waits = pass.turn(connected, 60_000);
  stop.abort(new Error('stopping'));
  await expect(waits).rejects.toThrow('stopping');
});

test('a permit is given back with its last answer, and that of another account before anything is asked', async () => {
  const budget = new Budget(
    { requestsPerMinute: 6_000, burst: 100, concurrency: 4 },
    new ManualClock(),
    () => 1,
  );
  const other = new Budget(
    { requestsPerMinute: 6_000, burst: 100, concurrency: 4 },
    new ManualClock(),
    () => 1,
  );
  using pass = session(undefined);
  for (const inUse of [1, 0]) {
    const turn = pass.ask({ budget } as Connected, 2) as Turn;
    expect(budget.inUse).toBe(1);
    turn[Symbol.dispose]();
    expect(budget.inUse).toBe(inUse);
  }
  expect(pass.ask({ budget } as Connected, 2)).toMatchObject({ kind: 'turn' });
  expect(pass.ask({ budget: other } as Connected)).toMatchObject({ kind: 'turn' });
  expect([budget.inUse, other.inUse]).toEqual([0, 1]);
  pass[Symbol.dispose]();
  expect([budget.inUse, other.inUse]).toEqual([0, 0]);
});
