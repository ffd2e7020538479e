import { describe, expect, test } from 'vitest';
import { compact, share } from './share.ts';

const client = (name: string, reason: string) => ({
  name,
  spec: { scopes: ['read', 'write'], secret: { type: 'Opaque' } },
  conditions: [
    { type: 'Ready', reason },
    { type: 'Stalled', reason: 'Fine' },
  ],
});

describe('share', () => {
  test('changes nothing of what is said', () => {
    const shared = share(client('b', 'Published'), client('a', 'Waiting'));
    expect(shared).toStrictEqual(client('b', 'Published'));
  });

  test('parts that are equal are one', () => {
    const like = client('a', 'Waiting');
    const shared = share(client('b', 'Published'), like);
    expect(shared.spec).toBe(like.spec);
    expect(shared.conditions[1]).toBe(like.conditions[1]);
    expect(shared.conditions[0]).not.toBe(like.conditions[0]);
    expect(like).toStrictEqual(client('a', 'Waiting'));
  });

  test('a whole that is equal is the other one', () => {
    const like = client('a', 'Waiting');
    expect(share(client('a', 'Waiting'), like)).toBe(like);
  });

  test.each([
    ['a field more', { a: 1, b: 2 }, { a: 1 }],
    ['a field less', { a: 1 }, { a: 1, b: 2 }],
    ['a field that is undefined', { a: undefined }, { b: 1 }],
    ['another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a shorter list', { a: [1] }, { a: [1, 2] }],
    ['a longer list', { a: [1, 2] }, { a: [1] }],
    ['a list and an object', { a: [] }, { a: {} }],
    ['null', { a: null }, { a: {} }],
    ['nothing to compare with', { a: { b: 1 } }, undefined],
  ])('%s is kept as it is', (_, value, like) => {
    const expected = structuredClone(value);
    const shared = share(value, like);
    expect(shared).toStrictEqual(expected);
    expect(shared).not.toBe(like);
    expect(Object.keys(shared)).toEqual(Object.keys(expected));
  });

  test('what is frozen, or no plain object, is left alone', () => {
    const bytes = new Uint8Array([1]);
    const frozen = Object.freeze({ a: { b: 1 } });
    const shared = share({ bytes, frozen }, { bytes: new Uint8Array([1]), frozen: { a: { b: 1 } } });
    expect(shared.bytes).toBe(bytes);
    expect(shared.frozen).toBe(frozen);
  });
});

test('compact is the same again', () => {
  const value = client('a', 'Waiting');
  expect(compact(value)).toStrictEqual(value);
  expect(compact(value)).not.toBe(value);
});
