import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget, type Limits, type Permit } from './budget.ts';
import { ManualClock } from './manual-clock.ts';
import { type Lane, lanes } from './work-queue.ts';

const never = new AbortController().signal;
const makeBudget = (limits: Partial<Limits> = {}, random: () => number = () => 0.5) => {
  const clock = new ManualClock();
  const budget = new Budget({ requestsPerMinute: 600, burst: 20, concurrency: 4, ...limits }, clock, random);
  return { clock, budget };
};
const flush = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};
/** Takes and gives back at once. */
const use = (budget: Budget, lane: Lane): boolean => {
  const admission = budget.tryAcquire(lane);
  if (admission.granted) admission.release();
  return admission.granted;
};
const refusal = (budget: Budget, lane: Lane): number => {
  const admission = budget.tryAcquire(lane);
  return admission.granted ? -1 : admission.retryAfterMs;
};

test('it grants the burst, then at the rate', () => {
  const { clock, budget } = makeBudget({ burst: 3 });
  expect([1, 2, 3, 4].map(() => use(budget, 'user'))).toEqual([true, true, true, false]);
  clock.advance(99);
  expect(use(budget, 'user')).toBe(false);
  clock.advance(1);
  expect(use(budget, 'user')).toBe(true);
});

test('it grants no more at a time than the concurrency, and a release twice counts once', () => {
  const { budget } = makeBudget({ concurrency: 2 });
  const first = budget.tryAcquire('user');
  expect(use(budget, 'user')).toBe(true);
  const second = budget.tryAcquire('user');
  expect(refusal(budget, 'user')).toBeGreaterThan(0);
  if (!first.granted || !second.granted) throw new Error('not granted');
  first.release();
  first.release();
  expect(budget.inUse).toBe(1);
  const third = budget.tryAcquire('user');
  expect(third.granted).toBe(true);
  expect(budget.tryAcquire('user').granted).toBe(false);
});

test('a thousand refused come back one after the other, not together', () => {
  const { budget } = makeBudget({ burst: 1 });
  use(budget, 'user');
  const waits = Array.from({ length: 1_000 }, () => refusal(budget, 'user'));
  expect(waits[0]).toBeGreaterThan(90);
  // At 600 a minute: about ten in each second.
  const perSecond = Map.groupBy(waits, (ms) => Math.floor(ms / 1_000));
  expect(Math.max(...[...perSecond.values()].map((all) => all.length))).toBeLessThanOrEqual(11);
  expect(Math.max(...waits)).toBeLessThan(102_000);
});

test('all refused are granted in the end, at nearly the full rate', () => {
  const { clock, budget } = makeBudget({ burst: 5 });
  const due: number[] = Array.from({ length: 300 }, () => 0);
  let granted = 0;
  while (due.length > 0 && clock.monotonic() < 120_000) {
    due.sort((a, b) => a - b);
    const next = due.shift() as number;
    clock.advance(Math.max(0, next - clock.monotonic()));
    const admission = budget.tryAcquire('user');
    if (admission.granted) {
      granted++;
      admission.release();
    } else due.push(clock.monotonic() + admission.retryAfterMs);
  }
  expect(granted).toBe(300);
  expect(clock.monotonic()).toBeLessThan(45_000); // 295 at ten a second: 29.5 s.
});

describe('lanes', () => {
  test('a sweep leaves the next token to a user who was refused', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    use(budget, 'user');
    const waitMs = refusal(budget, 'user');
    clock.advance(100);
    expect(use(budget, 'resync')).toBe(false);
    clock.advance(waitMs - 100);
    expect(use(budget, 'user')).toBe(true);
  });

  test('a user is not held up by the promises made to sweeps', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    use(budget, 'user');
    for (let i = 0; i < 100; i++) refusal(budget, 'resync');
    expect(refusal(budget, 'user')).toBeLessThan(200);
    clock.advance(100);
    expect(use(budget, 'user')).toBe(true);
  });

  test('a sweep goes on, if slowly, while users want more than there is', async () => {
    const { clock, budget } = makeBudget({ burst: 2 });
    let pages = 0;
    const sweep = async () => {
      for (;;) {
        const permit = await budget.acquire('resync', never);
        permit.release();
        pages++;
      }
    };
    void sweep();
    let users = 0;
    for (let ms = 0; ms < 60_000; ms += 20) {
      clock.advance(20);
      if (use(budget, 'user')) users++;
      await flush();
    }
    expect(pages).toBeGreaterThanOrEqual(5);
    expect(users).toBeGreaterThan(500);
  });
});

describe('waiting', () => {
  test('is in order, and ends when a permit is given back', async () => {
    const { budget } = makeBudget({ concurrency: 1 });
    const held = budget.tryAcquire('user');
    const order: string[] = [];
    const wait = async (name: string, lane: Lane) => {
      const permit = await budget.acquire(lane, never);
      order.push(name);
      permit.release();
    };
    const all = [wait('sweep 1', 'resync'), wait('sweep 2', 'resync'), wait('rotation', 'rotation')];
    await flush();
    expect(order).toEqual([]);
    if (held.granted) held.release();
    await Promise.all(all);
    expect(order).toEqual(['rotation', 'sweep 1', 'sweep 2']);
  });

  test('ends by the clock when tokens come in', async () => {
    const { clock, budget } = makeBudget({ burst: 1, requestsPerMinute: 60 });
    use(budget, 'user');
    let permit: Permit | undefined;
    void (async () => {
      permit = await budget.acquire('resync', never);
    })();
    clock.advance(999);
    await flush();
    expect(permit).toBeUndefined();
    clock.advance(1);
    await flush();
    expect(permit).toBeDefined();
  });

  test('ends with the signal, and leaves nothing behind', async () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    use(budget, 'user');
    const stop = new AbortController();
    const waiting = budget.acquire('resync', stop.signal);
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(budget.acquire('resync', stop.signal)).rejects.toThrow('stopping');
    clock.advance(1_000);
    expect(use(budget, 'user')).toBe(true);
  });
});

