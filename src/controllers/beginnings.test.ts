import { expect, test } from 'vitest';
import { providerKeyOf } from '../api/objects.ts';
import { machineClientOf } from '../machine-client/testing/objects.ts';
import { Beginnings } from './beginnings.ts';

const object = machineClientOf({});
const key = `${object.namespace}/${object.name}`;
const provider = providerKeyOf(object);

test('what begins keeps its provider, and no other, until the cache shows it; then the provider is looked at', () => {
  const woken: string[] = [];
  const beginnings = new Beginnings(
    () => true,
    (one) => woken.push(one),
  );
  expect(beginnings.isUsing(provider)).toBe(false);
  expect(beginnings.begin(object)).toBe(true);
  expect(beginnings.isUsing(provider)).toBe(true);
  expect(beginnings.isUsing('another')).toBe(false);
  beginnings.end('another');
  expect([beginnings.isUsing(provider), woken]).toEqual([true, []]);
  beginnings.end(key);
  beginnings.end(key);
  expect([beginnings.isUsing(provider), woken]).toEqual([false, [provider]]);
});

test('nothing begins with a provider that is on its way out, nor keeps it', () => {
  const beginnings = new Beginnings(
    () => false,
    () => {},
  );
  expect([beginnings.begin(object), beginnings.isUsing(provider)]).toEqual([false, false]);
});
