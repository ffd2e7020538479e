import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Budget, type Permit } from './budget.ts';
import { ask, flush, makeBudget, never, use } from './testing/budgets.ts';
import { type Lane, lanes } from './work-queue.ts';

const uses = (budget: Budget, lane: Lane, times: number): boolean[] =>
  Array.from({ length: times }, () => use(budget, lane));
/** Waits, and gives back at once. */
const queue = async (budget: Budget, lane: Lane, onTurn: () => void = () => {}, requests = 1) => {
  const permit = await budget.acquire(lane, requests, never);
  onTurn();
  permit.release();
};

test('it grants the burst, then at the rate', () => {
  const { clock, budget } = makeBudget({ burst: 3 });
  expect(uses(budget, 'user', 4)).toEqual([true, true, true, false]);
  clock.advance(99);
  expect(use(budget, 'user')).toBe(false);
  clock.advance(1);
  expect(use(budget, 'user')).toBe(true);
});

test('it grants no more at a time than the concurrency, and a release twice counts once', () => {
  const { budget } = makeBudget({ concurrency: 2 });
  const first = ask(budget, 'user');
  expect(use(budget, 'user')).toBe(true);
  const second = ask(budget, 'user');
  expect(use(budget, 'user')).toBe(false);
  expect(second).toBeDefined();
  first?.release();
  first?.release();
  expect(budget.inUse).toBe(1);
  expect(ask(budget, 'user')).toBeDefined();
  expect(ask(budget, 'user')).toBeUndefined();
});

test('a thousand who wait are granted one after the other, at the full rate', async () => {
  const { clock, budget } = makeBudget({ burst: 5 });
  let granted = 0;
  const all = Array.from({ length: 1_000 }, () => queue(budget, 'user', () => granted++));
  const each: number[] = [];
  for (; granted < 1_000 && clock.monotonic() < 120_000; clock.advance(50)) {
    await flush();
    each.push(granted);
  }
  await Promise.all(all);
  // Ten a second.
  const aSecond = each.slice(20).map((count, index) => count - (each[index] ?? 0));
  expect(Math.max(...aSecond)).toBeLessThanOrEqual(15);
  expect(clock.monotonic()).toBeLessThan(103_000);
});

describe('lanes', () => {
  test('a sweep leaves the next request to a user who waits', async () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    use(budget, 'user');
    const order: string[] = [];
    void queue(budget, 'resync', () => order.push('resync'));
    void queue(budget, 'user', () => order.push('user'));
    clock.advance(100);
    await flush();
    expect(order).toEqual(['user']);
    clock.advance(100);
    await flush();
    expect(order).toEqual(['user', 'resync']);
  });

  test('a user who comes is not held up by a hundred sweeps that wait', async () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    use(budget, 'user');
    for (let i = 0; i < 100; i++) void queue(budget, 'resync');
    clock.advance(99);
    let isTurn = false;
    void queue(budget, 'user', () => (isTurn = true));
    clock.advance(1);
    await flush();
    expect(isTurn).toBe(true);
  });

  test('a sweep goes on, if slowly, while users want more than there is', async () => {
    const { clock, budget } = makeBudget({ burst: 2 });
    let pages = 0;
    const sweep = async () => {
      for (;;) await queue(budget, 'resync', () => pages++);
    };
    void sweep();
    let users = 0;
    for (let ms = 0; ms < 90_000; ms += 20) {
      clock.advance(20);
      void queue(budget, 'user', () => users++);
      await flush();
    }
    expect(pages).toBeGreaterThanOrEqual(5);
    expect(pages).toBeLessThan(15);
    expect(users).toBeGreaterThan(800);
  });

  test('where each grant takes longer than the patience of a lane, no lane waits for the end of another', async () => {
    const { clock, budget } = makeBudget({ burst: 1, requestsPerMinute: 3 });
    use(budget, 'user');
    const order: string[] = [];
    const lanes = ['user', 'user', 'user', 'user', 'user', 'user', 'deletion', 'resync'] as const;
    for (const lane of lanes) void queue(budget, lane, () => order.push(lane));
    for (let ms = 0; ms < 100_000; ms += 1_000) {
      clock.advance(1_000);
      await flush();
    }
    expect(order).toEqual(['user', 'deletion', 'resync', 'user', 'user']);
  });

  test('after a long 429 they go in their order, each lane once before the rest of the first one', async () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    budget.throttled(60_000);
    const order: string[] = [];
    for (const lane of ['resync', 'rotation', 'user', 'user', 'deletion'] as const)
      void queue(budget, lane, () => order.push(lane));
    for (let ms = 0; ms < 61_000; ms += 100) {
      clock.advance(100);
      await flush();
    }
    expect(order).toEqual(['user', 'deletion', 'rotation', 'resync', 'user']);
  });
});

