import { expect, test } from 'vitest';
import { Crew } from './crew.ts';

/** Tasks that are taken in order; each tells how many run at once. */
const rig = (size: number) => {
  const crew = new Crew(size);
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let most = 0;
  const ran = crew.run.bind(crew, async (goesHome) => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      most = Math.max(most, ++running);
      await task();
      running--;
      if (goesHome()) return;
    }
  });
  return { crew, waiting, ran, most: () => most };
};
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more work at once than there are workers', async () => {
  const { waiting, ran, most } = rig(3);
  for (let task = 0; task < 20; task++) waiting.push(tick);
  await ran();
  expect(most()).toBe(3);
});

test('whoever steps aside is replaced, and the others go on', async () => {
  const { crew, waiting, ran } = rig(1);
  const woken = Promise.withResolvers<void>();
  const done: string[] = [];
  waiting.push(async () => {
    await crew.aside(() => woken.promise);
    done.push('the patient one');
  });
  for (const name of ['a', 'b', 'c'])
    waiting.push(async () => {
      await tick();
      done.push(name);
      if (name === 'c') woken.resolve();
    });
  await ran();
  expect(done).toEqual(['a', 'b', 'c', 'the patient one']);
});

test('afterwards there are as many as before', async () => {
  const { crew, waiting, ran, most } = rig(2);
  for (let task = 0; task < 6; task++) waiting.push(() => crew.aside(tick));
  for (let task = 0; task < 50; task++) waiting.push(tick);
  const before: number[] = [];
  waiting.push(async () => void before.push(most()));
  await ran();
  // One that came back and the one in its place overlap for the rest of one task, not for longer.
  expect(most()).toBeLessThanOrEqual(2 + 6);
  expect(before).toHaveLength(1);
});

test('a wait that fails counts as one that ends', async () => {
  const { crew, waiting, ran } = rig(1);
  const failures: unknown[] = [];
  waiting.push(async () => {
    await crew.aside(() => Promise.reject(new Error('no'))).catch((error: unknown) => failures.push(error));
  });
  waiting.push(tick);
  await ran();
  expect(failures).toHaveLength(1);
});

test('outside of a run it only waits', async () => {
  expect(await new Crew(1).aside(() => Promise.resolve(7))).toBe(7);
});
