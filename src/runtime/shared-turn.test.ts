import { expect, test } from 'vitest';
import { SharedTurn } from './shared-turn.ts';

const held = () => {
  const reads: PromiseWithResolvers<string>[] = [];
  const shared = new SharedTurn(() => {
    const read = Promise.withResolvers<string>();
    reads.push(read);
    return read.promise;
  });
  return { reads, shared };
};
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who asks during a read shares the next one, which begins when this one has ended', async () => {
  const { reads, shared } = held();
  const first = shared.take();
  const others = Array.from({ length: 300 }, () => shared.take());
  await settle();
  expect(reads).toHaveLength(1);
  reads[0]?.resolve('old');
  expect(await first).toBe('old');
  await settle();
  expect(reads).toHaveLength(2);
  // It has begun, so whoever comes now gets another one.
  const late = shared.take();
  reads[1]?.resolve('new');
  expect(new Set(await Promise.all(others))).toEqual(new Set(['new']));
  await settle();
  expect(reads).toHaveLength(3);
  reads[2]?.resolve('newest');
  expect(await late).toBe('newest');
});

test('a failed read is told to those who asked for it, and not to those who share the next one', async () => {
  const { reads, shared } = held();
  const first = shared.take();
  const second = shared.take();
  reads[0]?.reject(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await settle();
  reads[1]?.resolve('well');
  expect(await second).toBe('well');
});

test('nothing is kept: each read after the last one is a new one', async () => {
  const { reads, shared } = held();
  for (const [index, answer] of ['a', 'b'].entries()) {
    const asked = shared.take();
    reads[index]?.resolve(answer);
    expect(await asked).toBe(answer);
  }
  expect(reads).toHaveLength(2);
});
