import { expect, test } from 'vitest';
import { DeletionGuard, massDeletions, type Marked } from './deletion-guard.ts';

test.each([
  ['ten of a small account', { a: 10 }, 12, []],
  ['eleven of it', { a: 11 }, 12, ['a']],
  ['twenty of a hundred', { a: 20 }, 100, []],
  ['twenty-one of a hundred', { a: 21 }, 100, ['a']],
  ['a namespace that deletes many is held alone', { a: 30, b: 1 }, 100, ['a']],
  ['a little of many', { a: 4, b: 4, c: 4 }, 20, ['a', 'b', 'c']],
  ['a little of few', { a: 4, b: 4 }, 20, []],
] as const)('%s', (_name, marked, known, expected) => {
  expect([...massDeletions(new Map(Object.entries(marked)), known)]).toEqual(expected);
});

const marks = (count: number, namespace = 'a', from = 0): Marked[] =>
  Array.from({ length: count }, (_, index) => ({ uid: `${namespace}-${from + index}`, namespace }));
const MINUTE = 60_000;
/** As if these, and no others, were marked by now. */
const assess = (
  guard: DeletionGuard,
  marked: readonly Marked[],
  known: number,
  account: string,
  now: number,
): 'same' | 'begun' | 'ended' => {
  const uids = new Set(marked.map(({ uid }) => uid));
  for (const uid of present.get(guard) ?? []) if (!uids.has(uid)) guard.unmark(uid);
  for (const one of marked) guard.mark(one, now);
  present.set(guard, uids);
  return guard.assess(known, account, now, true);
};
const present = new WeakMap<DeletionGuard, ReadonlySet<string>>();
const guardOf = (): DeletionGuard => new DeletionGuard((ms) => ms);

test('each is watched for five seconds from when it was first seen', () => {
  const guard = guardOf();
  expect(assess(guard, marks(1), 20, 'account', 1_000)).toBe('same');
  assess(guard, marks(2), 20, 'account', 4_000);
  expect(guard.quietUntil({ uid: 'a-0' }, 4_000)).toBe(6_000);
  expect(guard.quietUntil({ uid: 'a-1' }, 4_000)).toBe(9_000);
});

test('those that went one by one count for ten minutes, and then no more', () => {
  const one = (at: number, guard: DeletionGuard): string =>
    assess(guard, marks(1, 'a', at), 40, 'account', at * MINUTE);
  const fast = guardOf();
  const told = Array.from({ length: 12 }, (_, index) =>
    assess(fast, marks(1, 'a', index), 40, 'account', index * 1_000),
  );
  expect(told.indexOf('begun')).toBe(10);
  const slow = guardOf();
  expect(Array.from({ length: 40 }, (_, index) => one(index, slow))).not.toContain('begun');
});

test('it lasts until a person confirms or nothing is left, however long that takes', () => {
  const guard = guardOf();
  expect(assess(guard, marks(12), 30, 'account', 0)).toBe('begun');
  const { token = '' } = guard.change ?? {};
  expect(guard.change).toMatchObject({ affected: 12, known: 30, cause: 'clients are marked for deletion' });
  expect(guard.held('a', [undefined])).toContain(`"${token}"`);
  expect(guard.held('b', [undefined])).toBeUndefined();
  // A day later, and most of them let go of by hand.
  expect(assess(guard, marks(2), 20, 'account', 1_440 * MINUTE)).toBe('same');
  expect(guard.held('a', ['another'])).toBeDefined();
  expect(guard.held('a', ['another', token])).toBeUndefined();
  expect(assess(guard, [], 18, 'account', 1_441 * MINUTE)).toBe('ended');
  expect(guard.change).toBeUndefined();
  // The next one is another one.
  assess(guard, marks(12, 'a', 100), 30, 'account', 2_000 * MINUTE);
  expect(guard.change?.token).not.toBe(token);
});

test('an earlier process has held them: they stay so, with its token', () => {
  const before = guardOf();
  assess(before, marks(12), 30, 'account', 0);
  const after = guardOf();
  after.recall(before.change);
  expect(after.held('a', [])).toBeDefined();
  // Too few by themselves to begin a hold, for some have gone.
  assess(after, marks(3), 20, 'account', 60 * MINUTE);
  expect(after.change).toEqual(before.change);
  expect(after.held('a', [])).toBeDefined();
  expect(after.held('a', [before.change?.token])).toBeUndefined();
});

test('a hold of an earlier process stays until all that is marked could be counted', () => {
  const guard = new DeletionGuard((ms) => ms);
  const change = { token: 'abc', cause: 'clients are marked for deletion', affected: 12, known: 12 };
  guard.recall(change);
  expect(guard.assess(0, 'account', 0, false)).toBe('same');
  expect(guard.held('ns', [])).toContain('"abc"');
  guard.mark({ uid: 'u', namespace: 'ns' }, 1_000);
  expect(guard.assess(1, 'account', 1_000, true)).toBe('begun');
  expect(guard.held('ns', [])).toContain('"abc"');
});
