import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../runtime/secret.ts';
import { sign, verify } from './integrity.ts';

const key = { id: 'k1', key: new Secret(Buffer.from('a'.repeat(32)).toString('base64')) };
const other = { id: 'k2', key: new Secret(Buffer.from('b'.repeat(32)).toString('base64')) };
const data = { a: 'MQ==', b: 'Mg==' };
const keys = ['a', 'b'];

test('what was signed is ok, in whatever order the keys come', () => {
  expect(verify(key, sign(key, data, keys), { b: 'Mg==', a: 'MQ==' }, ['b', 'a'])).toBe('ok');
});

test.each([
  ['a value', { a: 'MQ==', b: 'Mw==' }],
  ['a key that is gone', { a: 'MQ==' }],
  ['values changed about', { a: 'Mg==', b: 'MQ==' }],
])('%s makes it edited', (_name, edited) => {
  expect(verify(key, sign(key, data, keys), edited, keys)).toBe('edited');
});

test('keys of others in a merged Secret do not count', () => {
  expect(verify(key, sign(key, data, keys), { ...data, theirs: 'eA==' }, keys)).toBe('ok');
});

test('a shorter list of keys is an edit too', () => {
  expect(verify(key, sign(key, data, keys), data, ['a'])).toBe('edited');
});

test.each([
  ['another key', sign(other, data, keys)],
  ['none', undefined],
  ['an empty one', ''],
  ['no value', 'k1'],
])('an annotation of %s is unknown, not edited', (_name, annotation) => {
  expect(verify(key, annotation, data, keys)).toBe('unknown');
});

test('the same id with another value is edited', () => {
  expect(verify(key, 'k1:AAAA', data, keys)).toBe('edited');
  expect(verify(key, 'k1:', data, keys)).toBe('edited');
});

test('no two sets of entries give the same proof', () => {
  const entries = fc.dictionary(fc.stringMatching(/^[-._a-z0-9:]{1,4}$/), fc.base64String({ maxLength: 8 }), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(entries, entries, (one, two) => {
      const same =
        JSON.stringify(Object.entries(one).toSorted()) === JSON.stringify(Object.entries(two).toSorted());
      expect(sign(key, one, Object.keys(one)) === sign(key, two, Object.keys(two))).toBe(same);
    }),
  );
});

test('it is keyed, and holds no value', () => {
  expect(sign(key, data, keys)).toMatch(/^k1:[\w-]{43}$/);
  expect(sign({ ...other, id: 'k1' }, data, keys)).not.toBe(sign(key, data, keys));
});
