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

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly acquireTime?: string;
}

/** Two processes with a lease between them, each behind a proxy of its own. Both have filled their caches. */
export class Replicas implements AsyncDisposable {
  readonly #world: World;
  readonly #all: readonly Replica[];

  readonly #stack: AsyncDisposableStack;

  private constructor(world: World, all: readonly Replica[], stack: AsyncDisposableStack) {
    this.#world = world;
    this.#all = all;
    this.#stack = stack;
  }

  static async start(world: World, flags: readonly string[]): Promise<Replicas> {
    // Who elects a leader does not make the namespace.
    await world.kube.create(namespaces, undefined, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: world.operatorNamespace },
    });
    await using begun = new AsyncDisposableStack();
    const start = async (): Promise<Replica> => {
      const proxy = begun.use(await startRecordingProxy(world.kubeconfig));
      const process = world.operator(['--leader-elect=true', ...flags], { kubeconfig: proxy.kubeconfig });
      begun.use(process);
      return { process, proxy };
    };
    const all = [await start(), await start()];
    for (const { process } of all)
      await until('caches that are filled', () =>
        process.output.some((line) => line.includes('caches are filled')),
      );
    return new Replicas(world, all, begun.move());
  }

  async #lease(): Promise<LeaseSpec> {
    const { operatorNamespace: namespace, kube } = this.#world;
    const ref = { namespace, name: leaseName };
    return (await kube.get<KubeObject & { readonly spec: LeaseSpec }>(leases, ref)).spec;
  }

  /** When the present leader became that; milliseconds. */
  async acquiredAt(): Promise<number> {
    return Date.parse((await this.#lease()).acquireTime ?? '');
  }

  /** The leader, and the one that waits. */
  async parts(): Promise<{ readonly leader: Replica; readonly standby: Replica }> {
    return await until('a leader', async () => {
      const { holderIdentity: holder = '' } = await this.#lease();
      const leads = ({ process }: Replica): boolean =>
        holder !== '' &&
        process.output.some((line) => line.includes('started leading') && line.includes(holder));
      const leader = this.#all.find(leads);
      const standby = this.#all.find((each) => each !== leader);
      return leader && standby && { leader, standby };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
