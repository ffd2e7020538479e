import { versionAnnotation } from '../../../src/kube/rollout/workload.ts';
import { pathOf } from './cluster.ts';
import { NAMESPACE, type WorkloadAct } from './schedule.ts';
import { secretsReadBy } from './truth.ts';
import type { World } from './world.ts';

const kinds: Readonly<Record<string, readonly [resource: string, kind: string]>> = {
  two: ['statefulsets', 'StatefulSet'],
  three: ['daemonsets', 'DaemonSet'],
};

/** Of which kind the workload of a MachineClient is, by the name of that. */
export const workloadOf = (
  client: string,
): { readonly resource: string; readonly kind: string; readonly name: string } => {
  const [resource, kind] = kinds[client] ?? ['deployments', 'Deployment'];
  return { resource, kind, name: `${client}-app` };
};

const container = (secret: string) => ({
  name: 'main',
  image: 'none',
  envFrom: [{ secretRef: { name: secret } }],
});

export const moveConsumers = (
  { cluster }: World,
  namespace: string,
  client: string,
  secret: string,
): void => {
  const { resource, name } = workloadOf(client);
  const body = { spec: { template: { spec: { containers: [container(secret)] } } } };
  cluster.patch(resource, name, body, namespace);
};

/** No pod starts of a program that reads the Secret of a former object of the name, which nobody writes any more. */
export const repairConsumers = (world: World): void => {
  for (const workload of world.cluster.workloads()) {
    const { namespace = NAMESPACE, name } = workload.metadata;
    const client = name.replace(/-app$/, '');
    const object = world.cluster.machineClient(`${namespace}/${client}`);
    const secret = object?.spec.secret?.name ?? client;
    if (object && !secretsReadBy(workload).includes(secret)) moveConsumers(world, namespace, client, secret);
  }
};

export const actOnWorkload = (world: World, act: WorkloadAct, namespace: string): void => {
  const { cluster, fleet } = world;
  const { resource, kind, name } = workloadOf(act.name);
  const path = pathOf(resource, name, namespace);
  const patch = (body: object): void => void cluster.patch(resource, name, body, namespace);
  // As the object says it now: a program that is deployed for a former name is promised nothing.
  const secret = cluster.machineClient(`${namespace}/${act.name}`)?.spec.secret?.name ?? act.name;
  const make = (replicas: number): void => {
    const labels = { uses: act.name };
    const spec = {
      ...(kind !== 'DaemonSet' && { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container(secret)] } },
    };
    const metadata = { name, labels };
    cluster.create(resource, { apiVersion: 'apps/v1', kind, metadata, spec }, namespace);
  };
  switch (act.do) {
    case 'deploy':
      make(act.replicas);
      return;
    case 'remake':
      cluster.write('DELETE', path);
      make(1);
      return;
    case 'stick':
      fleet.stick(namespace, name, act.ms);
      return;
    case 'lose-pod':
      fleet.kill(namespace, name);
      return;
    case 'pause':
      if (kind === 'Deployment') patch({ spec: { paused: act.on || null } });
      return;
    case 'scale':
      if (kind !== 'DaemonSet') patch({ spec: { replicas: act.replicas } });
      return;
    case 'undo':
      patch({
        spec: { template: { metadata: { annotations: { [versionAnnotation(act.name)]: null } } } },
      });
  }
};
