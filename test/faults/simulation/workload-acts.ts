import { versionAnnotation } from '../../../src/kube/rollout/workload.ts';
import { pathOf } from './cluster.ts';
import type { WorkloadAct } from './schedule.ts';
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

export const moveConsumers = ({ cluster }: World, client: string, secret: string): void => {
  const { resource, name } = workloadOf(client);
  cluster.patch(resource, name, { spec: { template: { spec: { containers: [container(secret)] } } } });
};

export const actOnWorkload = (world: World, act: WorkloadAct): void => {
  const { cluster, fleet } = world;
  const { resource, kind, name } = workloadOf(act.name);
  const path = pathOf(resource, name);
  const make = (secret: string, replicas: number): void => {
    const labels = { uses: act.name };
    cluster.create(resource, {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, labels },
      spec: {
        ...(kind !== 'DaemonSet' && { replicas }),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container(secret)] } },
      },
    });
  };
  switch (act.do) {
    case 'deploy':
      make(act.name, act.replicas);
      return;
    case 'remake':
      cluster.write('DELETE', path);
      make(cluster.machineClient(`team/${act.name}`)?.spec.secret?.name ?? act.name, 1);
      return;
    case 'stick':
      fleet.stick(name, act.ms);
      return;
    case 'lose-pod':
      fleet.kill(name);
      return;
    case 'pause':
      if (kind === 'Deployment') cluster.patch(resource, name, { spec: { paused: act.on || null } });
      return;
    case 'scale':
      if (kind !== 'DaemonSet') cluster.patch(resource, name, { spec: { replicas: act.replicas } });
      return;
    case 'undo':
      cluster.patch(resource, name, {
        spec: { template: { metadata: { annotations: { [versionAnnotation(act.name)]: null } } } },
      });
  }
};
