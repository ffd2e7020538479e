import { expect, test } from 'vitest';
import { remembered } from './remembered.ts';

test('what says the same is read once, and what differs in a letter is read anew', () => {
  const seen: unknown[] = [];
  const read = remembered((value) => {
    seen.push(value);
    return { value };
  });
  const first = read({ name: 'one', scopes: ['a'] });
  expect(read({ name: 'one', scopes: ['a'] })).toBe(first);
  expect(read({ name: 'one', scopes: ['b'] })).toEqual({ value: { name: 'one', scopes: ['b'] } });
  expect(read(undefined)).toEqual({ value: undefined });
  expect(seen).toHaveLength(3);
});

test('what is long is not kept', () => {
  let times = 0;
  const read = remembered(() => ({ times: ++times }));
  const long = 'x'.repeat(8 * 1024);
  expect(read(long)).toEqual({ times: 1 });
  expect(read(long)).toEqual({ times: 2 });
});
