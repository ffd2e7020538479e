import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `npm test` leaves to `npm run ci` (`npm run test:long`): each of these waits longer than all it asks, and what it
 * proves of the whole operator is held, before that, by faster tests of the same promise.
 */
const reasons: Readonly<Record<string, string>> = {
  'authress-keys': 'keys that are accepted late: so they are in three of five schedules of Authress',
  definition: 'CRDs that go and come back in a real API server: the simulation deletes the definition too',
  'deletion-orders':
    'runs at the real pace: provider-lifecycle.test.ts has a provider that goes before its clients, the simulation namespaces',
  'hostile-objects':
    'hundreds of objects at the bounds: test/hostile/objects.test.ts gives each of them to the parser',
  'mass-guard':
    'seven sweeps and their confirmations: src/accounts has the guard, the simulation its crashes',
  orphans:
    'lists that come by themselves: the simulation has orphans with either policy, decide.test.ts the duplicates',
  'own-control-plane':
    'starts control planes of its own: the simulation has namespaces that end and two clusters, src/accounts/serving who may use what',
  'provider-outages': 'waits that grow: src/runtime and src/providers have the same answers with a clock',
  reach:
    'several installations, one after the other: attacks.test.ts and forged-marks.test.ts have the same guards',
  rest: 'a minute in which nothing may happen: decide.test.ts has the rests, src/accounts/view that a look changes nothing',
  schedule: 'minutes of a real clock: src/machine-client/rotation has them from a clock that is given',
  tenants: 'sweeps of several accounts: src/accounts has the same guards',
  'young-client': 'reads that are late at every step: the simulation has them for each of these providers',
};

/** Their files. One that is not there any more is said at once: nothing else would miss it. */
export const long: readonly string[] = Object.keys(reasons).map((name) => {
  const file = `test/integration/${name}.test.ts`;
  if (!existsSync(join(import.meta.dirname, '../..', file))) throw new Error(`${file} is not there`);
  return file;
});
