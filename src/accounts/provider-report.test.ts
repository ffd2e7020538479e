import { expect, test } from 'vitest';
import { machineClientOf, machineClientStore } from '../machine-client/testing/objects.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Listings } from '../providers/listings.ts';
import { formerOrganizations, lineOf, orphansNow, searchable } from './provider-report.ts';
import type { Orphan } from './registry.ts';
import { Tally } from './tally.ts';

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

test('an organization that only objects name which are being deleted is one of those that are written down', () => {
  const listings = new Listings(true, {
    installation: 'i',
    clock: new ManualClock(),
    random: () => 0,
    onWanted: () => {},
  });
  const tally = new Tally();
  const sees = (name: string, organization: string, leaving: boolean): void => {
    listings.include(organization);
    tally.set(
      `ns/${name}`,
      { namespace: 'ns', health: 'sound', organization, leaving, removable: true, marked: undefined },
      0,
    );
  };
  sees('a', 'org_a', false);
  sees('b', 'org_b', true);
  const former = (swept: boolean) =>
    formerOrganizations({ tally, pool: { swept, partitions: () => listings.all() } });
  expect(former(true)).toEqual(['org_b']);
  expect(former(false)).toBeUndefined();
  sees('c', 'org_b', false);
  expect(former(true)).toEqual([]);
});
