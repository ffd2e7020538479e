import { expect, test } from 'vitest';
import { type Counted, Tally } from './tally.ts';

const counted = (organization: string | undefined, leaving = false): Counted => ({
  namespace: 'ns',
  health: 'sound',
  organization,
  leaving,
  removable: true,
  marked: undefined,
});

test('an organization is kept by objects that stay, and named by those that leave too', () => {
  const tally = new Tally();
  tally.set('ns/a', counted('one'), 0);
  tally.set('ns/b', counted('one'), 0);
  tally.set('ns/c', counted('another'), 0);
  expect(tally.set('ns/a', counted('one', true), 1)).toBe('changed');
  expect([tally.keeps('one'), tally.names('one')]).toEqual([true, true]);
  tally.set('ns/b', counted('one', true), 1);
  expect([tally.keeps('one'), tally.names('one')]).toEqual([false, true]);
  tally.set('ns/a', undefined, 2);
  tally.set('ns/b', undefined, 2);
  expect([tally.keeps('one'), tally.names('one')]).toEqual([false, false]);
  tally.set('ns/b', counted('one'), 3);
  expect([tally.keeps('one'), tally.keeps('another')]).toEqual([true, true]);
});

test('one that moves to another organization is kept there', () => {
  const tally = new Tally();
  tally.set('ns/a', counted('one'), 0);
  tally.set('ns/a', counted('another'), 0);
  expect([tally.keeps('one'), tally.keeps('another')]).toEqual([false, true]);
});
