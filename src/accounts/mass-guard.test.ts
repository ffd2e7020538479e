import { expect, test } from 'vitest';
import { heldNamespaces, MassGuard } from './mass-guard.ts';
import { Tally } from './tally.ts';

/** `affected of known`, by namespace. */
type Losses = Readonly<Record<string, readonly [affected: number, known: number]>>;
const held = (losses: Losses): readonly string[] =>
  [
    ...heldNamespaces(
      new Map(
        Object.entries(losses).map(([namespace, [affected, known]]) => [namespace, { affected, known }]),
      ),
    ),
  ].toSorted();

const each = (count: number, loss: readonly [number, number]): Losses =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, loss]));

test.each([
  ['nothing is lost', { a: [0, 5], b: [0, 1] }, []],
  ['a namespace that loses much holds itself alone', { a: [12, 12], b: [0, 20] }, ['a']],
  ['… also beside a loss of another one', { a: [12, 12], b: [1, 20] }, ['a']],
  ['… and however many such there are', { a: [3, 3], b: [11, 30], c: [1, 9] }, ['a', 'b']],
  ['all of a small one', { a: [3, 3] }, ['a']],
  ['one of one, and two of two, alone', { a: [1, 1], b: [0, 9] }, []],
  ['all of all: each is held, however small', { a: [12, 12], b: [1, 1], c: [2, 2] }, ['a', 'b', 'c']],
  [
    'a little of many: each that has lost something',
    { ...each(12, [1, 2]), sound: [0, 5] },
    Object.keys(each(12, [1, 2])).toSorted(),
  ],
  ['a little of few among many', { ...each(3, [1, 2]), sound: [0, 50] }, []],
] as [string, Losses, readonly string[]][])('%s', (_name, losses, expected) => {
  expect(held(losses)).toEqual(expected);
});

const standings = (losses: Losses): Tally => {
  const tally = new Tally();
  const rest = { organization: undefined, leaving: false, removable: true, marked: undefined };
  for (const [namespace, [affected, known]] of Object.entries(losses))
    for (let index = 0; index < known; index++) {
      const health = index < affected ? 'affected' : 'sound';
      tally.set(`${namespace}/${index}`, { namespace, health, ...rest }, 0);
    }
  return tally;
};

test('a confirmation of one hold stays good when another namespace is held later, and does not cover that one', () => {
  const guard = new MassGuard();
  expect(guard.assess(standings({ a: [3, 3], b: [0, 4] }), 'account', 1_000)).toBe('begun');
  const first = guard.hold(() => true)?.token ?? '';
  expect(guard.held('a', [first])).toBeUndefined();
  expect(guard.held('b', [])).toBeUndefined();
  expect(guard.assess(standings({ a: [3, 3], b: [4, 4], c: [0, 9] }), 'account', 2_000)).toBe('begun');
  const second = guard.hold(() => true)?.token ?? '';
  expect(second).not.toBe(first);
  expect(guard.held('a', [first])).toBeUndefined();
  expect(guard.held('b', [first])).toContain('(4 of 4)');
  expect(guard.held('a', [second]) ?? guard.held('b', [second])).toBeUndefined();
  expect(guard.hold((namespace) => namespace === 'a')).toMatchObject({ affected: 3, known: 3 });
  expect(guard.assess(standings({ a: [0, 3], b: [4, 4], c: [0, 9] }), 'account', 3_000)).toBe('ended');
  expect(guard.hold((namespace) => namespace === 'a')).toBeUndefined();
});

test('what an earlier process held holds everything until it is counted, and keeps its token', () => {
  const guard = new MassGuard();
  guard.recall({ token: 'abc', cause: 'x', affected: 3, known: 3 });
  expect(guard.held('any', [])).toContain('"abc"');
  expect(guard.held('any', ['abc'])).toBeUndefined();
  expect(guard.assess(standings({ a: [3, 3], b: [0, 4] }), 'account', 1_000)).toBe('begun');
  expect(guard.hold(() => true)?.token).toBe('abc');
  expect(guard.held('b', [])).toBeUndefined();
  const other = new MassGuard();
  other.recall({ token: 'abc', cause: 'x', affected: 3, known: 3 });
  expect(other.assess(standings({ a: [0, 3] }), 'account', 1_000)).toBe('ended');
  expect(other.held('a', [])).toBeUndefined();
});

test('what becomes known while a namespace is held does not end the hold; what is sound again does', () => {
  const guard = new MassGuard();
  guard.assess(standings({ a: [4, 4] }), 'account', 1_000);
  expect(guard.assess(standings({ a: [4, 9] }), 'account', 2_000)).toBe('same');
  expect(guard.held('a', [])).toContain('(4 of 4)');
  expect(guard.assess(standings({ a: [3, 9] }), 'account', 3_000)).toBe('ended');
  // Nothing is held any more: it is judged by all that is known.
  expect(guard.assess(standings({ a: [4, 9] }), 'account', 4_000)).toBe('same');
});

test('… nor across a restart', () => {
  const before = new MassGuard();
  before.assess(standings({ a: [4, 4] }), 'account', 1_000);
  const guard = new MassGuard();
  guard.recall(before.hold(() => true));
  expect(guard.assess(standings({ a: [4, 5] }), 'account', 2_000)).toBe('begun');
  expect(guard.held('a', [])).toBeDefined();
});

test('… also where another namespace was held with it', () => {
  const before = new MassGuard();
  before.assess(standings({ a: [4, 4], b: [100, 100] }), 'account', 1_000);
  const guard = new MassGuard();
  guard.recall(before.hold(() => true));
  guard.assess(standings({ a: [4, 5], b: [100, 100], c: [0, 9] }), 'account', 2_000);
  expect(['a', 'b', 'c'].map((namespace) => guard.held(namespace, []) !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
});
