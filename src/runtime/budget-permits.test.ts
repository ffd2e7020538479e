import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget, type Limits } from './budget.ts';
import { ManualClock } from './manual-clock.ts';
import { type Lane, lanes } from './work-queue.ts';

const makeBudget = (limits: Partial<Limits> = {}, random: () => number = () => 0.5) => {
  const clock = new ManualClock();
  const budget = new Budget({ requestsPerMinute: 600, burst: 20, concurrency: 4, ...limits }, clock, random);
  return { clock, budget };
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

describe('several requests under one permit', () => {
  test('are permitted together, under one slot, and what is not used comes back', () => {
    const { clock, budget } = makeBudget({ burst: 3, concurrency: 2 });
    const three = budget.tryAcquire('rotation', 3);
    if (!three.granted) throw new Error('not granted');
    expect([budget.inUse, three.left, use(budget, 'user')]).toEqual([1, 2, false]);
    three.next();
    expect(three.left).toBe(1);
    three.release();
    expect([budget.inUse, use(budget, 'user'), use(budget, 'user')]).toEqual([0, true, false]);
    clock.advance(200);
    expect(refusal(budget, 'rotation')).toBe(-1);
    expect(budget.tryAcquire('rotation', 3).granted).toBe(false);
  });

  test('one that was not foreseen is made, and paid for by those who come later', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    const one = budget.tryAcquire('user');
    if (!one.granted) throw new Error('not granted');
    one.next();
    one.release();
    clock.advance(199);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1);
    expect(use(budget, 'user')).toBe(true);
  });

  test('more than the burst are permitted all the same', () => {
    const { clock, budget } = makeBudget({ burst: 1 });
    expect(budget.tryAcquire('rotation', 3).granted).toBe(true);
    clock.advance(299);
    expect(use(budget, 'user')).toBe(false);
    clock.advance(1);
    expect(use(budget, 'user')).toBe(true);
  });
});

test('a quarter of the slots and a tenth of the minute are kept for what a person waits for', () => {
  const { clock, budget } = makeBudget({ requestsPerMinute: 60, burst: 60, concurrency: 8 });
  const rotations = Array.from({ length: 6 }, () => budget.tryAcquire('rotation'));
  expect(rotations.map(({ granted }) => granted)).toEqual(rotations.map(() => true));
  expect(budget.tryAcquire('rotation').granted).toBe(false);
  expect(use(budget, 'user')).toBe(true);
  for (const one of rotations) if (one.granted) one.release();
  clock.advance(1_000);
  let more = 0;
  while (use(budget, 'deletion')) more++;
  expect(more).toBe(60 - 6 - 6 - 1);
  expect([1, 2, 3, 4, 5, 6, 7].map(() => use(budget, 'user'))).toEqual([...Array(6).fill(true), false]);
});

test('while persons want more than there is, a rotation begins now and then all the same', () => {
  const { clock, budget } = makeBudget({ requestsPerMinute: 1_200, burst: 20, concurrency: 8 });
  let rotations = 0;
  let persons = 0;
  for (; clock.monotonic() < 180_000; clock.advance(20)) {
    while (use(budget, 'user')) persons++;
    const admission = budget.tryAcquire('rotation', 3);
    if (!admission.granted) continue;
    admission.next();
    admission.next();
    admission.release();
    rotations++;
  }
  expect(rotations).toBeGreaterThanOrEqual(8);
  expect(persons).toBeGreaterThan(3_000);
});

test('rotations without end: a person who comes meanwhile waits for a moment, and they go on nearly at the full rate', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 300, max: 1_200 }),
      fc.integer({ min: 10, max: 20 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (requestsPerMinute, burst, chance) => {
        const { clock, budget } = makeBudget({ requestsPerMinute, burst, concurrency: 8 }, () => chance);
        const rotations = Array.from({ length: 200 }, () => 0);
        let person: { readonly since: number; at: number } | undefined;
        let nextPerson = 500;
        const waits: number[] = [];
        let done = 0;
        for (; clock.monotonic() < 130_000; clock.advance(25)) {
          const now = clock.monotonic();
          if (!person && now >= nextPerson) {
            person = { since: now, at: now };
            nextPerson += 2_500;
          }
          if (person && person.at <= now) {
            const admission = budget.tryAcquire('user');
            if (admission.granted) {
              admission.release();
              waits.push(now - person.since);
              person = undefined;
            } else person.at = now + admission.retryAfterMs;
          }
          for (const [index, at] of rotations.entries()) {
            if (at > now) continue;
            const admission = budget.tryAcquire('rotation', 3);
            if (admission.granted) {
              admission.next();
              admission.next();
              admission.release();
              done++;
            } else rotations[index] = now + admission.retryAfterMs;
          }
        }
        expect(waits.length).toBeGreaterThan(45);
        expect(Math.max(...waits)).toBeLessThan(1_500);
        expect(done * 3).toBeGreaterThan(0.7 * requestsPerMinute * 2);
      },
    ),
    { numRuns: 12 },
  );
}, 30_000);

test('whatever happens: in no minute more than the limit, and of several at a time too', () => {
  const several = fc.record({
    pauseMs: fc.nat({ max: 1_500 }),
    lane: fc.constantFrom(...lanes),
    requests: fc.integer({ min: 1, max: 3 }),
    used: fc.integer({ min: 1, max: 3 }),
    takesMs: fc.nat({ max: 5_000 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 120 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(several, { maxLength: 300 }),
      (requestsPerMinute, burst, all) => {
        const { clock, budget } = makeBudget({ requestsPerMinute, burst, concurrency: 5 });
        const arrivals: number[] = [];
        for (const { pauseMs, lane, requests, used, takesMs } of all) {
          clock.advance(pauseMs);
          const admission = budget.tryAcquire(lane, requests);
          if (!admission.granted) continue;
          clock.timer(takesMs / 2, () => {
            arrivals.push(clock.monotonic());
            for (let n = 1; n < Math.min(used, requests); n++) {
              admission.next();
              arrivals.push(clock.monotonic());
            }
          });
          clock.timer(takesMs, () => admission.release());
        }
        for (const at of arrivals)
          expect(arrivals.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(
            requestsPerMinute,
          );
      },
    ),
    { numRuns: 200 },
  );
});
