import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { installedNamespace } from '../helpers/installed.ts';
import { Nodes } from '../helpers/nodes.ts';
import { startKwok } from '../kwok/kwok.ts';
import { type StytchSimulator, startStytchSimulator } from '../simulators/stytch/simulator.ts';
import { commandsOf } from './commands.ts';
import { Pods } from './pods.ts';
import { runWalk, type Walk } from './run-walk.ts';
import { type BaseUrls, editExamples, loginOf } from './examples.ts';
import { makeWorkplace, type Workplace } from './workplace.ts';

/** The namespace of the examples. */
export const team = 'payments';

export const installOperator = `helm upgrade --install machine-client-operator deploy/charts/machine-client-operator \\
  --namespace machine-client-system --create-namespace --wait --timeout=60s`;
export const applyExample = `kubectl apply -f examples/stytch.yaml
kubectl wait -n ${team} mcl --all --for=condition=Ready --timeout=60s`;

interface Options {
  /** kubectl's own. */
  readonly namespace?: string;
  /** The example whose login the provider has. */
  readonly login?: string | undefined;
}

/** A cluster on which a page is followed: nodes that kwok plays, and a Stytch that is simulated. */
export class Stage implements AsyncDisposable {
  readonly cluster: ControlPlane;
  readonly admin: AdminClient;
  readonly stytch: StytchSimulator;
  readonly workplace: Workplace;
  readonly pods: Pods;
  /** What stands for something of the reader's. */
  readonly words: Record<string, string> = {};
  /** Of the shell. */
  readonly variables: Record<string, string> = {};
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

  static async start({
    namespace = 'default',
    login = 'examples/stytch.yaml',
  }: Options = {}): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const stytch = stack.use(await startStytchSimulator(await loginOf(login)));
    const cluster = stack.use(await startControlPlane());
    const admin = stack.use(adminClient(cluster.kubeconfigPath));
    const kwok = stack.use(await startKwok(cluster.kubeconfigPath));
    for (const each of [installedNamespace, team, 'machine-client-try'])
      stack.use(await Nodes.make(admin, kwok, each));
    const workplace = stack.use(await makeWorkplace(cluster.kubeconfigPath, namespace));
    await editExamples(workplace.cwd, { Stytch: stytch.url });
    const pods = stack.use(new Pods(admin, cluster.kubeconfigPath, ['--time-scale=10']));
    return new Stage({ cluster, admin, stytch, workplace, pods }, stack.move());
  }

  /** Ends with the stage. */
  own<T extends AsyncDisposable>(thing: T): T {
    return this.#stack.use(thing);
  }

  /** What the reader puts into the examples, by the name of the provider object. */
  setBaseUrls(urls: BaseUrls): Promise<void> {
    return editExamples(this.workplace.cwd, urls);
  }

  /** What happens before or after what the page says. */
  async sh(text: string): Promise<string> {
    return await this.run({ page: 'around the page', commands: commandsOf({ text, line: 1 }) });
  }

  async run({ words, ...walk }: Pick<Walk, 'page' | 'commands' | 'words' | 'complaining'>): Promise<string> {
    const { cwd, env } = this.workplace;
    try {
      return await runWalk({
        ...walk,
        words: { ...this.words, ...words },
        cwd,
        env: { ...env, ...this.variables },
      });
    } catch (error) {
      const said = this.pods.output.slice(-15).join('\n');
      throw new Error(`${String(error)}\n\nthe operator:\n${said}`, { cause: error });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
