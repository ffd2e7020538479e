import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { installedNamespace } from '../helpers/installed.ts';
import { Nodes } from '../helpers/nodes.ts';
import { startKwok } from '../kwok/kwok.ts';
import { type StytchSimulator, startStytchSimulator } from '../simulators/stytch/simulator.ts';
import { commandsOf } from './commands.ts';
import { Pods } from './pods.ts';
import { runWalk, type Walk } from './run-walk.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

/** The login that examples/stytch.yaml has for people to replace. */
const login = {
  projectId: 'project-test-00000000-0000-0000-0000-000000000000',
  secret: 'REPLACE-WITH-THE-PROJECT-SECRET',
};

/** The namespace of the examples. */
export const team = 'payments';

/** A cluster on which a page is followed: nodes that kwok plays, and a Stytch that is simulated. */
export class Stage implements AsyncDisposable {
  readonly cluster: ControlPlane;
  readonly admin: AdminClient;
  readonly stytch: StytchSimulator;
  readonly workplace: Workplace;
  readonly pods: Pods;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<Stage, 'cluster' | 'admin' | 'stytch' | 'workplace' | 'pods'>,
    stack: AsyncDisposableStack,
  ) {
    ({
      cluster: this.cluster,
      admin: this.admin,
      stytch: this.stytch,
      workplace: this.workplace,
      pods: this.pods,
    } = parts);
    this.#stack = stack;
  }

  static async start(namespace = 'default', urls: Readonly<Record<string, string>> = {}): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const stytch = stack.use(await startStytchSimulator(login));
    const cluster = stack.use(await startControlPlane());
    const admin = stack.use(adminClient(cluster.kubeconfigPath));
    const kwok = stack.use(await startKwok(cluster.kubeconfigPath));
    for (const each of [installedNamespace, team]) stack.use(await Nodes.make(admin, kwok, each));
    const folder = await mkdtemp(join(tmpdir(), 'mco-stage-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const kubeconfig = join(folder, 'kubeconfig.yaml');
    await copyFile(cluster.kubeconfigPath, kubeconfig);
    await setNamespace(kubeconfig, namespace);
    const workplace = stack.use(await makeWorkplace(kubeconfig, { Stytch: stytch.url, ...urls }, {}));
    const pods = stack.use(new Pods(admin, cluster.kubeconfigPath, ['--time-scale=20']));
    return new Stage({ cluster, admin, stytch, workplace, pods }, stack.move());
  }

  /** What happens before or after what the page says. */
  async sh(text: string): Promise<string> {
    return await this.run({ page: 'around the page', commands: commandsOf({ text, line: 1 }) });
  }

  async run(walk: Pick<Walk, 'page' | 'commands' | 'words'>): Promise<string> {
    const { cwd, env } = this.workplace;
    try {
      return await runWalk({ ...walk, cwd, env });
    } catch (error) {
      const said = this.pods.output.slice(-15).join('\n');
      throw new Error(`${String(error)}\n\nthe operator:\n${said}`, { cause: error });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

interface Contexts {
  readonly contexts: readonly { readonly context: Record<string, unknown> }[];
}

const setNamespace = async (kubeconfig: string, namespace: string): Promise<void> => {
  const config = parse(await readFile(kubeconfig, 'utf8')) as Contexts;
  for (const { context } of config.contexts) context['namespace'] = namespace;
  await writeFile(kubeconfig, stringify(config));
};
