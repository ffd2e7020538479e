import { apiVersion, installationSecretName } from '../../../src/api/group.ts';
import { Chance } from './chance.ts';
import { type Cluster, pathOf, systemNamespaces } from './cluster.ts';
import { EPOCH, namespacesOf, OPERATOR_NAMESPACE } from './schedule.ts';
import type { World } from './world.ts';

const SNAPSHOT_MS = 5_000;
const BOOKMARK_MS = 60_000;

/** What people have made in a cluster before any MachineClient is there. */
export const furnishCluster = (world: World, cluster: Cluster, chance: Chance): void => {
  const { upstream, schedule } = world;
  const { settings, steps } = schedule;
  const adopts = steps.some(({ act }) => act.do === 'adopt');
  const namespaces = namespacesOf(schedule);
  for (const name of [...systemNamespaces, ...namespaces])
    cluster.write('POST', pathOf('namespaces'), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  setIntegrityKey(cluster, chance);
  const login = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${upstream.name}-management` },
    stringData: { secret: upstream.login },
  };
  const provider = {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name: upstream.name },
    spec: {
      ...upstream.spec,
      resyncInterval: settings.resync,
      orphanPolicy: settings.orphanPolicy,
      ...(adopts && {
        clientPolicy: { ...(upstream.spec['clientPolicy'] as object | undefined), adoption: 'Allow' },
      }),
      ...(settings.holdsDeletions === true && { massDeletionPolicy: 'Hold' }),
      limits: { requestsPerMinute: 6_000, burst: 100, concurrency: 8 },
    },
  };
  for (const namespace of namespaces) {
    cluster.create('secrets', login, namespace);
    cluster.create('identityproviders', provider, namespace);
  }
};

/** Made here and not by the operator, for its own is of the system's chance. */
export const setIntegrityKey = (cluster: Cluster, chance: Chance): void => {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: installationSecretName },
    stringData: { 'key-id': chance.bytes(6).toString('hex'), key: chance.bytes(32).toString('base64') },
  };
  cluster.write('DELETE', pathOf('secrets', installationSecretName, OPERATOR_NAMESPACE));
  cluster.create('secrets', body, OPERATOR_NAMESPACE);
};

/** What is in every cluster before anybody does anything, and what goes on in it by itself. */
export const furnish = (world: World): void => {
  const { agenda, cluster, upstream } = world;
  const { seed, settings, steps } = world.schedule;
  upstream.setSwitches(settings.switches ?? {});
  furnishCluster(world, cluster, new Chance(seed, 'integrity key'));
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
