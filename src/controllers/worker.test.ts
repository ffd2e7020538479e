import pino from 'pino';
import { expect, test } from 'vitest';
import { identityProviders } from '../api/objects.ts';
import { KubeError } from '../kube/errors.ts';
import { Crew } from '../runtime/crew.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { done, type Next } from '../runtime/next.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { runWorkers } from './worker.ts';

/** One worker, and what it logs; `work` gets the number of its calls. */
const start = (work: (times: number) => Next) => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, random: () => 0.5 });
  const lines: string[] = [];
  const stop = new AbortController();
  let times = 0;
  const running = runWorkers(
    {
      queue,
      clock,
      log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
      crew: new Crew(1),
      work: async () => await Promise.resolve(work(++times)),
      onTaken: () => {},
      onWorked: () => {},
    },
    stop.signal,
    stop.signal,
  );
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    queue,
    lines,
    times: () => times,
    async pass(ms: number) {
      await settle();
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50);
        await settle();
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('over'));
      queue.shutDown();
      await running;
    },
  };
};

const refused = (status: number, reason: string): KubeError =>
  new KubeError({ verb: 'patch', resource: identityProviders }, { status, reason, outcome: 'rejected' });

test('a conflict is not logged, and is tried ever more rarely as long as the watch does not show why', async () => {
  await using world = start(() => {
    throw refused(409, 'Conflict');
  });
  world.queue.add('ns/stytch');
  await world.pass(30_000);
  expect(world.times()).toBeGreaterThan(2);
  expect(world.times()).toBeLessThan(10);
  expect(world.lines).toEqual([]);
  // What the watch shows wakes it at once, whatever it would have waited.
  const before = world.times();
  world.queue.add('ns/stytch');
  await world.pass(50);
  expect(world.times()).toBe(before + 1);
});

test.each<[string, Error, number]>([
  ['a refusal of the API server', refused(403, 'Forbidden'), 40],
  ['what nobody foresaw', new TypeError('no'), 50],
])('%s is logged, and the key is tried again', async (_, error, level) => {
  await using world = start((times) => {
    if (times === 1) throw error;
    return done;
  });
  world.queue.add('ns/stytch');
  await world.pass(5_000);
  expect(world.times()).toBe(2);
  expect(world.lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([level]);
});
