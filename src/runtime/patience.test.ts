import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { patiently } from './patience.ts';

const rig = () => {
  const clock = new ManualClock();
  const answer = Promise.withResolvers<string>();
  let asides = 0;
  const waited = patiently(clock, 1_000, answer.promise, async (wait) => {
    asides++;
    return await wait();
  });
  return { clock, answer, waited, asides: () => asides };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a quick answer is waited for on the spot', async () => {
  const { answer, waited, asides } = rig();
  answer.resolve('yes');
  expect(await waited).toBe('yes');
  expect(asides()).toBe(0);
});

test('a slow answer is waited for aside, whatever it is', async () => {
  for (const end of ['yes', new Error('no')]) {
    const { clock, answer, waited, asides } = rig();
    clock.advance(1_000);
    await turn();
    expect(asides()).toBe(1);
    if (typeof end === 'string') answer.resolve(end);
    else answer.reject(end);
    await expect(waited.catch((error: unknown) => error)).resolves.toBe(end);
  }
});

test('an answer that fails at once fails on the spot', async () => {
  const { answer, waited, asides } = rig();
  answer.reject(new Error('no'));
  await expect(waited).rejects.toThrow('no');
  expect(asides()).toBe(0);
});
