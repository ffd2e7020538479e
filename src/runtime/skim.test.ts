import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leftOut, membersOf, readObject } from './skim.ts';

const bytesOf = (value: unknown, space?: number): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value, undefined, space));
/** Without the symbol. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}0${'}'.repeat(levels)}`;

const anyObject = fc.dictionary(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'a"b', 'a\\', '{', ']'),
  ),
  fc.jsonValue({ stringUnit: 'binary' }),
  { noNullPrototype: true },
);

describe('readObject', () => {
  test('what is small is read as a whole, skimmed or not, however it is spaced', () => {
    fc.assert(
      fc.property(anyObject, fc.constantFrom(undefined, 2), (object, space) => {
        const bytes = bytesOf(object, space);
        const expected: unknown = JSON.parse(bytes.toString());
        expect(JSON.stringify(readObject(bytes, bytes.length))).toBe(JSON.stringify(expected));
        const skimmed = readObject(bytes, 0) as object;
        expect(JSON.stringify(skimmed)).toBe(JSON.stringify(expected));
        expect(leftOut(skimmed)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('of what is large the small members are read, down to the third level', () => {
    const large = 'x'.repeat(20_000);
    const skimmed = readObject(
      bytesOf({
        metadata: { name: 'a', annotations: { small: '1', large }, managedFields: [large] },
        spec: {
          providerRef: { name: 'p' },
          customMetadata: { large },
          credential: { importSecretRef: { name: 's' } },
        },
        data: large,
      }),
      10_000,
    );
    expect(plain(skimmed)).toEqual({
      metadata: { name: 'a', annotations: { small: '1' } },
      spec: {
        providerRef: { name: 'p' },
        customMetadata: {},
        credential: { importSecretRef: { name: 's' } },
      },
    });
    expect(leftOut(skimmed as object)).toEqual([
      'metadata.annotations.large',
      'metadata.managedFields',
      'spec.customMetadata.large',
      'data',
    ]);
  });

  test('no depth is too deep', () => {
    const bytes = bytesOf(`{"metadata":{"name":"a"},"spec":{"free":${deep(200_000)}}}`);
    const skimmed = readObject(bytes, 1_000) as object;
    expect(plain(skimmed)).toEqual({ metadata: { name: 'a' }, spec: { free: {} } });
    expect(leftOut(skimmed)).toEqual(['spec.free.a']);
  });

  test('many small members have a bound together, and what names the object is read all the same', () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, index]));
    const skimmed = readObject(
      bytesOf({ spec: many, metadata: { labels: many, name: 'a', uid: 'u' } }),
      1_000,
    );
    const { spec, metadata } = skimmed as { spec: object; metadata: object };
    expect(Object.keys(spec).length).toBeLessThan(60_000);
    expect(metadata).toMatchObject({ name: 'a', uid: 'u' });
    const missing = leftOut(skimmed as object);
    expect(missing.length).toBeLessThan(20);
    expect(missing.some((path) => path.startsWith('spec.'))).toBe(true);
    expect(missing.some((path) => path.startsWith('metadata.'))).toBe(true);
  });

  test.each(['', '[1]', '"a"', '{"a":1', '{"a" 1}', '{a:1}', '{"a":}', '{"a":1 "b":2}', '{"a":[1}'])(
    'what is no object is refused: %s',
    (text) => {
      expect(() => readObject(bytesOf(text), -1)).toThrow(SyntaxError);
    },
  );
});

test('members come with the bytes of their values', () => {
  const members = membersOf(bytesOf(' { "a" : [1, {"b": "]"}] , "c":12, "d" : "x\\"y" ,"e":null} '));
  expect(Array.from(members, ([key, value]) => [key, Buffer.from(value).toString()])).toEqual([
    ['a', '[1, {"b": "]"}]'],
    ['c', '12'],
    ['d', '"x\\"y"'],
    ['e', 'null'],
  ]);
});
