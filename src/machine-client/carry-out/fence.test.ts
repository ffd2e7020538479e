import { expect, test } from 'vitest';
import { newestOf } from './fence.ts';

const credential = (createdTime: number | undefined) => ({ id: 'a', suffix: undefined, createdTime });

test('the newest that was there before a mint: not one without a date, nor one of a date that is still to come', () => {
  expect(newestOf([credential(5), credential(9), credential(7), credential(undefined)], 10)).toEqual({
    newest: 9,
  });
  expect(newestOf([credential(5), credential(Date.UTC(9999, 1))], 10)).toEqual({ newest: 5 });
  expect(newestOf([credential(undefined), credential(11)], 10)).toEqual({});
});
