import { expect, test } from 'vitest';
import { Chance } from './chance.ts';
import { LeakSearch } from './leak-search.ts';

const text = (chance: Chance, length: number): string =>
  Array.from({ length }, () => chance.pick([...'abcdef0123456789'])).join('');

test('what is somewhere in a text is found wherever it stands, and nothing else is', () => {
  const chance = new Chance(1, 'leaks');
  const needles = Array.from({ length: 12 }, () => text(chance, chance.whole(9, 60)));
  const search = new LeakSearch(needles);
  for (let turn = 0; turn < 400; turn++) {
    const around = text(chance, chance.whole(0, 400));
    expect(search.in(Buffer.from(around))).toBe(false);
    const at = chance.whole(0, around.length);
    const leaking = `${around.slice(0, at)}${chance.pick(needles)}${around.slice(at)}`;
    expect(search.in(Buffer.from(leaking))).toBe(true);
    const cut = chance.pick(needles).slice(1);
    expect(search.in(Buffer.from(`${around}-${cut}`))).toBe(false);
  }
});

test('at both ends of a text, and where nothing is looked for', () => {
  const search = new LeakSearch(['secret-of-one', 'an-even-longer-secret']);
  expect(search.in(Buffer.from('secret-of-one'))).toBe(true);
  expect(search.in(Buffer.from('a line\nan-even-longer-secret'))).toBe(true);
  expect(search.in(Buffer.from('secret-of-on'))).toBe(false);
  expect(search.in(Buffer.from(''))).toBe(false);
  expect(new LeakSearch([]).in(Buffer.from('anything'))).toBe(false);
});
