import { describe, expect, test } from 'vitest';
import { compact, deepFreeze, share } from './share.ts';

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

const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}"end"${'}'.repeat(levels)}`);

test.each([10, 100, 1_000, 4_400, 10_000, 100_000])('%d levels are shared and frozen', (levels) => {
  const [one, other] = [nested(levels), nested(levels)];
  let part = deepFreeze(share(one, other));
  let depth = 0;
  for (; typeof part === 'object' && part !== null; depth++) {
    expect(Object.isFrozen(part)).toBe(true);
    part = (part as { readonly a: unknown }).a;
  }
  expect([depth, part]).toEqual([levels, 'end']);
});

test('names that every object has are names like others', () => {
  const value = () =>
    JSON.parse('{"constructor":"a","__proto__":{"toString":1},"hasOwnProperty":[]}') as object;
  expect(JSON.stringify(share(value(), {}))).toBe(JSON.stringify(value()));
  expect(share(value(), {})).not.toHaveProperty('polluted');
  const like = value();
  expect(share(value(), like)).toBe(like);
});

test('compact is the same again', () => {
  const value = client('a', 'Waiting');
  expect(compact(value)).toStrictEqual(value);
  expect(compact(value)).not.toBe(value);
});
