import { apiVersion } from '../../src/api/group.ts';
import { clusterIdentityProviders } from '../../src/api/objects.ts';
import { secrets } from '../../src/kube/resource.ts';
import type { TrueClient, Upstream } from './upstreams/upstream.ts';
import { World } from './world.ts';

/** A second namespace over the same account. Whoever made the upstream ends it. */
export const neighbourOf = async <U extends Upstream>(world: World<U>): Promise<World<U>> => {
  // Its own private fields are read by no other object.
  const borrowed = new Proxy(world.upstream, {
    get: (upstream, name) => {
      if (name === Symbol.asyncDispose) return async () => {};
      const value: unknown = Reflect.get(upstream, name, upstream);
      return typeof value === 'function' ? (value.bind(upstream) as unknown) : value;
    },
  });
  return await World.over(world.kubeconfig, borrowed);
};

/** One provider object for several namespaces, with its credential in the operator's own. */
export const shareProvider = async (
  world: World<Upstream>,
  namespaces: readonly string[],
  spec: Record<string, unknown> = {},
): Promise<void> => {
  await world.kube.create(clusterIdentityProviders, undefined, {
    apiVersion,
    kind: 'ClusterIdentityProvider',
    metadata: { name: world.namespace },
    spec: {
      ...world.upstream.spec(),
      limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 16 },
      allowedNamespaces: { names: namespaces },
      ...spec,
    },
  });
  await world.kube.create(secrets, world.operatorNamespace, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${world.providerName}-management`, namespace: world.operatorNamespace },
    stringData: { secret: world.upstream.managementSecret() },
  });
};

/** All that the provider knows of one client, to be compared to the letter. */
export const portraitOf = ({ upstream }: World<Upstream>, id: string): TrueClient | undefined =>
  upstream.clients().find(({ clientId }) => clientId === id);
