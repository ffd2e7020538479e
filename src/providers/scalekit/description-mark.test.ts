import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeMark } from '../mark.ts';
import {
  charactersLeft,
  fewestCharactersLeft,
  formatDescription,
  lengthOf,
  parseDescription,
} from './description-mark.ts';

const mark = makeMark('inst', 'ns', 'app');
const uid = '0d2f6a3e-1111-2222-3333-444455556666';

test('what it looks like', () => {
  expect(formatDescription(mark, uid, false, 'nightly export')).toBe(
    `[mco ${mark.short} inst/ns/app ${uid}] nightly export`,
  );
  expect(formatDescription(mark, undefined, true, '')).toBe(`[mco released ${mark.short} inst/ns/app -]`);
});

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', ' ', '] x', '[mco', '\n', `[mco ${mark.short} inst/ns/app u] x`),
);

test('what was written is read, whatever the user’s part is', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), fc.constantFrom(uid, undefined), (text, released, uid) => {
      const raw = formatDescription(mark, uid, released, text);
      expect(parseDescription(raw)).toEqual({ mark, released, uid, text });
    }),
  );
});

test('whatever a person writes elsewhere in it is theirs', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const raw = `x${text}`;
      expect(parseDescription(raw)).toEqual({ mark: undefined, released: false, uid: undefined, text: raw });
    }),
  );
});

describe('no mark', () => {
  const own = formatDescription(mark, uid, false, 'x');
  const other = makeMark('inst', 'ns', 'other');
  test.each([
    ['of another object in one of its forms', own.replace(mark.short, other.short)],
    ['without its uid', `[mco ${mark.short} ${mark.full}] x`],
    ['in another place', ` ${own}`],
    ['twice as a word', `[mco mco ${mark.short} ${mark.full} ${uid}] x`],
    ['half', own.slice(0, 40)],
    ['of the short form alone', mark.short],
    ['of nothing', ''],
  ])('%s', (_what, raw) => {
    expect(parseDescription(raw)).toEqual({ mark: undefined, released: false, uid: undefined, text: raw });
  });
});

test('a space that a person took away is no loss', () => {
  const raw = formatDescription(mark, uid, false, 'x').replace('] ', ']');
  expect(parseDescription(raw)).toMatchObject({ mark, text: 'x' });
});

describe('512 characters', () => {
  test('are not passed: what is too long is cut, by whole characters', () => {
    const left = charactersLeft(mark, uid, false);
    const fitting = '🙂'.repeat(left);
    const raw = formatDescription(mark, uid, false, fitting);
    expect([lengthOf(raw), parseDescription(raw).text]).toEqual([512, fitting]);
    const cut = formatDescription(mark, uid, false, `${fitting}🙂`);
    expect(cut).toBe(raw);
    expect(lengthOf(formatDescription(mark, uid, true, fitting))).toBe(512);
  });

  test('are enough for the longest names', () => {
    const longest = makeMark('i'.repeat(63), 'n'.repeat(63), 'o'.repeat(253));
    expect(charactersLeft(longest, uid, true)).toBe(fewestCharactersLeft);
    expect(fewestCharactersLeft).toBe(47);
  });
});
