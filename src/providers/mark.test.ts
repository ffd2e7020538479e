import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenClientId, looksLikeMark, makeMark, parseFullMark } from './mark.ts';

test('it is made of names only, and never changes', () => {
  expect(makeMark('inst', 'ns', 'app')).toEqual({
    short: 'mco-twzthws7bouifoluv3i2gtu2tb',
    full: 'inst/ns/app',
    installation: 'inst',
    namespace: 'ns',
    name: 'app',
  });
});

const name = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);

test('the full form is read as it was written, and the short form looks like one', () => {
  fc.assert(
    fc.property(name, name, name, (installation, namespace, object) => {
      const mark = makeMark(installation, namespace, object);
      expect(parseFullMark(mark.full)).toEqual(mark);
      expect(looksLikeMark(`text ${mark.short} text`)).toBe(true);
    }),
  );
});

test.each(['', 'a', 'a/b', 'a/b/c/d', '/b/c', 'a//c', 'a/b/'])('%j is no full mark', (text) => {
  expect(parseFullMark(text)).toBeUndefined();
});

test.each(['', 'mco-', 'mco-short', 'mco-189012345678901234567890xx'])(
  '%j does not look like one',
  (text) => {
    expect(looksLikeMark(text)).toBe(false);
  },
);

test('the first six characters are the installation’s', () => {
  const [one, two] = [makeMark('inst', 'ns', 'a'), makeMark('inst', 'ns', 'b')];
  expect(one.short.slice(0, 10)).toBe(two.short.slice(0, 10));
  expect(one.short).not.toBe(two.short);
  expect(makeMark('tsni', 'ns', 'a').short.slice(0, 10)).not.toBe(one.short.slice(0, 10));
});

test('another uid, name or incarnation is another client id', () => {
  const mark = makeMark('inst', 'ns', 'a');
  const ids = [
    chosenClientId(mark, 'u1', 0),
    chosenClientId(mark, 'u1', 1),
    chosenClientId(mark, 'u2', 0),
    chosenClientId(makeMark('inst', 'ns', 'b'), 'u1', 0),
  ];
  expect(new Set(ids).size).toBe(4);
  expect(ids[0]).toMatch(/^mco-[a-z2-7]{26}-[a-z2-7]{12}$/);
  expect(chosenClientId(mark, 'u1', 0)).toBe(ids[0]);
});
