import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { MinuteWindow } from './minute-window.ts';

test('a request counts until a minute after its answer', () => {
  const clock = new ManualClock();
  const window = new MinuteWindow(3, clock);
  window.take(2);
  clock.advance(90_000);
  expect([window.room, window.waitMs(1), window.waitMs(2)]).toEqual([1, 0, 60_000]);
  window.settle(1, 1);
  expect([window.room, window.waitMs(2)]).toEqual([2, 0]);
  clock.advance(59_999);
  expect(window.room).toBe(2);
  expect(window.waitMs(3)).toBe(1);
  clock.advance(1);
  expect(window.room).toBe(3);
});

test('who asks for more than there ever is waits for all that there is', () => {
  const clock = new ManualClock();
  const window = new MinuteWindow(2, clock);
  expect(window.waitMs(5)).toBe(0);
  window.take(5);
  window.settle(5, 0);
  expect([window.room, window.waitMs(1)]).toEqual([-3, 60_000]);
  window.setLimit(10);
  expect(window.waitMs(5)).toBe(0);
});

test('wherever between permission and answer they arrive: in no minute more than the limit', () => {
  const step = fc.record({
    pauseMs: fc.nat({ max: 4_000 }),
    requests: fc.integer({ min: 1, max: 3 }),
    takesMs: fc.nat({ max: 20_000 }),
    /** Where between permission and answer it arrives. */
    arrives: fc.double({ min: 0, max: 1, noNaN: true }),
    unsent: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 12 }), fc.array(step, { maxLength: 120 }), (limit, steps) => {
      const clock = new ManualClock();
      const window = new MinuteWindow(limit, clock);
      const arrivals: number[] = [];
      for (const { pauseMs, requests, takesMs, arrives, unsent } of steps) {
        clock.advance(pauseMs);
        if (window.waitMs(requests) > 0) continue;
        const sent = unsent ? requests - 1 : requests;
        window.take(requests);
        const from = clock.monotonic();
        for (let n = 0; n < sent; n++) arrivals.push(from + takesMs * arrives);
        clock.timer(takesMs, () => window.settle(sent, requests - sent));
      }
      arrivals.sort((a, b) => a - b);
      for (const [index, at] of arrivals.entries())
        expect(arrivals.slice(index).filter((other) => other < at + 60_000).length).toBeLessThanOrEqual(
          limit,
        );
    }),
    { numRuns: 300 },
  );
});
