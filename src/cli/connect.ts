import { createKubeClient, type KubeClient } from '../kube/client.ts';
import { loadEndpoint } from '../kube/kubeconfig.ts';
import { type RequestRecord, Transport } from '../kube/transport.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Arguments } from './arguments.ts';
import { version } from '../runtime/version.ts';

export interface Connection extends AsyncDisposable {
  readonly kube: KubeClient;
  readonly transport: Transport;
  /** Where names are looked up: the flag, else the context's, else `default`. */
  readonly namespace: string;
  /** The namespace to list in; undefined: all. */
  readonly scope: string | undefined;
  /** The last answer of the API server. */
  readonly lastAnswer: () => RequestRecord | undefined;
}

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly random: () => number;
}

/** As kubectl finds its cluster: the flags, then the files, then the pod's own service account. */
export const connect = async (
  { values, flags }: Arguments,
  { env, clock, random }: Surroundings,
): Promise<Connection> => {
  const endpoint = await loadEndpoint({
    kubeconfigPath: values.get('kubeconfig'),
    context: values.get('context'),
    prefer: 'kubeconfig',
    env,
    clock,
  });
  let last: RequestRecord | undefined;
  const transport = new Transport({
    endpoint,
    clock,
    random,
    userAgent: `kubectl-machine_client/${version}`,
    onRequest: (record) => {
      if (record.status > 0) last = record;
    },
    // Somebody sits and waits.
    backoff: { firstMs: 200, mostMs: 1_000 },
  });
  const namespace = values.get('namespace') ?? endpoint.namespace ?? 'default';
  return {
    kube: createKubeClient(transport, 'api', 'kubectl-machine_client'),
    transport,
    namespace,
    scope: flags.has('all-namespaces') ? undefined : namespace,
    lastAnswer: () => last,
    [Symbol.asyncDispose]: () => transport.destroy(),
  };
};
