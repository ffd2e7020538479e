import { deployments } from '../../src/kube/resource.ts';
import type { Joined } from './upstreams/upstream.ts';
import type { World } from './world.ts';

/** Nobody runs in it, so it has rolled out whenever its controller has looked at it. */
export const idleDeployment = (world: World<Joined>, name: string): Promise<unknown> =>
  world.kube.create(deployments, world.namespace, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: world.namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'none' }] },
      },
    },
  });
