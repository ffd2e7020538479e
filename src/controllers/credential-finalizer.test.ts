import { expect, test } from 'vitest';
import { finalizers } from '../api/group.ts';
import type { MachineClient } from '../api/objects.ts';
import type { Store } from '../kube/store.ts';
import { machineClientOf, machineClientStore, providerOf } from '../machine-client/testing/objects.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { isInUse } from './credential-finalizer.ts';

const storeOf = (objects: readonly MachineClient[]): Store<MachineClient> => {
  const store = machineClientStore(new ManualClock());
  store.replace(objects, { begunAt: 0 });
  return store;
};
const held = [finalizers.upstream];

test('who asks whether a provider is in use stops at the first user that counts', () => {
  const machineClients = storeOf(
    Array.from({ length: 1_000 }, (_, index) => machineClientOf({ name: `app-${index}`, finalizers: held })),
  );
  let asked = 0;
  const mayRemove = (): boolean => ++asked >= 3;
  expect(isInUse(machineClients, () => false, providerOf(), mayRemove)).toBe(true);
  expect(asked).toBe(3);
});

test.each([
  ['nobody uses it', [], {}, true, false],
  ['one that has nothing upstream yet', [{}], {}, true, true],
  ['… keeps no provider that is being deleted', [{}], { deleting: true }, true, false],
  ['one that has something upstream', [{}, { finalizers: held }], { deleting: true }, true, true],
  ['one that may not use it', [{ finalizers: held }], {}, false, false],
] as const)('%s', (_name, users, provider, may, inUse) => {
  const machineClients = storeOf(
    users.map((user, index) => machineClientOf({ name: `app-${index}`, ...user })),
  );
  expect(
    isInUse(
      machineClients,
      () => false,
      providerOf(provider),
      () => may,
    ),
  ).toBe(inUse);
  expect(
    isInUse(
      machineClients,
      () => true,
      providerOf(provider),
      () => may,
    ),
  ).toBe(true);
});
