import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Permit } from './budget.ts';
import { ask, flush, makeBudget, never, use } from './testing/budgets.ts';
import { lanes } from './work-queue.ts';

const threeRequests = (permit: Permit): void => {
  for (let n = 0; n < 3; n++) permit.next();
  permit.release();
};

describe('several requests under one permit', () => {
  test('are permitted together, under one slot, and what is not used comes back', () => {
    const { clock, budget } = makeBudget({ burst: 3, concurrency: 2 });
    const three = ask(budget, 'rotation', 3);
    expect([budget.inUse, three?.left, use(budget, 'user')]).toEqual([1, 3, false]);
    three?.next();
    three?.next();
    expect(three?.left).toBe(1);
    three?.release();
    expect([budget.inUse, use(budget, 'user'), use(budget, 'user')]).toEqual([0, true, false]);
    clock.advance(200);
    expect(use(budget, 'rotation')).toBe(true);
    expect(ask(budget, 'rotation', 3)).toBeUndefined();
  });

  test('one that was not foreseen is made, and paid for by those who come later', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    const one = ask(budget, 'user');
    one?.next();
    one?.next();
    one?.release();
    clock.advance(199);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1);
    expect(use(budget, 'user')).toBe(true);
  });

  test('a call that is several requests counts as so many, and not against what may follow it', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    const permit = ask(budget, 'user', 2);
    permit?.next();
    for (let n = 0; n < 4; n++) permit?.sent();
    expect(permit?.left).toBe(1);
    permit?.next();
    permit?.sent();
    permit?.release();
    clock.advance(499);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1);
    expect(use(budget, 'user')).toBe(true);
  });

  test('more than the burst are permitted all the same', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    expect(ask(budget, 'rotation', 3)).toBeDefined();
    clock.advance(299);
    expect(ask(budget, 'rotation', 3)).toBeUndefined();
    clock.advance(1);
    expect(ask(budget, 'rotation', 3)).toBeDefined();
  });

  test('they are found together, though others want each as it comes in', async () => {
    const { clock, budget } = makeBudget({ burst: 3 });
    for (let n = 0; n < 3; n++) use(budget, 'user');
    let isTurn = false;
    void budget.acquire('rotation', 3, never).then(() => (isTurn = true));
    for (let ms = 0; ms < 300; ms += 100) {
      expect([isTurn, use(budget, 'resync')]).toEqual([false, false]);
      clock.advance(100);
      await flush();
    }
    expect(isTurn).toBe(true);
  });
});

test('a tenth of the burst is kept for what a person waits for', () => {
  const { clock, budget } = makeBudget({ burst: 20 });
  let rotations = 0;
  while (use(budget, 'rotation')) rotations++;
  expect([rotations, use(budget, 'user'), use(budget, 'user'), use(budget, 'user')]).toEqual([
    18,
    true,
    true,
    false,
  ]);
  clock.advance(200);
  expect(use(budget, 'rotation')).toBe(false);
  clock.advance(100);
  expect(use(budget, 'rotation')).toBe(true);
});

test('a quarter of the slots and a tenth of the minute are kept for what a person waits for', () => {
  const { clock, budget } = makeBudget({ requestsPerMinute: 60, burst: 60, concurrency: 8 });
  const rotations = Array.from({ length: 6 }, () => ask(budget, 'rotation'));
  expect(rotations.every((permit) => permit !== undefined)).toBe(true);
  expect(ask(budget, 'rotation')).toBeUndefined();
  expect(use(budget, 'user')).toBe(true);
  for (const one of rotations) one?.release();
  clock.advance(1_000);
  let more = 0;
  while (use(budget, 'deletion')) more++;
  expect(more).toBe(60 - 6 - 6 - 1);
  const persons: boolean[] = [];
  for (let n = 0; n < 7; n++) persons.push(use(budget, 'user'));
  expect(persons).toEqual([...Array<boolean>(6).fill(true), false]);
});

test('what has waited for ten seconds takes of what is kept for persons, at that time', async () => {
  const { clock, budget } = makeBudget({ requestsPerMinute: 60, burst: 60, concurrency: 8 });
  for (let n = 0; n < 55; n++) use(budget, 'user');
  let isTurn = false;
  void budget.acquire('rotation', 3, never).then(() => (isTurn = true));
  for (const [ms, turn] of [
    [9_999, false],
    [1, true],
  ] as const) {
    clock.advance(ms);
    await flush();
    expect(isTurn).toBe(turn);
  }
});

