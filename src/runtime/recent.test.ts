import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

test('it holds no more than it may, and forgets what was not used for longest', () => {
  const recent = new Recent<string>(3);
  for (const name of ['a', 'b', 'c']) recent.set(name, name);
  expect(recent.get('a')).toBe('a');
  for (const name of ['d', 'e']) recent.set(name, name);
  expect(['a', 'b', 'c', 'd', 'e'].filter((name) => recent.get(name) !== undefined)).toEqual(['a', 'd', 'e']);
  for (let count = 0; count < 10_000; count++) recent.set(String(count), 'x');
  expect(recent.size).toBe(3);
});
