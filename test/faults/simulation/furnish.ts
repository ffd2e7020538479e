import { apiVersion } from '../../../src/api/group.ts';
import { Chance } from './chance.ts';
import { namespaceNames, pathOf } from './cluster.ts';
import { EPOCH } from './schedule.ts';
import type { World } from './world.ts';

const SNAPSHOT_MS = 5_000;
const BOOKMARK_MS = 60_000;

/** What is in every cluster before anybody does anything, and what goes on in it by itself. */
export const furnish = (world: World): void => {
  const { agenda, cluster, upstream } = world;
  const { seed, settings, steps } = world.schedule;
  upstream.setSwitches(settings.switches ?? {});
  for (const name of namespaceNames)
    cluster.write('POST', pathOf('namespaces'), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  world.setIntegrityKey(new Chance(seed, 'integrity key'));
  cluster.create('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${upstream.name}-management` },
    stringData: { secret: upstream.login },
  });
  cluster.create('identityproviders', {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name: upstream.name },
    spec: {
      ...upstream.spec,
      resyncInterval: settings.resync,
      orphanPolicy: settings.orphanPolicy,
      ...(settings.holdsDeletions === true && { massDeletionPolicy: 'Hold' }),
      limits: { requestsPerMinute: 6_000, burst: 100, concurrency: 8 },
    },
  });
  const repeat = (ms: number, run: () => void): void => {
    agenda.after(ms, () => {
      run();
      repeat(ms, run);
    });
  };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'another' } };
  cluster.create('leases', lease, 'kube-system');
  // In a cluster something always moves, and with it the version of a bookmark.
  repeat(BOOKMARK_MS, () => {
    const spec = { renewTime: `${new Date(EPOCH + agenda.now).toISOString().slice(0, -1)}000Z` };
    cluster.write('PATCH', pathOf('leases', 'another', 'kube-system'), { spec });
    cluster.server.bookmark();
  });
  if (steps.some(({ act }) => act.do === 'etcd-restore'))
    repeat(SNAPSHOT_MS, () => world.snapshots.push({ at: agenda.now, snapshot: cluster.snapshot() }));
};