test('while persons want more than there is, a rotation begins now and then all the same', async () => {
  const { clock, budget } = makeBudget({ requestsPerMinute: 1_200, burst: 20, concurrency: 8 });
  let rotations = 0;
  let persons = 0;
  const rotate = async () => {
    for (;;) {
      threeRequests(await budget.acquire('rotation', 3, never));
      rotations++;
    }
  };
  const person = async () => {
    for (;;) {
      (await budget.acquire('user', 1, never)).release();
      persons++;
    }
  };
  for (const begin of [rotate, person, person, person]) void begin();
  for (; clock.monotonic() < 180_000; clock.advance(20)) await flush();
  expect(rotations).toBeGreaterThanOrEqual(8);
  expect(persons).toBeGreaterThan(3_000);
});

test('rotations without end: a person who comes meanwhile waits for a moment, and they go on nearly at the full rate', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 300, max: 1_200 }),
      fc.integer({ min: 10, max: 20 }),
      fc.integer({ min: 0, max: 400 }),
      async (requestsPerMinute, burst, keptMs) => {
        const { clock, budget } = makeBudget({ requestsPerMinute, burst, concurrency: 8 });
        let done = 0;
        const rotate = async () => {
          for (;;) {
            const permit = await budget.acquire('rotation', 3, never);
            const kept = Promise.withResolvers<void>();
            clock.timer(keptMs, () => kept.resolve());
            await kept.promise;
            threeRequests(permit);
            done++;
          }
        };
        for (let n = 0; n < 200; n++) void rotate();
        const waits: number[] = [];
        let nextPerson = 500;
        for (; clock.monotonic() < 130_000; clock.advance(25)) {
          await flush();
          const since = clock.monotonic();
          if (since < nextPerson) continue;
          nextPerson += 2_500;
          void budget.acquire('user', 1, never).then((permit) => {
            permit.release();
            waits.push(clock.monotonic() - since);
          });
        }
        expect(waits.length).toBeGreaterThan(45);
        expect(Math.max(...waits)).toBeLessThan(1_500);
        expect(done * 3).toBeGreaterThan(0.7 * requestsPerMinute * 2);
      },
    ),
    { numRuns: 12 },
  );
}, 30_000);

test('a request counts until a minute after its answer, however long that took', () => {
  const { clock, budget } = makeBudget({ requestsPerMinute: 1, burst: 1 });
  const permit = ask(budget, 'user');
  clock.advance(50_000);
  permit?.release();
  clock.advance(59_999);
  expect(ask(budget, 'user')).toBeUndefined();
  clock.advance(1);
  expect(ask(budget, 'user')).toBeDefined();
});

test('whatever happens: in no minute more than the limit, and of several at a time too', async () => {
  const several = fc.record({
    pauseMs: fc.nat({ max: 1_500 }),
    lane: fc.constantFrom(...lanes),
    requests: fc.integer({ min: 1, max: 3 }),
    used: fc.integer({ min: 1, max: 3 }),
    takesMs: fc.nat({ max: 5_000 }),
    waits: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 3, max: 120 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(several, { maxLength: 300 }),
      async (requestsPerMinute, burst, all) => {
        const { clock, budget } = makeBudget({ requestsPerMinute, burst, concurrency: 5 });
        const arrivals: number[] = [];
        for (const { pauseMs, lane, requests, used, takesMs, waits } of all) {
          clock.advance(pauseMs);
          await flush();
          const grant = (permit: Permit): void => {
            clock.timer(takesMs / 2, () => {
              for (let n = 0; n < Math.min(used, requests); n++) {
                permit.next();
                arrivals.push(clock.monotonic());
              }
            });
            clock.timer(takesMs, () => permit.release());
          };
          const leave = budget.wait({ lane, requests, since: clock.monotonic(), grant });
          clock.timer(waits ? 20_000 : 0, leave);
          await flush();
        }
        for (const at of arrivals)
          expect(arrivals.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(
            requestsPerMinute,
          );
      },
    ),
    { numRuns: 200 },
  );
}, 30_000);
