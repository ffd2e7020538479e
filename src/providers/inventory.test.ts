import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Inventory } from './inventory.ts';
import { makeMark } from './mark.ts';
import type { UpstreamClient } from './provider.ts';

const mark = (name: string, installation = 'inst') => makeMark(installation, 'ns', name);
const client = (id: string, displayName = '', of: UpstreamClient['mark'] = mark('app')): UpstreamClient => ({
  id,
  mark: of,
  released: false,
  displayName,
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [],
  specific: {},
});
const swept = (...clients: UpstreamClient[]): Inventory => {
  const inventory = new Inventory('inst');
  const sweep = inventory.beginSweep(1_000);
  sweep.add(clients);
  sweep.complete();
  return inventory;
};

test('before the first sweep nothing is known', () => {
  const inventory = new Inventory('inst');
  expect([inventory.sweptAt, inventory.size]).toEqual([undefined, 0]);
  inventory.beginSweep(1_000).add([client('a')]);
  expect([inventory.sweptAt, inventory.size]).toEqual([undefined, 0]);
});

test('a sweep counts from when it began, and only with its end', () => {
  const inventory = swept(client('a'));
  const second = inventory.beginSweep(2_000);
  second.add([client('b')]);
  expect(inventory.sweptAt).toBe(1_000);
  expect(inventory.get('a')).toBeDefined();
  second.complete();
  expect(inventory.sweptAt).toBe(2_000);
  expect(inventory.get('a')).toBeUndefined();
  expect(inventory.get('b')).toBeDefined();
});

test('clients without our mark are not kept', () => {
  const inventory = swept(
    client('none', '', undefined),
    client('other', '', mark('app', 'other')),
    client('ours'),
  );
  // A default argument stands in for undefined, so that one is written out.
  inventory.put({ ...client('none'), mark: undefined });
  expect([...inventory.values()].map(({ id }) => id)).toEqual(['ours']);
});

test('duplicates are found by the mark', () => {
  const inventory = swept(client('a'), client('b'), client('c', '', mark('other')));
  expect(inventory.byMark(mark('app').full).map(({ id }) => id)).toEqual(['a', 'b']);
  inventory.remove('a');
  expect(inventory.byMark(mark('app').full).map(({ id }) => id)).toEqual(['b']);
});

test('where a credential goes, what is known of its client by then stays: also that it is gone', () => {
  const credentials = ['old', 'new'].map((id) => ({ id, suffix: id }));
  const inventory = swept({ ...client('a'), credentials }, client('b'));
  inventory.put({ ...client('a', 'renamed since'), credentials });
  inventory.removeCredential('a', 'new');
  expect(inventory.get('a')).toEqual({
    ...client('a', 'renamed since'),
    credentials: [{ id: 'old', suffix: 'old' }],
  });
  inventory.remove('b');
  inventory.removeCredential('b', 'new');
  expect(inventory.get('b')).toBeUndefined();
});

test('a credential that goes while a list is under way: the list says what has become of its client', () => {
  const credentials = ['old', 'new'].map((id) => ({ id, suffix: id }));
  const inventory = swept({ ...client('a'), credentials }, { ...client('b'), credentials });
  const sweep = inventory.beginSweep(2);
  sweep.add([{ ...client('b', 'renamed since'), credentials }]);
  for (const id of ['a', 'b']) inventory.removeCredential(id, 'new');
  expect(inventory.get('a')?.credentials).toEqual([{ id: 'old', suffix: 'old' }]);
  sweep.complete();
  expect(inventory.get('a')).toBeUndefined();
  expect(inventory.get('b')).toEqual({
    ...client('b', 'renamed since'),
    credentials: [{ id: 'old', suffix: 'old' }],
  });
});

test('a client whose mark was rewritten leaves its place', () => {
  const inventory = swept(client('a'));
  inventory.put(client('a', '', mark('other')));
  expect(inventory.byMark(mark('app').full)).toEqual([]);
  expect(inventory.byMark(mark('other').full)).toHaveLength(1);
  inventory.put({ ...client('a'), mark: undefined });
  expect(inventory.size).toBe(0);
});

test('one of ours stays known, to be read again, where a list of names shows its id alone: somebody has renamed it', () => {
  const renamed = (id: string): UpstreamClient => ({
    ...client(id),
    mark: undefined,
    hidesMark: true,
    credentials: [],
  });
  const inventory = swept(client('a'), client('b'), client('c'));
  const sweep = (): void => {
    const one = inventory.beginSweep(2_000);
    one.add([renamed('a'), { ...renamed('b'), hidesMark: undefined }, renamed('theirs')]);
    one.complete();
  };
  sweep();
  expect([...inventory.values()]).toEqual([{ ...client('a'), hidesMark: true }]);
  // Not read yet, and still there.
  sweep();
  expect(inventory.byMark(mark('app').full)).toEqual([{ ...client('a'), hidesMark: true }]);
  inventory.put(client('a'));
  expect([...inventory.values()]).toEqual([client('a')]);
});

