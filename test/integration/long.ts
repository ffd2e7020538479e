import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `npm test` leaves to `npm run ci` (`npm run test:long`): each of these waits longer than all it asks, and what it
 * proves of the whole operator is held, before that, by faster tests of the same promise.
 */
const reasons: Readonly<Record<string, string>> = {
  'authress-keys': 'keys that are accepted late: so they are in three of five schedules of Authress',
  bypassed: 'deletions that overtake the finalizer, at every start: the simulation has them (`brief`)',
  cluster: 'CRDs and rights that come later: src/kube/reflector and src/controllers/synced have the waits',
  'control-plane-processes': 'a tool of the tests themselves, which every run of them starts and ends',
  definition: 'CRDs that go and come back in a real API server: the simulation deletes the definition too',
  'deletion-orders':
    'runs at the real pace: provider-lifecycle.test.ts has a provider that goes before its clients, the simulation namespaces',
  'deserted-lease':
    'leases that end by themselves: src/kube/lease and src/kube/lease-holder have them with a clock',
  fairness:
    'accounts that answer nothing for minutes: src/runtime/work-queue and src/runtime/budget share alike',
  'hostile-objects':
    'hundreds of objects at the bounds: test/hostile/objects.test.ts gives each of them to the parser',
  installations:
    'two installations that rest beside each other: the crash tests have neighbours, forged-marks.test.ts their marks',
  'late-api-server': 'an API server that comes late: src/controllers/synced and src/kube have the waits',
  'mass-guard':
    'seven sweeps and their confirmations: src/accounts has the guard, the simulation its crashes',
  orphans:
    'lists that come by themselves: the simulation has orphans with either policy, decide.test.ts the duplicates',
  'own-control-plane':
    'starts control planes of its own: the simulation has namespaces that end and two clusters, src/accounts/serving who may use what',
  plastiq: 'secrets that end again and again: the conformance of Plastiq and the simulation have them',
  'provider-outages': 'waits that grow: src/runtime and src/providers have the same answers with a clock',
  'provider-refusals':
    'waits that grow, across restarts: decide.test.ts has them, test/hostile/answers.test.ts the answers',
  reach:
    'several installations, one after the other: attacks.test.ts and forged-marks.test.ts have the same guards',
  rest: 'a minute in which nothing may happen: decide.test.ts has the rests, src/accounts/view that a look changes nothing',
  restart:
    'rollouts by the real controllers: decide.test.ts has the gate, the simulation workloads of three kinds',
  'restart-waits': 'rollouts that hang: decide.test.ts has the gate, the simulation workloads that hang',
  'rotation-console':
    'consoles at each step of a rotation: decide.test.ts has the rows, the simulation draws them',
  'rotation-edits':
    'edits at each step of a rotation: decide.test.ts has the rows, the simulation draws them',
  scalekit: 'whole rotations of one more provider: its conformance and the simulation have them',
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
