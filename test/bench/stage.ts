import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultNamespace } from '../../src/api/group.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { loadEndpoint } from '../../src/kube/kubeconfig.ts';
import { Transport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { adminClient } from '../control-plane/admin-client.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';
import { installCrds } from '../helpers/install-crds.ts';
import { MeasuredOperator } from './operator.ts';

const root = join(import.meta.dirname, '../..');

export const buildBundle = async (): Promise<string> => {
  const child = spawn(process.execPath, [join(root, 'scripts/build.ts')], { stdio: ['ignore', 2, 2] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the bundle could not be built');
  return join(root, 'dist/main.js');
};

/** What is run as the operator. */
export interface Program {
  readonly entry: string;
  /** Of its process. */
  readonly nodeFlags: readonly string[];
}

export interface StageOptions extends Program {
  readonly concurrency: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A control plane of its own, a bundle, and a folder for what is written; all of it goes at the end. */
export class Stage implements AsyncDisposable {
  readonly kube: KubeClient;
  readonly transport: Transport;
  readonly folder: string;
  readonly concurrency: number;
  readonly #kubeconfig: string;
  readonly #options: StageOptions;
  readonly #resources: AsyncDisposableStack;
  #operators = 0;

  constructor(
    options: StageOptions,
    made: {
      readonly transport: Transport;
      readonly folder: string;
      readonly kubeconfig: string;
      readonly resources: AsyncDisposableStack;
    },
  ) {
    this.transport = made.transport;
    this.kube = createKubeClient(made.transport);
    this.folder = made.folder;
    this.concurrency = options.concurrency;
    this.#kubeconfig = made.kubeconfig;
    this.#options = options;
    this.#resources = made.resources;
  }

  static async make(options: StageOptions): Promise<Stage> {
    const { say, signal } = options;
    await using resources = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'mco-bench-'));
    // However this process ends: what is disposed of in order is not all that there is.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    const controlPlane = resources.use(await startControlPlane({ onProgress: say, signal }));
    const kubeconfig = controlPlane.kubeconfigPath;
    {
      await using admin = adminClient(kubeconfig);
      await installCrds(admin);
    }
    const endpoint = await loadEndpoint({ kubeconfigPath: kubeconfig, env: {}, clock: systemClock });
    const transport = new Transport({
      endpoint,
      clock: systemClock,
      random: Math.random,
      userAgent: 'bench',
    });
    resources.defer(() => transport.destroy());
    return new Stage(options, { transport, folder, kubeconfig, resources: resources.move() });
  }

  startOperator({
    program: { entry, nodeFlags } = this.#options,
    leaderElect = false,
  }: {
    readonly program?: Program;
    readonly leaderElect?: boolean;
  } = {}): Promise<MeasuredOperator> {
    return MeasuredOperator.start({
      entry,
      leaderElect,
      kubeconfig: this.#kubeconfig,
      namespace: defaultNamespace,
      concurrency: this.concurrency,
      logFile: join(this.folder, `operator-${++this.#operators}.log`),
      nodeFlags,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
