import { expect, test } from 'vitest';
import { machineClientOf, machineClientStore } from '../machine-client/testing/objects.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { lineOf, orphansNow, searchable } from './provider-report.ts';
import type { Orphan } from './registry.ts';

const orphan = (name: string): Orphan => ({ clientId: `client-${name}`, namespace: 'ns', name });
const linesOf = (...names: readonly string[]): Map<string, Orphan> =>
  new Map(names.map((name) => [lineOf(orphan(name)), orphan(name)]));

test('a search for orphans forgets none that was named while it was under way, or whose object is about to go', () => {
  const machineClients = machineClientStore(new ManualClock());
  machineClients.observe(machineClientOf({ name: 'leaving', deleting: true }));
  machineClients.observe(machineClientOf({ name: 'back' }));
  const goes = machineClientOf({ name: 'went meanwhile', deleting: true });
  machineClients.observe(goes);
  const before = searchable(linesOf('gone', 'leaving', 'back', 'went meanwhile', 'found'), machineClients);
  machineClients.observeDeleted(goes);
  const now = orphansNow(
    linesOf('gone', 'leaving', 'back', 'went meanwhile', 'found', 'named meanwhile'),
    before,
    [orphan('found'), orphan('new')],
    machineClients,
  );
  expect([...now.keys()].toSorted()).toEqual(
    [...linesOf('found', 'leaving', 'named meanwhile', 'new', 'went meanwhile').keys()].toSorted(),
  );
  expect([...orphansNow(undefined, new Set(), [orphan('new')], machineClients).values()]).toEqual([
    orphan('new'),
  ]);
});