describe('an account that says no', () => {
  test('429 slows everybody until then, and the burst is gone', () => {
    const { clock, budget } = makeBudget();
    budget.throttled(30_000);
    expect(budget.retryAt).toBe(clock.now() + 30_000);
    expect(refusal(budget, 'user')).toBeGreaterThanOrEqual(30_000);
    clock.advance(29_999);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(101);
    expect([use(budget, 'user'), use(budget, 'user')]).toEqual([true, false]);
    expect(budget.retryAt).toBeUndefined();
  });

  test('429 without a number waits longer each time, until an answer', () => {
    const { clock, budget } = makeBudget({}, () => 1 - Number.EPSILON);
    const waits = [1, 2, 3].map(() => {
      budget.throttled();
      const ms = (budget.retryAt ?? 0) - clock.now();
      clock.advance(ms);
      return Math.round(ms);
    });
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    budget.succeeded();
    budget.throttled();
    expect(Math.round((budget.retryAt ?? 0) - clock.now())).toBe(1_000);
  });

  test('five failures close it to all but one probe at a time', () => {
    const { clock, budget } = makeBudget({}, () => 0.999_999);
    for (let i = 0; i < 5; i++) budget.failed();
    expect([budget.open, use(budget, 'user')]).toEqual([true, false]);
    clock.advance(1_000);
    const probe = budget.tryAcquire('resync');
    expect([probe.granted, use(budget, 'user')]).toEqual([true, false]);
    budget.failed();
    if (probe.granted) probe.release();
    clock.advance(1_000);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1_000);
    const again = budget.tryAcquire('user');
    budget.succeeded();
    expect([again.granted, budget.open, use(budget, 'user')]).toEqual([true, false, true]);
  });

  test('a probe that is given back unused is granted to the next', () => {
    const { clock, budget } = makeBudget();
    for (let i = 0; i < 5; i++) budget.failed();
    clock.advance(1_000);
    expect([use(budget, 'user'), use(budget, 'user')]).toEqual([true, true]);
  });
});

test('other limits hold at once', () => {
  const { clock, budget } = makeBudget({ burst: 20, concurrency: 1 });
  const first = budget.tryAcquire('user');
  expect(use(budget, 'user')).toBe(false);
  budget.setLimits({ requestsPerMinute: 60, burst: 2, concurrency: 3 });
  expect([use(budget, 'user'), use(budget, 'user'), use(budget, 'user')]).toEqual([true, true, false]);
  clock.advance(1_000);
  expect(use(budget, 'user')).toBe(true);
  expect(first.granted).toBe(true);
});

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('try' as const), lane: fc.constantFrom(...lanes) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const), index: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat({ max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('throttled' as const), ms: fc.nat({ max: 5_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('failed' as const, 'succeeded' as const) }) },
);

test('whatever happens: rate, concurrency, throttle and the one probe hold', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_200 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(action, { maxLength: 150 }),
      (requestsPerMinute, burst, concurrency, actions) => {
        const { clock, budget } = makeBudget({ requestsPerMinute, burst, concurrency }, () => 0.3);
        const grants: number[] = [];
        let held: Permit[] = [];
        let throttledUntil = 0;
        let grantsWhileOpen = 0;
        for (const one of actions) {
          if (one.do === 'try') {
            const wasOpen = budget.open;
            const admission = budget.tryAcquire(one.lane);
            if (!admission.granted) {
              expect(admission.retryAfterMs).toBeGreaterThan(0);
              continue;
            }
            expect(clock.monotonic()).toBeGreaterThanOrEqual(throttledUntil);
            grants.push(clock.monotonic());
            held.push(admission);
            grantsWhileOpen = wasOpen ? grantsWhileOpen + 1 : 0;
            expect(held.length).toBeLessThanOrEqual(concurrency);
            expect(grantsWhileOpen).toBeLessThanOrEqual(1);
          } else if (one.do === 'release') {
            held.splice(one.index % Math.max(1, held.length), 1)[0]?.release();
            grantsWhileOpen = 0;
          } else if (one.do === 'advance') clock.advance(one.ms);
          else if (one.do === 'throttled') {
            budget.throttled(one.ms);
            throttledUntil = Math.max(throttledUntil, clock.monotonic() + one.ms);
          } else {
            if (one.do === 'failed') budget.failed();
            else budget.succeeded();
            grantsWhileOpen = 0;
          }
        }
        grants.forEach((at, to) => {
          const span = at - (grants[0] as number);
          expect(to + 1).toBeLessThanOrEqual(burst + (span * requestsPerMinute) / 60_000 + 0.01);
        });
        held = [];
      },
    ),
    { numRuns: 300 },
  );
});