describe('waiting', () => {
  test('is in order, and ends when a permit is given back', async () => {
    const { budget } = makeBudget({ concurrency: 1 });
    const held = ask(budget, 'user');
    const order: string[] = [];
    const wait = (name: string, lane: Lane) => queue(budget, lane, () => order.push(name));
    const all = [wait('sweep 1', 'resync'), wait('sweep 2', 'resync'), wait('rotation', 'rotation')];
    await flush();
    expect(order).toEqual([]);
    held?.release();
    await Promise.all(all);
    expect(order).toEqual(['rotation', 'sweep 1', 'sweep 2']);
  });

  test('who has waited before stands where its age puts it', () => {
    const { clock, budget } = makeBudget({ concurrency: 1 });
    const held = ask(budget, 'user');
    const order: number[] = [];
    const grantAfter = (since: number) => (permit: Permit) => {
      order.push(since);
      permit.release();
    };
    clock.advance(100);
    for (const since of [50, 90, 20, 60])
      budget.wait({ lane: 'rotation', requests: 1, since, grant: grantAfter(since) });
    held?.release();
    expect(order).toEqual([20, 50, 60, 90]);
  });

  test('ends by the clock when requests come in', async () => {
    const { clock, budget } = makeBudget({ burst: 1, requestsPerMinute: 60 });
    use(budget, 'user');
    let isTurn = false;
    void queue(budget, 'resync', () => (isTurn = true));
    clock.advance(999);
    await flush();
    expect(isTurn).toBe(false);
    clock.advance(1);
    await flush();
    expect(isTurn).toBe(true);
  });

  test('ends with the signal, and leaves nothing behind', async () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    use(budget, 'user');
    const stop = new AbortController();
    const waiting = budget.acquire('resync', 1, stop.signal);
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    clock.advance(1_000);
    await expect(budget.acquire('resync', 1, stop.signal)).rejects.toThrow('stopping');
    expect(use(budget, 'user')).toBe(true);
  });

  test('nobody stands behind one that has left', async () => {
    const { budget } = makeBudget({ burst: 3, concurrency: 2, requestsPerMinute: 60 });
    const held = ask(budget, 'user', 2);
    const stop = new AbortController();
    const leaves = budget.acquire('user', 3, stop.signal);
    let isTurn = false;
    void queue(budget, 'resync', () => (isTurn = true));
    await flush();
    expect(isTurn).toBe(false);
    stop.abort(new Error('it is too late'));
    await expect(leaves).rejects.toThrow('it is too late');
    await flush();
    expect(isTurn).toBe(true);
    held?.release();
  });

  test('a turn that comes in the moment in which the wait ends is not lost', async () => {
    const { clock, budget } = makeBudget({ burst: 1, concurrency: 1 });
    use(budget, 'user');
    const stop = new AbortController();
    const leaves = budget.acquire('user', 1, stop.signal);
    stop.abort(new Error('it is too late'));
    clock.advance(100);
    await expect(leaves).rejects.toThrow('it is too late');
    await flush();
    expect(budget.inUse).toBe(0);
  });

  test('it is counted once, and an asking that does not wait is not', async () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    uses(budget, 'user', 3);
    expect(budget.waits).toBe(0);
    void queue(budget, 'user');
    clock.advance(1_000);
    await flush();
    void queue(budget, 'user');
    expect(budget.waits).toBe(1);
  });
});

describe('an account that says no', () => {
  test('429 slows everybody until then, and the burst is gone', () => {
    const { clock, budget } = makeBudget();
    budget.throttled(30_000);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(29_999);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(101);
    expect(uses(budget, 'user', 2)).toEqual([true, false]);
  });

  test('other limits do not end what a 429 asks for', () => {
    const { clock, budget } = makeBudget();
    budget.throttled(30_000);
    budget.setLimits({ requestsPerMinute: 60, burst: 20, concurrency: 4 });
    clock.advance(30_999);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1);
    expect(uses(budget, 'user', 2)).toEqual([true, false]);
  });

  test('five failures close it to all but one probe at a time', () => {
    const { clock, budget } = makeBudget({}, () => 0.999_999);
    for (let i = 0; i < 5; i++) budget.failed();
    expect([budget.open, use(budget, 'user')]).toEqual([true, false]);
    clock.advance(1_000);
    const probe = ask(budget, 'resync');
    expect([probe !== undefined, use(budget, 'user')]).toEqual([true, false]);
    budget.failed();
    probe?.release();
    clock.advance(1_000);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1_000);
    const again = ask(budget, 'user');
    budget.succeeded();
    expect([again !== undefined, budget.open, use(budget, 'user')]).toEqual([true, false, true]);
  });

  test('while it does not answer a probe waits for those that are under way, and of several none goes on', () => {
    const { clock, budget } = makeBudget();
    const before = [ask(budget, 'user', 3), ask(budget, 'user', 3)];
    for (let i = 0; i < 5; i++) budget.failed();
    expect(before.map((permit) => permit?.isOver)).toEqual([true, true]);
    clock.advance(1_000);
    expect([ask(budget, 'user'), before[0]?.isOver, before[1]?.isOver]).toEqual([undefined, true, true]);
    before[0]?.release();
    // It is a single one now.
    expect(before[1]?.isOver).toBe(false);
    before[1]?.release();
    const probe = ask(budget, 'user', 3);
    expect([probe?.isOver, ask(budget, 'user')]).toEqual([false, undefined]);
    budget.failed();
    expect(probe?.isOver).toBe(true);
  });

  test('when it answers again the next one goes before the probe is given back', async () => {
    const { clock, budget } = makeBudget();
    for (let i = 0; i < 5; i++) budget.failed();
    clock.advance(1_000);
    const probe = ask(budget, 'user', 3);
    let isTurn = false;
    void queue(budget, 'user', () => (isTurn = true));
    await flush();
    expect([probe?.left, isTurn]).toEqual([3, false]);
    budget.succeeded();
    await flush();
    expect(isTurn).toBe(true);
  });

  test('of what was permitted before a 429 nothing is sent until it is over', () => {
    const { clock, budget } = makeBudget();
    const before = ask(budget, 'user', 3);
    expect(before?.isOver).toBe(false);
    budget.throttled(1_000);
    expect(before?.isOver).toBe(true);
    clock.advance(1_000);
    expect(before?.isOver).toBe(false);
  });

  test('a probe that is given back unused is granted to the next', () => {
    const { clock, budget } = makeBudget();
    for (let i = 0; i < 5; i++) budget.failed();
    clock.advance(1_000);
    expect(uses(budget, 'user', 2)).toEqual([true, true]);
  });
});

