import { expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import { secrets } from './resource.ts';
import { readWatch } from './watch-stream.ts';

test('a long stream leaves the event loop to others whenever it has worked for some milliseconds', async () => {
  const clock = new ManualClock();
  const line = JSON.stringify({
    type: 'ADDED',
    object: { metadata: { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1' } },
  });
  const chunk = Buffer.from(`${line}\n`.repeat(1_000));
  let events = 0;
  // Counted by the clock of the reader and not by that of the machine: a busy one works longer, and does no more.
  const perTurn: number[] = [];
  let seen = 0;
  let over = false;
  const turn = (): void => {
    perTurn.push(events - seen);
    seen = events;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const chunks = (async function* () {
    yield chunk;
  })();
  await readWatch(chunks, { verb: 'watch', resource: secrets }, clock, {
    event: () => {
      events++;
      clock.advance(1);
    },
    chunk: () => {},
  });
  over = true;
  expect(events).toBe(1_000);
  // 8 ms of a millisecond each.
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(8);
});
