import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';

const answer = (adaptive: AdaptiveConcurrency, times: number): number => {
  for (let time = 0; time < times; time++) adaptive.answered();
  return adaptive.slots;
};

test('it begins with all that is allowed', () => {
  expect(new AdaptiveConcurrency(8).slots).toBe(8);
});

test('half each time, and never none', () => {
  const adaptive = new AdaptiveConcurrency(8);
  const sizes = [0, 100, 200, 300, 400].map((now) => {
    adaptive.overwhelmed(now, 50);
    return adaptive.slots;
  });
  expect(sizes).toEqual([4, 2, 1, 1, 1]);
});

test('what was sent together is one cut', () => {
  const adaptive = new AdaptiveConcurrency(8);
  for (const now of [0, 1, 2, 49]) adaptive.overwhelmed(now, 50);
  expect(adaptive.slots).toBe(4);
  adaptive.overwhelmed(50, 50);
  expect(adaptive.slots).toBe(2);
});

test('one more for each round of answers', () => {
  const adaptive = new AdaptiveConcurrency(4);
  adaptive.overwhelmed(0, 1);
  adaptive.overwhelmed(2, 1);
  expect(adaptive.slots).toBe(1);
  expect([answer(adaptive, 1), answer(adaptive, 2), answer(adaptive, 3), answer(adaptive, 9)]).toEqual([
    2, 3, 4, 4,
  ]);
});

test('another limit: at once where all was borne until now, and never above it', () => {
  const adaptive = new AdaptiveConcurrency(4);
  adaptive.setMost(16);
  expect(adaptive.slots).toBe(16);
  adaptive.overwhelmed(0, 1);
  adaptive.setMost(32);
  expect(adaptive.slots).toBe(8);
  adaptive.setMost(2);
  expect(adaptive.slots).toBe(2);
});

test('whatever happens: at least one, and no more than is allowed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 256 }),
      fc.array(
        fc.oneof(fc.constant('answered'), fc.constant('overwhelmed'), fc.integer({ min: 1, max: 256 })),
      ),
      (first, events) => {
        const adaptive = new AdaptiveConcurrency(first);
        let most = first;
        for (const [now, event] of events.entries()) {
          if (event === 'answered') adaptive.answered();
          else if (event === 'overwhelmed') adaptive.overwhelmed(now, 1);
          else {
            most = event;
            adaptive.setMost(most);
          }
          expect(adaptive.slots).toBeGreaterThanOrEqual(1);
          expect(adaptive.slots).toBeLessThanOrEqual(most);
        }
      },
    ),
  );
});
