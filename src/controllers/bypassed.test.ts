import { expect, test } from 'vitest';
import { finalizers } from '../api/group.ts';
import { providerKeyOf } from '../api/objects.ts';
import type { ObjectMeta } from '../kube/resource.ts';
import { machineClientOf, machineClientStore } from '../machine-client/testing/objects.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Bypassed } from './bypassed.ts';

const held = machineClientOf({ finalizers: [finalizers.upstream] });
const { namespace, name, uid } = held;
const key = `${namespace}/${name}`;
const provider = providerKeyOf(held);

const make = () => {
  const machineClients = machineClientStore(new ManualClock());
  const woken: string[] = [];
  const bypassed = new Bypassed(machineClients, (one) => woken.push(one));
  machineClients.observe(held);
  return { machineClients, bypassed, woken };
};
const lastOf = (meta: Partial<ObjectMeta> = {}): ObjectMeta => ({
  namespace,
  name,
  uid,
  resourceVersion: '9',
  finalizers: [finalizers.upstream],
  ...meta,
});

test('what is removed with our finalizer on it is remembered, and its provider is in use until its removal was tried', () => {
  const { machineClients, bypassed, woken } = make();
  machineClients.observeDeleted(lastOf());
  expect(bypassed.get(key)).toEqual(held);
  expect(bypassed.isUsing(provider)).toBe(true);
  expect(bypassed.isUsing('another')).toBe(false);
  bypassed.tried(key);
  bypassed.tried(key);
  expect(bypassed.isUsing(provider)).toBe(false);
  expect(woken).toEqual([provider]);
  // The next list may show what was not seen yet.
  expect(bypassed.get(key)).toBeDefined();
});

test.each([
  [
    'was let go by us: the stream shows it as it was before that',
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
  ],
  ['lost its finalizer by hand', { finalizers: ['example.com/other'] }],
  ['never had one', { finalizers: undefined as never }],
  ['was another one of that name', { uid: 'another' }],
])('one that %s is none', (_what, meta) => {
  const { machineClients, bypassed } = make();
  machineClients.observeDeleted(lastOf(meta));
  expect(bypassed.get(key)).toBeUndefined();
  expect(bypassed.isUsing(provider)).toBe(false);
});

test('what a list does not show any more is none: nobody has seen its end', () => {
  const { machineClients, bypassed } = make();
  machineClients.replace([], { begunAt: 0 });
  expect(bypassed.get(key)).toBeUndefined();
});

test('one that is there again takes over what bears its name', () => {
  const { machineClients, bypassed, woken } = make();
  machineClients.observeDeleted(lastOf());
  machineClients.observe({ ...held, uid: 'another', resourceVersion: '10' });
  expect(bypassed.get(key)).toBeUndefined();
  expect(bypassed.isUsing(provider)).toBe(false);
  expect(woken).toEqual([provider]);
});

test('a thousand are remembered, and the oldest are forgotten first', () => {
  const { machineClients, bypassed } = make();
  for (let index = 0; index < 1_001; index++) {
    const one = { ...held, name: `app-${index}`, uid: `uid-${index}` };
    machineClients.observe(one);
    machineClients.observeDeleted(lastOf({ name: one.name, uid: one.uid }));
  }
  expect(bypassed.get(`${namespace}/app-0`)).toBeUndefined();
  expect(bypassed.get(`${namespace}/app-1`)).toBeDefined();
  expect(bypassed.get(`${namespace}/app-1000`)).toBeDefined();
});
