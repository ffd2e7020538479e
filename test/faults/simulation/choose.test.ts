import { expect, test } from 'vitest';
import { choose } from './choose.ts';

test('what is chosen comes to everything, twice where it can, with the seeds that add most', () => {
  const covered = new Map([
    ['1', ['a']],
    ['2', ['a', 'b', 'c']],
    ['3', ['a', 'b']],
    ['4', ['a', 'b']],
    ['5', ['rare']],
    ['6', []],
  ]);
  expect(choose(covered)).toEqual(['2', '3', '5']);
});
