import { beforeEach, expect, test } from 'vitest';
import { type MachineClient, parseMachineClient } from '../api/objects.ts';
import { Store } from '../kube/store.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Recent } from '../runtime/recent.ts';
import { rememberWiped } from './wiped.ts';

let store: Store<MachineClient>;
let shown: Recent<true>;

beforeEach(() => {
  store = new Store<MachineClient>({ clock: new ManualClock() });
  shown = new Recent(10);
  store.follow(rememberWiped(shown));
});

const sees = (uid: string, secretVersion?: number): void =>
  store.wrote(
    parseMachineClient({
      metadata: { name: 'app', namespace: 'ns', uid, resourceVersion: String(++revision) },
      spec: { providerRef: { name: 'stytch' } },
      status: { observedGeneration: 1, ...(secretVersion !== undefined && { secretVersion }) },
    }),
  );
let revision = 0;

test('a status that named a version, and names none any more: there was a Secret', () => {
  sees('a', 1);
  sees('a');
  expect(shown.get('a')).toBe(true);
});

test('a new version is no loss, and a status that never named one says nothing', () => {
  sees('a');
  sees('a');
  sees('a', 1);
  sees('a', 2);
  expect(shown.size).toBe(0);
});

test('nor does another object of the name, which has had no Secret yet', () => {
  sees('a', 1);
  sees('b');
  expect(shown.size).toBe(0);
});

test('nor one that is gone', () => {
  sees('a', 1);
  store.removed('ns/app', String(++revision));
  expect(shown.size).toBe(0);
});
