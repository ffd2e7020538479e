import { describe, expect, test } from 'vitest';
import { printable, printableJson, printableParts } from './printable.ts';

const hostile: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['a terminal escape', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
  ['a title', '\u001b]0;pwned\u0007', '\\u001b]0;pwned\\u0007'],
  ['a forged line', 'a\r\n  IdentityProvider x: 9', 'a\\r\\n  IdentityProvider x: 9'],
  ['a C1 control', 'a\u009b2J', 'a\\u009b2J'],
  ['DEL', 'a\u007f', 'a\\u007f'],
  ['NUL', 'a\u0000b', 'a\\u0000b'],
  ['bidirectional overrides', '\u202egpj.exe\u2066', '\\u202egpj.exe\\u2066'],
  ['marks of direction', '\u200f\u061c', '\\u200f\\u061c'],
  ['separators of lines', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ['half a character', 'a\ud83db', 'a\\ud83db'],
];

describe('printable', () => {
  test.each(hostile)('%s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(printable(printable(text))).toBe(shown);
  });

  test('what people write stays', () => {
    const text = 'Grüße, 日本語, שלום, 👩‍💻 and "quotes" \\ slashes';
    expect(printable(text)).toBe(text);
  });

  test.each([
    ['a long text', 'x'.repeat(1_000_000), `${'x'.repeat(9)}…`],
    ['not in the middle of a character', `${'x'.repeat(8)}😀😀`, `${'x'.repeat(8)}…`],
    ['with its escapes', '\u001b'.repeat(100), '\\u001b\\u0…'],
    ['just as long', '0123456789', '0123456789'],
  ])('is cut: %s', (_, text, shown) => {
    expect(printable(text, 10)).toBe(shown);
    expect(printable(shown, 10)).toBe(shown);
  });
});

test('all texts of a report, and its keys', () => {
  expect(printableParts({ 'a\u001b': ['b\n', 1, null, { c: '\u202e' }], d: undefined })).toEqual({
    'a\\u001b': ['b\\n', 1, null, { c: '\\u202e' }],
    d: undefined,
  });
});

test.each(hostile)('JSON says the same: %s', (_, text) => {
  const json = printableJson(JSON.stringify({ text }, undefined, 2));
  // oxlint-disable-next-line no-control-regex -- nothing of it may be there, but the ends of lines
  expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  expect(JSON.parse(json)).toEqual({ text });
});
