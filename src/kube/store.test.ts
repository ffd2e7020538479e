import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import { type Change, Store, type Stored } from './store.ts';

interface Thing extends Stored {
  readonly colour: string;
}
const thing = (name: string, resourceVersion: string, more: Partial<Thing> = {}): Thing => ({
  namespace: 'ns',
  name,
  uid: `uid-${name}`,
  resourceVersion,
  colour: 'red',
  ...more,
});
const makeStore = (namespaces?: string[]) => {
  const clock = new ManualClock();
  const store = new Store<Thing>({ clock, indexers: { colour: (one) => [one.colour] }, namespaces });
  const changes: string[] = [];
  const tell = ({ type, key, old, new: now }: Change<Thing>) =>
    void changes.push([type, key, old?.resourceVersion ?? '-', now?.resourceVersion ?? '-'].join(' '));
  store.subscribe(tell);
  const version = (name: string) => store.get(`ns/${name}`)?.resourceVersion;
  return { clock, store, changes, version };
};

const meta = (name: string, uid: string, resourceVersion: string) => ({
  namespace: 'ns',
  name,
  uid,
  resourceVersion,
});

test('a list and events are told as differences', () => {
  const { store, changes } = makeStore();
  expect(store.hasSynced).toBe(false);
  store.replace([thing('a', '1'), thing('b', '2')], { begunAt: 0 });
  expect(store.hasSynced).toBe(true);
  store.observe(thing('a', '3'));
  store.observe(thing('a', '3'));
  store.observeDeleted(meta('b', 'uid-b', '4'));
  store.observeDeleted(meta('unknown', 'uid', '5'));
  store.replace([thing('a', '3'), thing('c', '6')], { begunAt: 0 });
  store.replace([thing('a', '3', { uid: 'other' })], { begunAt: 0 });
  expect(changes).toEqual([
    'added ns/a - 1',
    'added ns/b - 2',
    'updated ns/a 1 3',
    'deleted ns/b 2 -',
    'added ns/c - 6',
    'updated ns/a 3 3',
    'deleted ns/c 6 -',
  ]);
});

test('who keeps count hears of each change, our own writes with the others, and before any handler', () => {
  const { store, changes } = makeStore();
  const heard: string[] = [];
  const following = store.follow((key, old, now) => {
    // It sees the store as it is from now on.
    expect(store.get(key)).toBe(now);
    heard.push(
      `${key} ${old?.resourceVersion ?? '-'} ${now?.resourceVersion ?? '-'} after ${changes.length}`,
    );
  });
  store.observe(thing('a', '1'));
  store.wrote(thing('a', '2'));
  store.observe(thing('a', '2'));
  store.removed('ns/a', 'uid-a');
  store.observeDeleted(meta('a', 'uid-a', '3'));
  following[Symbol.dispose]();
  store.observe(thing('b', '4'));
  expect(heard).toEqual(['ns/a - 1 after 0', 'ns/a 1 2 after 1', 'ns/a 2 2 after 1', 'ns/a 2 - after 1']);
  expect(changes).toEqual(['added ns/a - 1', 'deleted ns/a 2 -', 'added ns/b - 4']);
});

test('the index follows, and an index that was not declared is an error', () => {
  const { store } = makeStore();
  store.replace([thing('a', '1'), thing('b', '2', { colour: 'blue' })], { begunAt: 0 });
  store.observe(thing('a', '3', { colour: 'blue' }));
  store.wrote(thing('c', '4', { colour: 'blue' }));
  const names = (colour: string) => store.byIndex('colour', colour).map((one) => one.name);
  expect([names('red'), names('blue').toSorted()]).toEqual([[], ['a', 'b', 'c']]);
  store.removed('ns/b', 'uid-b');
  expect(names('blue').toSorted()).toEqual(['a', 'c']);
  expect(() => store.byIndex('size', 'big')).toThrow(RangeError);
});

test('an object that cannot be stored keeps no other from being stored, from a list or a stream', () => {
  const clock = new ManualClock();
  const refused: string[] = [];
  const store = new Store<Thing>({
    clock,
    indexers: {
      colour: ({ colour }) => {
        if (colour === 'bad') throw new RangeError('bad');
        return [colour];
      },
    },
    ownWriteMs: 10,
    onRefused: (key, error) => void refused.push(`${key} ${String(error)}`),
  });
  const shown = () => Array.from(store.values(), ({ name, resourceVersion }) => `${name} ${resourceVersion}`);
  const bad = { colour: 'bad' };
  store.replace([thing('a', '1', bad), thing('b', '2')], { begunAt: 0 });
  expect(store.hasSynced).toBe(true);
  expect(shown()).toEqual(['b 2']);
  // What was known of it stays.
  store.observe(thing('b', '3', bad));
  store.observe(thing('c', '4'));
  store.replace([thing('b', '3', bad), thing('c', '5')], { begunAt: 0 });
  expect(shown()).toEqual(['b 2', 'c 5']);
  expect(store.byIndex('colour', 'red')).toHaveLength(2);
  // The same where it was held back for a write of ours that never came by.
  store.wrote(thing('b', '6'));
  store.wrote(thing('c', '7'));
  store.observe(thing('b', '8', bad));
  store.observe(thing('c', '9'));
  clock.advance(100);
  store.progressed();
  expect(shown()).toEqual(['b 6', 'c 9']);
  expect(refused).toEqual(Array.from(['a', 'b', 'b', 'b'], (name) => `ns/${name} RangeError: bad`));
});

