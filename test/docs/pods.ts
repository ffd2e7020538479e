import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '../control-plane/admin-client.ts';
import { installedName, installedNamespace } from '../helpers/installed.ts';
import { OperatorProcess } from '../helpers/operator-process.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';

interface DeploymentWire {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] };
    };
  };
}

interface Running {
  readonly of: string;
  readonly operator: OperatorProcess;
  readonly account: AsyncDisposable;
}

const path = `/apis/apps/v1/namespaces/${installedNamespace}/deployments/${installedName}`;

/**
 * What the kubelets would do with the operator's pods: as long as its Deployment is there, the operator runs as it says,
 * with the token of its ServiceAccount. One process stands for all replicas.
 */
export class Pods implements AsyncDisposable {
  readonly #admin: AdminClient;
  readonly #kubeconfig: string;
  readonly #flags: readonly string[];
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  readonly #lines: string[] = [];
  #running: Running | undefined;

  constructor(admin: AdminClient, kubeconfig: string, flags: readonly string[]) {
    this.#admin = admin;
    this.#kubeconfig = kubeconfig;
    this.#flags = flags;
    this.#watching = this.#watch();
  }

  /** What every operator so far has printed. */
  get output(): readonly string[] {
    return [...this.#lines, ...(this.#running?.operator.output ?? [])];
  }

  /** Whether the operator runs. */
  get run(): boolean {
    return this.#running !== undefined;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const { status, body } = await this.#admin.call('GET', path);
      const found = status === 200 ? (body as DeploymentWire) : undefined;
      const deployment = found && found.spec.replicas > 0 ? found : undefined;
      const wanted = deployment && `${deployment.metadata.uid}/${deployment.metadata.generation}`;
      // One that ended by itself is started again, as a kubelet does: under load it may lose its lease.
      if (this.#running?.of !== wanted || this.#running?.operator.hasEnded) await this.#end();
      if (deployment && wanted && !this.#running) await this.#begin(wanted, deployment);
      await sleep(200, undefined, { signal }).catch(() => {});
    }
    await this.#end();
  }

  async #begin(of: string, { spec }: DeploymentWire): Promise<void> {
    const account = await kubeconfigOf(
      this.#admin,
      this.#kubeconfig,
      installedNamespace,
      installedName,
    ).catch(() => undefined);
    // The ServiceAccount may come after the Deployment: at the next look.
    if (!account) return;
    const operator = new OperatorProcess({
      kubeconfig: account.path,
      namespace: installedNamespace,
      flags: [
        ...spec.template.spec.containers[0].args,
        '--leader-elect=true',
        // Nothing listens: several of these tests run on one machine.
        '--health-address=0',
        '--metrics-address=0',
        // The simulators are on loopback.
        '--allow-insecure-provider-urls',
        ...this.#flags,
      ],
    });
    this.#running = { of, operator, account };
  }

  async #end(): Promise<void> {
    const { operator, account } = this.#running ?? {};
    await operator?.kill('SIGTERM');
    await account?.[Symbol.asyncDispose]();
    this.#lines.push(...(operator?.output ?? []));
    this.#running = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }
}
