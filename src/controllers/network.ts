import { connectPool, type ConnectPool } from '../kube/agents.ts';
import type { Endpoint } from '../kube/endpoint.ts';
import { type LoadOptions, loadEndpoint } from '../kube/kubeconfig.ts';
import { connectProvider, type ConnectProvider } from '../providers/connection.ts';

/** Every way out of this process. All above it is the same in a simulation, which brings a network of its own. */
export interface Network {
  readonly endpoint: (options: LoadOptions) => Promise<Endpoint>;
  readonly toApiServer: ConnectPool;
  readonly toProvider: ConnectProvider;
}

export const systemNetwork: Network = {
  endpoint: loadEndpoint,
  toApiServer: connectPool,
  toProvider: connectProvider,
};
