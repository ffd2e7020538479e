import { describe, expect, test } from 'vitest';
import { beyond } from './extent.ts';

const nested = (levels: number, open = '{"a":', close = '}'): unknown =>
  JSON.parse(`${open.repeat(levels)}0${close.repeat(levels)}`);

describe('beyond', () => {
  test.each([
    ['a text', 'x', undefined],
    ['nothing', undefined, undefined],
    ['as many levels as may be', nested(4), undefined],
    ['one level more', nested(5), 'it has more than 4 levels'],
    ['arrays count too', nested(5, '[', ']'), 'it has more than 4 levels'],
    ['a million levels', nested(1_000_000, '[', ']'), 'it has more than 4 levels'],
    ['as many values as may be', [1, 2, [3, 4], { a: 5, b: 6 }], undefined],
    ['one value more', [1, 2, [3, 4], { a: 5, b: 6, c: 7 }], 'it has more than 9 values'],
    ['a million values', Array.from({ length: 1_000_000 }, () => ({})), 'it has more than 9 values'],
  ])('%s', (_, value, expected) => {
    expect(beyond(value, { levels: 4, values: 9 })).toBe(expected);
  });
});