test('what is stored cannot be changed by accident', () => {
  const { store } = makeStore();
  store.observe(thing('a', '1'));
  expect(() => {
    (store.get('ns/a') as { colour: string }).colour = 'blue';
  }).toThrow(TypeError);
});

test('a handler that throws stops neither the others nor the stream', () => {
  const errors: unknown[] = [];
  const store = new Store<Thing>({ clock: new ManualClock(), onHandlerError: (error) => errors.push(error) });
  store.subscribe(() => {
    throw new Error('handler');
  });
  let called = 0;
  const subscription = store.subscribe(() => void called++);
  store.observe(thing('a', '1'));
  subscription[Symbol.dispose]();
  store.observe(thing('a', '2'));
  expect([errors.length, called, store.size]).toEqual([2, 1, 1]);
});

test('several namespaces: a list replaces its own, and all must have come', () => {
  const { store, changes } = makeStore(['ns', 'other']);
  store.replace([thing('a', '1')], { begunAt: 0, namespace: 'ns' });
  expect(store.hasSynced).toBe(false);
  store.replace([thing('a', '2', { namespace: 'other' })], { begunAt: 0, namespace: 'other' });
  expect(store.hasSynced).toBe(true);
  store.replace([], { begunAt: 0, namespace: 'ns' });
  expect([store.size, changes.at(-1)]).toEqual([1, 'deleted ns/a 1 -']);
});

test('what could not be read keeps its place', () => {
  const { store } = makeStore();
  store.replace([thing('a', '1'), thing('b', '1')], { begunAt: 0 });
  store.replace([], { begunAt: 0, unreadable: new Set(['ns/a']) });
  expect([...store.values()].map((one) => one.name)).toEqual(['a']);
});