test('of those that hide their mark, when they were made says which may be ours; those that nobody dates may be always', () => {
  const hidden = (id: string, createdTime?: number): UpstreamClient => ({
    ...client(id, '', undefined),
    mark: undefined,
    hidesMark: true,
    createdTime,
  });
  const inventory = swept(
    client('a'),
    hidden('before', 9),
    hidden('then', 10),
    hidden('later', 21),
    hidden('x'),
  );
  expect(inventory.nameless(10, 20, 9)).toEqual(['then', 'x']);
  const next = inventory.beginSweep(2_000);
  expect(
    next.add([hidden('a', 15), hidden('last', 20), { ...hidden('shown', 15), hidesMark: undefined }]),
  ).toBeGreaterThan(0);
  expect(inventory.nameless(10, 20, 9)).toEqual(['then', 'x']);
  next.complete();
  expect(inventory.nameless(10, 20, 9)).toEqual(['last']);
});

test('of those that hide their mark, what was read since is not asked for again, nor another one in its place', () => {
  const hidden = (id: string): UpstreamClient => ({
    ...client(id, '', undefined),
    mark: undefined,
    hidesMark: true,
  });
  const read = (id: string): UpstreamClient => ({ ...hidden(id), hidesMark: undefined });
  const all = ['a', 'b', 'c', 'd'].map(hidden);
  const inventory = swept(...all);
  expect(inventory.nameless(10, 20, 3)).toEqual(['a', 'b', 'c']);
  inventory.put(read('a'));
  inventory.remove('b');
  expect(inventory.nameless(10, 20, 3)).toEqual(['c']);
  const next = inventory.beginSweep(2_000);
  next.add(all);
  inventory.put(read('b'));
  next.complete();
  expect(inventory.nameless(10, 20, 3)).toEqual(['a', 'c']);
  inventory.put({ ...read('c'), mark: client('c').mark });
  expect([inventory.nameless(10, 20, 3), inventory.byMark(mark('app').full).map(({ id }) => id)]).toEqual([
    ['a'],
    ['c'],
  ]);
});

test('a sweep that broke off leaves all as it was, and what was written meanwhile', () => {
  const inventory = swept(client('a'));
  inventory.beginSweep(2_000).add([client('b')]);
  inventory.put(client('c'));
  const third = inventory.beginSweep(3_000);
  third.add([client('a'), client('c')]);
  third.complete();
  expect([...inventory.values()].map(({ id }) => id).toSorted()).toEqual(['a', 'c']);
});

/**
 * The provider's truth changes by our own writes while a sweep reads it page by page. Afterwards the inventory is the
 * truth, however they were interleaved.
 */
test('a sweep concurrent with our own writes ends with the truth', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), id: fc.constantFrom(...ids), name: fc.string() }),
    fc.record({ kind: fc.constant('remove' as const), id: fc.constantFrom(...ids) }),
    // One client of the list is read, as it is at this moment.
    fc.record({ kind: fc.constant('page' as const), id: fc.constantFrom(...ids) }),
  );
  fc.assert(
    fc.property(fc.array(step), fc.array(step), (before, during) => {
      const inventory = swept();
      const truth = new Map<string, UpstreamClient>();
      const write = (event: typeof step extends fc.Arbitrary<infer T> ? T : never): void => {
        if (event.kind === 'put') {
          const written = client(event.id, event.name, mark(event.name.length % 2 === 0 ? 'app' : 'other'));
          truth.set(event.id, written);
          inventory.put(written);
        } else if (event.kind === 'remove') {
          truth.delete(event.id);
          inventory.remove(event.id);
        }
      };
      for (const event of before) write(event);
      const sweep = inventory.beginSweep(2_000);
      const unread = new Set(ids);
      const read = (id: string): void => {
        const shown = truth.get(id);
        if (unread.delete(id) && shown) sweep.add([shown]);
      };
      for (const event of during) {
        if (event.kind === 'page') read(event.id);
        else write(event);
      }
      for (const id of [...unread]) read(id);
      sweep.complete();
      expect(new Map([...inventory.values()].map((shown) => [shown.id, shown]))).toEqual(truth);
      for (const name of ['app', 'other'])
        expect(
          inventory
            .byMark(mark(name).full)
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(
          [...truth.values()]
            .filter((shown) => shown.mark?.name === name)
            .map(({ id }) => id)
            .toSorted(),
        );
    }),
  );
});
