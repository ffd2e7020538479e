import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextOf, parseCursor } from './list.ts';

/** Reads a list to its end; before each page but the first, clients vanish. `vanish`: how many from the start of what is left. */
const readAll = (
  ids: readonly string[],
  size: number,
  vanish: (present: readonly string[], page: number) => readonly string[],
): { readonly seen: ReadonlySet<string>; readonly left: readonly string[]; readonly pages: number } => {
  let present = ids;
  const seen = new Set<string>();
  let cursor: string | undefined;
  let pages = 0;
  do {
    const at = parseCursor(cursor);
    const page = present.slice(at.first, at.first + size);
    const { seen: known, next } = nextOf(at, page, size);
    for (const id of page.slice(known)) seen.add(id);
    cursor = next;
    pages++;
    const gone = vanish(present, pages);
    present = present.filter((id) => !gone.includes(id));
  } while (cursor !== undefined);
  return { seen, left: present, pages };
};

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `client-${String(at).padStart(4, '0')}`);

test('a list at rest is read once, with the last page asked for twice at the most', () => {
  const { seen, pages } = readAll(names(1_000), 100, () => []);
  expect(seen.size).toBe(1_000);
  expect(pages).toBe(12);
});

test('whatever vanishes while it is read, what stays is on one of the pages', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 }),
      fc.constantFrom(8, 10, 40, 100),
      fc.array(fc.tuple(fc.nat(400), fc.nat(60)), { maxLength: 12 }),
      (count, size, vanishing) => {
        const { seen, left } = readAll(names(count), size, (present, page) => {
          const [from, many] = vanishing[page - 1] ?? [0, 0];
          return present.slice(from, from + many);
        });
        expect(left.filter((id) => !seen.has(id))).toEqual([]);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('one that is made before what was read moves nothing out of sight', () => {
  const ids = names(250);
  let present: readonly string[] = ids;
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const at = parseCursor(cursor);
    const page = present.slice(at.first, at.first + 100);
    const { seen: known, next } = nextOf(at, page, 100);
    for (const id of page.slice(known)) seen.add(id);
    cursor = next;
    present =
      present.length < 400 ? [...Array.from({ length: 150 }, (_, one) => `a-${one}`), ...present] : present;
  } while (cursor !== undefined);
  expect(ids.filter((id) => !seen.has(id))).toEqual([]);
});
