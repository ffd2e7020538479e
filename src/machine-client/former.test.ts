import { beforeEach, expect, test } from 'vitest';
import { annotations } from '../api/group.ts';
import { type MachineClient, parseMachineClient } from '../api/objects.ts';
import { formatOperation, type Operation } from '../api/operation.ts';
import { Store } from '../kube/store.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Former } from './former.ts';
import { Settling } from './settling.ts';
import { makeTiming } from './timing.ts';

const timing = makeTiming(20_000, 1);
const HOUR = 3_600_000;
let clock = new ManualClock();
let store: Store<MachineClient>;
let former: Former;

beforeEach(() => {
  clock = new ManualClock();
  store = new Store<MachineClient>({ clock });
  former = new Former({ clock, timing, settling: new Settling(clock, timing) });
  store.follow(former.follow);
});

const fenced = (ageMs: number, fields: Partial<Operation> = {}): Operation => {
  const at = clock.now() - ageMs;
  return {
    id: 'op',
    kind: 'create',
    at,
    until: at + 20_000,
    uid: 'u',
    installation: 'i',
    incarnation: 0,
    ...fields,
  };
};
const object = (uid: string, operation?: Operation, published?: string): MachineClient =>
  parseMachineClient({
    metadata: {
      name: 'app',
      namespace: 'ns',
      uid,
      resourceVersion: uid,
      ...(operation && { annotations: { [annotations.operation]: formatOperation(operation) } }),
    },
    spec: { providerRef: { name: 'stytch' } },
    status: { observedGeneration: 1, ...(published !== undefined && { operation: published }) },
  });
/** It is there, and then it is gone. */
const gone = (operation?: Operation, published?: string): Operation | undefined => {
  store.wrote(object('first', operation, published));
  store.removed('ns/app', 'first');
  return former.of('ns/app');
};

test('a creation whose end nobody knows, however long ago', () => {
  const lost = fenced(HOUR);
  expect(gone(lost)).toEqual(lost);
});

test('what was done moments ago, which reads may not show yet', () => {
  const created = fenced(30_000);
  expect(gone(created, 'op')).toEqual(created);
  const updated = fenced(30_000, { kind: 'update' });
  expect(gone(updated)).toEqual(updated);
});

test.each([
  ['an object that has begun nothing', undefined],
  ['what reads have shown long since', fenced(HOUR, { kind: 'update' })],
  ['a creation that was refused', fenced(30_000, { result: 'rejected' })],
  ['one whose client was removed', fenced(30_000, { kind: 'delete' })],
  ['one whose client was released', fenced(30_000, { kind: 'release' })],
] as const)('not %s', (_, operation) => {
  expect(gone(operation)).toBeUndefined();
});

test('an object whose end was not seen: another one is in its place', () => {
  const lost = fenced(30_000);
  store.observe(object('first', lost));
  expect(former.of('ns/app')).toBeUndefined();
  store.observe(object('second'));
  expect(former.of('ns/app')).toEqual(lost);
});

test('dated by a clock that was ahead: no longer than it lasts', () => {
  const ahead = fenced(-HOUR);
  gone(ahead);
  clock.advance(20_000);
  expect(former.of('ns/app')?.until).toBeLessThanOrEqual(clock.now());
});