test('other limits are news for those who wait', async () => {
  const { budget } = makeBudget({ concurrency: 1 });
  const held = ask(budget, 'user');
  let isTurn = false;
  void queue(budget, 'user', () => (isTurn = true));
  await flush();
  expect([held?.left, isTurn]).toEqual([1, false]);
  budget.setLimits({ requestsPerMinute: 600, burst: 20, concurrency: 2 });
  await flush();
  expect(isTurn).toBe(true);
});

test('other limits hold at once', () => {
  const { clock, budget } = makeBudget({ burst: 20, concurrency: 1 });
  const first = ask(budget, 'user');
  expect(use(budget, 'user')).toBe(false);
  budget.setLimits({ requestsPerMinute: 300, burst: 2, concurrency: 3 });
  expect(uses(budget, 'user', 3)).toEqual([true, true, false]);
  clock.advance(200);
  expect(use(budget, 'user')).toBe(true);
  expect(first).toBeDefined();
});

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('try' as const), lane: fc.constantFrom(...lanes) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), lane: fc.constantFrom(...lanes) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), index: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat({ max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('throttled' as const), ms: fc.nat({ max: 5_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('failed' as const, 'succeeded' as const) }) },
);

test('whatever happens: rate, concurrency, throttle and the one probe hold, and nobody waits for ever', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_200 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(action, { maxLength: 150 }),
      async (requestsPerMinute, burst, concurrency, actions) => {
        const { clock, budget } = makeBudget({ requestsPerMinute, burst, concurrency }, () => 0.3);
        const grants: number[] = [];
        const held: Permit[] = [];
        let throttledUntil = 0;
        let waiting = 0;
        const granted = (permit: Permit, at: number): void => {
          expect(at).toBeGreaterThanOrEqual(throttledUntil);
          grants.push(at);
          held.push(permit);
          expect(budget.inUse).toBeLessThanOrEqual(concurrency);
        };
        for (const one of actions) {
          const inUse = budget.inUse;
          if (one.do === 'try') {
            const permit = ask(budget, one.lane);
            if (permit) granted(permit, clock.monotonic());
          } else if (one.do === 'wait') {
            waiting++;
            void budget.acquire(one.lane, 1, never).then((permit) => {
              waiting--;
              granted(permit, clock.monotonic());
            });
          } else if (one.do === 'release') held.splice(one.index % Math.max(1, held.length), 1)[0]?.release();
          else if (one.do === 'advance') {
            // In small steps, so that whoever is granted something is heard of at that time.
            for (let ms = 0; ms < one.ms; ms += 50) {
              clock.advance(Math.min(50, one.ms - ms));
              await flush();
            }
          } else if (one.do === 'throttled') {
            budget.throttled(one.ms);
            throttledUntil = Math.max(throttledUntil, clock.monotonic() + one.ms);
          } else if (one.do === 'failed') budget.failed();
          else budget.succeeded();
          await flush();
          if (budget.open) expect(budget.inUse).toBeLessThanOrEqual(Math.max(inUse, 0) + 1);
        }
        grants.forEach((at, to) => {
          // What was granted within a step is heard of at its end.
          const span = at - (grants[0] as number) + 50;
          expect(to + 1).toBeLessThanOrEqual(burst + (span * requestsPerMinute) / 60_000 + 0.01);
        });
        budget.succeeded();
        for (let minutes = 0; waiting > 0 && minutes < 400; minutes++) {
          for (const permit of held.splice(0)) permit.release();
          clock.advance(60_000);
          await flush();
        }
        expect(waiting).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);
