import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { lanes, WorkQueue } from './work-queue.ts';

const never = new AbortController().signal;
const makeQueue = (random = () => 0.5) => {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock, random }) };
};
const takeKey = async (queue: WorkQueue) => (await queue.take(never))?.key;

test('a key added many times is taken once', async () => {
  const { queue } = makeQueue();
  for (let i = 0; i < 5; i++) queue.add('a');
  queue.add('b');
  expect([await takeKey(queue), await takeKey(queue)]).toEqual(['a', 'b']);
  expect(queue.stats().waiting.user).toBe(0);
});

test('a key added while it is worked on is queued again when that is done, and not before', async () => {
  const { queue } = makeQueue();
  queue.add('a', 'resync');
  await queue.take(never);
  queue.add('a', 'rotation');
  queue.add('a', 'resync');
  expect(queue.stats()).toMatchObject({ processing: 1, waiting: { rotation: 0, resync: 0 } });
  queue.done('a');
  expect(await queue.take(never)).toEqual({ key: 'a', lane: 'rotation', waitedMs: 0 });
});

test('of two delays the earlier one holds, whichever came first', async () => {
  for (const delays of [
    [100, 500],
    [500, 100],
  ] as const) {
    const { clock, queue } = makeQueue();
    for (const ms of delays) queue.addAfter('a', ms);
    clock.advance(99);
    expect(queue.stats()).toMatchObject({ delayed: 1, waiting: { user: 0 } });
    clock.advance(1);
    expect(queue.stats()).toMatchObject({ delayed: 0, waiting: { user: 1 } });
    clock.advance(1_000);
    await takeKey(queue);
    expect(queue.stats()).toMatchObject({ delayed: 0, waiting: { user: 0 }, processing: 1 });
  }
});

test('failures lengthen the delay until they are forgotten', () => {
  const { queue } = makeQueue(() => 0.999_999);
  const delays = Array.from({ length: 11 }, () => Math.round(queue.addRateLimited('a') / 1000));
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(queue.failures('a')).toBe(11);
  queue.forget('a');
  expect(queue.failures('a')).toBe(0);
  expect(Math.round(queue.addRateLimited('a') / 1000)).toBe(1);
});

test('an urgent lane goes first, and a key that waits moves up to it', async () => {
  const { queue } = makeQueue();
  queue.add('r1', 'resync');
  queue.add('r2', 'resync');
  queue.add('d', 'deletion');
  queue.add('u', 'user');
  queue.add('r2', 'user');
  expect([await takeKey(queue), await takeKey(queue), await takeKey(queue), await takeKey(queue)]).toEqual([
    'u',
    'r2',
    'd',
    'r1',
  ]);
});

test('the least urgent key is not overtaken by what comes more than three steps later', async () => {
  const { clock, queue } = makeQueue();
  queue.add('old', 'resync');
  clock.advance(14_999);
  queue.add('u1', 'user');
  clock.advance(2);
  queue.add('u2', 'user');
  expect([await takeKey(queue), await takeKey(queue), await takeKey(queue)]).toEqual(['u1', 'old', 'u2']);
});

test('a take waits for the next add, and each add wakes one', async () => {
  const { clock, queue } = makeQueue();
  const both = Promise.all([queue.take(never), queue.take(never)]);
  queue.addAfter('later', 1_000);
  queue.add('now');
  clock.advance(1_000);
  expect((await both).map((taken) => taken?.key)).toEqual(['now', 'later']);
});

test('a taker that gives up at the moment of a wake-up passes it on', async () => {
  const { queue } = makeQueue();
  const impatient = new AbortController();
  const first = queue.take(impatient.signal);
  const second = queue.take(never);
  queue.add('a');
  impatient.abort();
  expect(await first).toBeUndefined();
  expect((await second)?.key).toBe('a');
});

test('after the shut-down nothing is handed out, and drain waits for what is worked on', async () => {
  const { clock, queue } = makeQueue();
  queue.add('a');
  await queue.take(never);
  const waiting = queue.take(never);
  queue.add('b');
  queue.addAfter('c', 10);
  expect((await waiting)?.key).toBe('b');
  const idle = queue.take(never);
  queue.shutDown();
  expect(await idle).toBeUndefined();
  queue.add('d');
  clock.advance(100);
  expect(await queue.take(never)).toBeUndefined();
  let drained = false;
  const drain = (async () => {
    await queue.drain();
    drained = true;
  })();
  queue.done('a');
  await Promise.resolve();
  expect(drained).toBe(false);
  queue.done('b');
  await drain;
});

