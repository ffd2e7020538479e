import { leaseName } from '../../src/api/group.ts';
import { type KubeObject, leases, namespaces } from '../../src/kube/resource.ts';
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';
import type { OperatorProcess } from './operator-process.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

/** One of several processes of an installation, with what it says to the API server. */
export interface Replica {
  readonly process: OperatorProcess;
  readonly proxy: RecordingProxy;
}

/** Two processes with a lease between them, each behind a proxy of its own. Both have filled their caches. */
export class Replicas implements AsyncDisposable {
  readonly #world: World;
  readonly #all: readonly Replica[];

  private constructor(world: World, all: readonly Replica[]) {
    this.#world = world;
    this.#all = all;
  }

  static async start(world: World, flags: readonly string[]): Promise<Replicas> {
    // Who elects a leader does not make the namespace.
    await world.kube.create(namespaces, undefined, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: world.operatorNamespace },
    });
    const start = async (): Promise<Replica> => {
      const proxy = await startRecordingProxy(world.kubeconfig);
      const process = world.operator(['--leader-elect=true', ...flags], { kubeconfig: proxy.kubeconfig });
      return { process, proxy };
    };
    const all = [await start(), await start()];
    for (const { process } of all)
      await until('caches that are filled', () =>
        process.output.some((line) => line.includes('caches are filled')),
      );
    return new Replicas(world, all);
  }

  /** Whoever the lease names; empty: nobody. */
  async holder(): Promise<string> {
    const { operatorNamespace: namespace, kube } = this.#world;
    const lease = await kube.get<KubeObject & { readonly spec: { readonly holderIdentity?: string } }>(
      leases,
      {
        namespace,
        name: leaseName,
      },
    );
    return lease.spec.holderIdentity ?? '';
  }

  /** The leader, and the one that waits. */
  async parts(): Promise<{ readonly leader: Replica; readonly standby: Replica }> {
    return await until('a leader', async () => {
      const holder = await this.holder();
      const leads = ({ process }: Replica): boolean =>
        holder !== '' &&
        process.output.some((line) => line.includes('started leading') && line.includes(holder));
      const leader = this.#all.find(leads);
      const standby = this.#all.find((each) => each !== leader);
      return leader && standby && { leader, standby };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(({ process }) => process.kill()));
    await Promise.all(this.#all.map(({ proxy }) => proxy[Symbol.asyncDispose]()));
  }
}
