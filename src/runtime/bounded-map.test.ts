import { expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.ts';

test('what was made is kept, undefined too, and the first goes when there are too many', () => {
  const map = new BoundedMap<string, number | undefined>(2);
  let made = 0;
  const ask = (key: string, value: number | undefined): number | undefined =>
    map.getOrMake(key, () => {
      made++;
      return value;
    });
  expect([ask('a', 1), ask('a', 2), ask('b', undefined), ask('b', 3), made]).toEqual([
    1,
    1,
    undefined,
    undefined,
    2,
  ]);
  expect([ask('c', 4), map.size]).toEqual([4, 2]);
  expect([ask('a', 5), made]).toEqual([5, 4]);
});

test('what throws is not kept', () => {
  const map = new BoundedMap<string, number>(2);
  const fail = (): number => {
    throw new TypeError('no');
  };
  expect(() => map.getOrMake('a', fail)).toThrow(TypeError);
  expect(map.getOrMake('a', () => 1)).toBe(1);
});