test('ages are reported for the longest wait and the longest work', async () => {
  const { clock, queue } = makeQueue();
  queue.add('a');
  clock.advance(10);
  queue.add('b', 'resync');
  clock.advance(20);
  expect(queue.stats()).toMatchObject({ oldestWaitMs: 30, longestWorkMs: 0 });
  await queue.take(never);
  clock.advance(5);
  expect(queue.stats()).toMatchObject({ oldestWaitMs: 25, longestWorkMs: 5, adds: 2 });
});

test('what stood here before anybody was to take it has not waited', async () => {
  const { clock, queue } = makeQueue();
  queue.add('a');
  clock.advance(3_600_000);
  queue.start();
  clock.advance(7);
  expect(queue.stats()).toMatchObject({ oldestWaitMs: 7 });
  expect(await queue.take(never)).toEqual({ key: 'a', lane: 'user', waitedMs: 7 });
});

/** Keys `account/name`, of which each account may have two worked on at a time. */
const sharedQueue = () => {
  const clock = new ManualClock();
  const share = { of: (key: string) => (key.includes('/') ? key.split('/')[0] : undefined), most: 2 };
  return { clock, queue: new WorkQueue({ clock, random: () => 0.5, share }) };
};

test('of one group only its share is taken, and what came after it goes first', async () => {
  const { queue } = sharedQueue();
  for (const one of ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'alone']) queue.add(one);
  expect([await takeKey(queue), await takeKey(queue)]).toEqual(['a/1', 'a/2']);
  expect([await takeKey(queue), await takeKey(queue)]).toEqual(['b/1', 'alone']);
  expect(queue.stats()).toMatchObject({ waiting: { user: 2 }, processing: 4 });
  const next = takeKey(queue);
  queue.done('a/2');
  expect(await next).toBe('a/3');
});

test('whoever steps aside makes room for another one of its group', async () => {
  const { queue } = sharedQueue();
  for (const one of ['a/1', 'a/2', 'a/3', 'a/4']) queue.add(one);
  await queue.take(never);
  await queue.take(never);
  const woken = Promise.withResolvers<void>();
  const next = takeKey(queue);
  const aside = queue.aside('a/1', () => woken.promise);
  expect(await next).toBe('a/3');
  woken.resolve();
  await aside;
  // Three are worked on now: two must be done before the next one begins.
  const last = takeKey(queue);
  queue.done('a/1');
  queue.add('b/1');
  expect(await last).toBe('b/1');
  queue.done('a/2');
  expect(await takeKey(queue)).toBe('a/4');
});

test('what is added first goes before all of its lane that wait, and within its group too when its share is free', async () => {
  const { clock, queue } = sharedQueue();
  for (const one of ['a/1', 'a/2', 'a/3', 'b/1']) queue.add(one);
  await queue.take(never);
  await queue.take(never);
  queue.add('a/4');
  clock.advance(10);
  // It waits itself, it is not known yet, and it is worked on.
  queue.addFirst('a/4', 'user');
  expect(await takeKey(queue)).toBe('b/1');
  queue.addFirst('c/1', 'user');
  queue.add('c/2');
  expect(await takeKey(queue)).toBe('c/1');
  queue.addFirst('a/1', 'user');
  queue.done('a/1');
  // Of one group the one that was first before.
  expect([await takeKey(queue), await takeKey(queue)]).toEqual(['a/4', 'c/2']);
  queue.done('a/2');
  expect(await takeKey(queue)).toBe('a/1');
  queue.done('a/4');
  expect(await takeKey(queue)).toBe('a/3');
});

test('what is added first stays in the more urgent lane in which it waits', async () => {
  const { queue } = sharedQueue();
  queue.add('a/1', 'user');
  queue.addFirst('a/1', 'rotation');
  expect(queue.stats().waiting).toMatchObject({ user: 1, rotation: 0 });
  expect(await queue.take(never)).toMatchObject({ key: 'a/1', lane: 'user' });
});

test('a key that was passed over moves up, keeps its wait, and does not count as one that nobody takes', async () => {
  const { clock, queue } = sharedQueue();
  for (const one of ['a/1', 'a/2', 'a/3']) queue.add(one);
  await queue.take(never);
  await queue.take(never);
  clock.advance(10);
  queue.add('a/4', 'resync');
  queue.add('b/1', 'resync');
  expect(await takeKey(queue)).toBe('b/1');
  clock.advance(90);
  expect(queue.stats()).toMatchObject({ oldestWaitMs: 0, waiting: { user: 1, resync: 1 } });
  queue.add('a/4', 'user');
  queue.done('a/1');
  expect(await queue.take(never)).toEqual({ key: 'a/3', lane: 'user', waitedMs: 100 });
  queue.done('a/2');
  expect(await queue.take(never)).toEqual({ key: 'a/4', lane: 'user', waitedMs: 0 });
});