describe('our own writes', () => {
  test('are seen at once, and older events are not', () => {
    const { store, changes, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    store.wrote(thing('a', '3'));
    expect(version('a')).toBe('3');
    store.observe(thing('a', '2'));
    expect(version('a')).toBe('3');
    store.observe(thing('a', '3'));
    expect(changes).toEqual(['added ns/a - 1']);
    store.observe(thing('a', '4'));
    expect([version('a'), changes.at(-1)]).toEqual(['4', 'updated ns/a 3 4']);
  });

  test('several before any event: the last one is awaited', () => {
    const { store, changes, version } = makeStore();
    store.wrote(thing('a', '1'));
    store.wrote(thing('a', '2'));
    store.wrote(thing('a', '3'));
    for (const rv of ['1', '2', '3']) store.observe(thing('a', rv));
    expect([version('a'), changes]).toEqual(['3', []]);
    store.observe(thing('a', '4'));
    expect(version('a')).toBe('4');
  });

  test('whose answer is slower than their event, or than the next one, change nothing', () => {
    const { store, version } = makeStore();
    store.observe(thing('a', '1'));
    store.observe(thing('a', '2'));
    store.wrote(thing('a', '2'));
    store.observe(thing('a', '3'));
    expect(version('a')).toBe('3');
    store.observe(thing('a', '4'));
    store.observe(thing('a', '5'));
    store.wrote(thing('a', '4'));
    expect(version('a')).toBe('5');
  });

  test('that changed nothing have no event, and none is awaited', () => {
    const { store, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    store.wrote(thing('a', '1'));
    store.observe(thing('a', '2'));
    expect(version('a')).toBe('2');
  });

  test('do not hide the end of the object', () => {
    const { store, changes, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    store.wrote(thing('a', '2'));
    store.observeDeleted(meta('a', 'uid-a', '3'));
    expect(version('a')).toBeUndefined();
    store.observe(thing('a', '4', { uid: 'second' }));
    expect(changes.slice(1)).toEqual(['deleted ns/a 2 -', 'added ns/a - 4']);
  });

  test('are not undone by the late end of an earlier object of that name', () => {
    const { store, changes, version } = makeStore();
    store.replace([thing('a', '1', { uid: 'first' })], { begunAt: 0 });
    store.wrote(thing('a', '3', { uid: 'second' }));
    store.observeDeleted(meta('a', 'first', '2'));
    expect(version('a')).toBe('3');
    store.observe(thing('a', '3', { uid: 'second' }));
    expect(changes).toEqual(['added ns/a - 1']);
  });

  test('that never come by give way to what the stream said, once it has moved on for long', () => {
    const { clock, store, changes, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    store.wrote(thing('a', 'lost'));
    store.observe(thing('a', '5'));
    clock.advance(29_999);
    store.progressed();
    expect(version('a')).toBe('lost');
    clock.advance(1);
    store.progressed();
    expect([version('a'), changes.at(-1)]).toEqual(['5', 'updated ns/a lost 5']);
  });

  test('outlive a silent stream: there is nothing newer', () => {
    const { clock, store, version } = makeStore();
    store.wrote(thing('a', '2'));
    clock.advance(3_600_000);
    expect(version('a')).toBe('2');
  });

  test('made after the list was asked for are kept over it; earlier ones are in it', () => {
    const { clock, store, version } = makeStore();
    store.replace([thing('a', '1'), thing('b', '1')], { begunAt: 0 });
    store.wrote(thing('a', '2'));
    clock.advance(10);
    const begunAt = clock.monotonic();
    clock.advance(10);
    store.wrote(thing('b', '5'));
    store.wrote(thing('c', '6'));
    store.replace([thing('a', '4'), thing('b', '1')], { begunAt });
    expect([version('a'), version('b'), version('c')]).toEqual(['4', '5', '6']);
    store.observe(thing('b', '5'));
    store.observe(thing('b', '7'));
    expect(version('b')).toBe('7');
  });

  test('are gone at once when they are deletes, and late events do not bring them back', () => {
    const { clock, store, changes, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    store.removed('ns/a', 'other');
    expect(version('a')).toBe('1');
    store.removed('ns/a', 'uid-a');
    store.observe(thing('a', '2'));
    expect([version('a'), changes.length]).toEqual([undefined, 1]);
    store.observeDeleted(meta('a', 'uid-a', '3'));
    store.observe(thing('a', '4', { uid: 'second' }));
    expect([version('a'), changes.at(-1)]).toEqual(['4', 'added ns/a - 4']);
    clock.advance(60_000);
    store.progressed();
    expect(version('a')).toBe('4');
  });

  test('a delete that a list confirms leaves no ghost', () => {
    const { clock, store, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    clock.advance(10);
    store.removed('ns/a', 'uid-a');
    store.replace([], { begunAt: 5 });
    clock.advance(60_000);
    store.progressed();
    expect(version('a')).toBeUndefined();
  });

  test('a delete that finalizers hold up comes back', () => {
    const { clock, store, version } = makeStore();
    store.replace([thing('a', '1')], { begunAt: 0 });
    store.removed('ns/a', 'uid-a');
    store.observe(thing('a', '2'));
    clock.advance(30_000);
    store.progressed();
    expect(version('a')).toBe('2');
  });
});

/**
 * A true history of one object by us and somebody else, a stream that delivers it in order and late, and answers to
 * our writes that come in any order relative to the stream.
 */
const happening = fc.constantFrom('ours', 'theirs', 'recreate', 'deliver', 'answer');

test('however stream and answers interleave: never older than our last answered write, and right in the end', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
      const { clock, store } = makeStore();
      const truth: { object: Thing; deletes?: string }[] = [];
      const answers: number[] = [];
      let delivered = 0;
      let uid = 0;
      let newestKnown = -1;
      const now = () => truth.findLast((one) => one.deletes === undefined)?.object;
      const version = () => String(truth.length);
      const deliver = () => {
        const next = truth[delivered++];
        if (next === undefined) delivered--;
        else if (next.deletes === undefined) store.observe({ ...next.object });
        else store.observeDeleted(meta('a', next.deletes, next.object.resourceVersion));
        newestKnown = Math.max(newestKnown, delivered - 1);
      };
      const answer = () => {
        const index = answers.shift();
        if (index === undefined) return;
        store.wrote({ ...(truth[index] as { object: Thing }).object });
        newestKnown = Math.max(newestKnown, index);
      };
      for (const one of happenings) {
        // A pass of ours makes one write at a time, on what it knows.
        if (one === 'ours' && answers.length === 0) {
          truth.push({ object: thing('a', version(), { uid: `u${uid}` }) });
          answers.push(truth.length - 1);
        } else if (one === 'theirs') truth.push({ object: thing('a', version(), { uid: `u${uid}` }) });
        else if (one === 'recreate' && now() !== undefined && answers.length === 0) {
          truth.push({ object: thing('a', version()), deletes: `u${uid}` });
          uid++;
          truth.push({ object: thing('a', version(), { uid: `u${uid}` }) });
        } else if (one === 'deliver') deliver();
        else if (one === 'answer') answer();
        const shown = store.get('ns/a');
        if (shown !== undefined) expect(Number(shown.resourceVersion)).toBeGreaterThanOrEqual(newestKnown);
      }
      while (answers.length > 0) answer();
      while (delivered < truth.length) deliver();
      clock.advance(60_000);
      store.progressed();
      expect(store.get('ns/a')?.resourceVersion).toBe(now()?.resourceVersion);
    }),
    { numRuns: 1_000 },
  );
});
