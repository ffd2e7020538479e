import { expect, test } from 'vitest';
import { StoreIndex } from './store-index.ts';

interface Thing {
  readonly values: readonly string[];
}
const thing = (...values: string[]): Thing => ({ values });

test('a value has none, one or several keys, and none again', () => {
  const index = new StoreIndex<Thing>({ byValue: ({ values }) => values });
  const keys = (value: string) => [...index.keys('byValue', value)];
  expect(keys('x')).toEqual([]);
  index.update('ns/a', undefined, thing('x'));
  expect(keys('x')).toEqual(['ns/a']);
  index.update('ns/a', undefined, thing('x'));
  expect(keys('x')).toEqual(['ns/a']);
  index.update('ns/b', undefined, thing('x', 'y'));
  expect(keys('x')).toEqual(['ns/a', 'ns/b']);
  index.update('ns/b', thing('x', 'y'), thing('y'));
  expect([keys('x'), keys('y')]).toEqual([['ns/a'], ['ns/b']]);
  index.update('ns/c', thing('x'), undefined);
  expect(keys('x')).toEqual(['ns/a']);
  index.update('ns/a', thing('x'), undefined);
  expect([keys('x'), keys('y')]).toEqual([[], ['ns/b']]);
});

test('an indexer that throws has changed nothing', () => {
  const index = new StoreIndex<Thing>({
    byValue: ({ values }) => values,
    byLength: ({ values }) => {
      if (values.includes('bad')) throw new RangeError('bad');
      return [String(values.length)];
    },
  });
  index.update('ns/a', undefined, thing('x'));
  expect(() => index.update('ns/a', thing('x'), thing('bad', 'y'))).toThrow(RangeError);
  expect([...index.keys('byValue', 'x')]).toEqual(['ns/a']);
  expect([...index.keys('byValue', 'bad')]).toEqual([]);
  expect([...index.keys('byLength', '1')]).toEqual(['ns/a']);
});

test('a value may be the key itself', () => {
  const index = new StoreIndex<Thing>({ byValue: ({ values }) => values });
  index.update('ns/a', undefined, thing('ns/a'));
  index.update('ns/b', undefined, thing('ns/a'));
  expect([...index.keys('byValue', 'ns/a')]).toEqual(['ns/a', 'ns/b']);
});