/** The state table of work-queue.ts, as data. */
class Model {
  readonly waiting = new Map<string, { lane: number; since: number }>();
  readonly processing = new Map<string, number | undefined>();
  readonly delayed = new Map<string, { due: number; lane: number }>();
  now = 0;

  add(key: string, lane: number): void {
    if (this.processing.has(key)) {
      this.processing.set(key, Math.min(this.processing.get(key) ?? lane, lane));
      return;
    }
    const known = this.waiting.get(key);
    if (known === undefined || this.now + lane * 5_000 < known.since + known.lane * 5_000)
      this.waiting.set(key, { lane, since: this.now });
  }

  addAfter(key: string, ms: number, lane: number): void {
    const known = this.delayed.get(key);
    const due = this.now + ms;
    this.delayed.set(key, {
      due: Math.min(due, known?.due ?? due),
      lane: Math.min(lane, known?.lane ?? lane),
    });
  }

  advance(ms: number): void {
    const end = this.now + ms;
    const due = [...this.delayed]
      .filter(([, delay]) => delay.due <= end)
      .toSorted((a, b) => a[1].due - b[1].due);
    for (const [key, delay] of due) {
      this.delayed.delete(key);
      this.now = delay.due;
      this.add(key, delay.lane);
    }
    this.now = end;
  }

  done(key: string): void {
    const dirty = this.processing.get(key);
    this.processing.delete(key);
    if (dirty !== undefined) this.add(key, dirty);
  }

  bestRank(): number {
    return Math.min(...[...this.waiting.values()].map(({ lane, since }) => since + lane * 5_000));
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const lane = fc.nat({ max: lanes.length - 1 });
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key, lane }),
  fc.record({ do: fc.constant('addAfter' as const), key, lane, ms: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 10_000 }) }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('done' as const), key }),
);

test('whatever is done to it, it behaves like its state table', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, queue } = makeQueue();
      const model = new Model();
      for (const one of steps) {
        if (one.do === 'add') {
          queue.add(one.key, lanes[one.lane]);
          model.add(one.key, one.lane);
        } else if (one.do === 'addAfter') {
          queue.addAfter(one.key, one.ms, lanes[one.lane]);
          model.addAfter(one.key, one.ms, one.lane);
        } else if (one.do === 'advance') {
          clock.advance(one.ms);
          model.advance(one.ms);
        } else if (one.do === 'done') {
          queue.done(one.key);
          if (model.processing.has(one.key)) model.done(one.key);
        } else if (model.waiting.size > 0) {
          const best = model.bestRank();
          const taken = await queue.take(never);
          const expected = model.waiting.get(taken?.key ?? '');
          expect(expected, 'only what waits is taken').toBeDefined();
          if (!taken || !expected) return;
          expect(model.processing.has(taken.key), 'never twice at a time').toBe(false);
          expect(taken).toEqual({
            key: taken.key,
            lane: lanes[expected.lane],
            waitedMs: model.now - expected.since,
          });
          expect(expected.since + expected.lane * 5_000, 'the first in rank').toBe(best);
          model.waiting.delete(taken.key);
          model.processing.set(taken.key, undefined);
        }
        const stats = queue.stats();
        const waiting = lanes.map(
          (_, index) => [...model.waiting.values()].filter((w) => w.lane === index).length,
        );
        expect(Object.values(stats.waiting)).toEqual(waiting);
        expect([stats.delayed, stats.processing]).toEqual([model.delayed.size, model.processing.size]);
      }
    }),
    { numRuns: 300 },
  );
});

test('fifty thousand keys go through without a quadratic step', async () => {
  const { clock, queue } = makeQueue();
  const begun = performance.now();
  for (let i = 0; i < 50_000; i++) queue.addAfter(`k${i}`, 1 + (i % 1000));
  for (let i = 0; i < 50_000; i++) queue.addAfter(`k${i}`, 1 + ((i * 7) % 1000));
  clock.advance(1_000);
  for (let i = 0; i < 50_000; i++) queue.done((await queue.take(never))?.key ?? '');
  expect(queue.stats()).toMatchObject({ delayed: 0, processing: 0, oldestWaitMs: 0 });
  expect(performance.now() - begun).toBeLessThan(5_000);
});
