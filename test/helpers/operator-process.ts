import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');

/**
 * What Node has made of the sources, for all operators of this checkout: most of the time of a start goes into it, and
 * tests start thousands. Node takes nothing from it that was made of another text.
 */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/operator'),
});

/** One that is killed writes nothing into the cache; this one ends by itself. */
export const compileOperator = async (): Promise<void> => {
  await promisify(execFile)(process.execPath, [main, '--help'], { env: environment() });
};

export interface OperatorOptions {
  readonly kubeconfig: string;
  /** Without `--kubeconfig`, the addresses and the namespace, which are given here. */
  readonly flags?: readonly string[];
  readonly namespace: string;
  /** What is run: the sources, or a bundle. */
  readonly entry?: string;
  readonly nodeFlags?: readonly string[];
}

/** The operator as a process of its own, with everything that it printed. */
export class OperatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<number | null>;

  constructor(options: OperatorOptions) {
    const args = [
      ...(options.nodeFlags ?? []),
      options.entry ?? main,
      `--kubeconfig=${options.kubeconfig}`,
      `--namespace=${options.namespace}`,
      '--leader-elect=false',
      '--health-address=0',
      '--metrics-address=0',
      '--allow-insecure-provider-urls',
      '--log-level=trace',
      ...(options.flags ?? []),
    ];
    // A bundle is measured as it is.
    const env = options.entry === undefined ? environment() : process.env;
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#lines.push(line));
    // Not `exit`, after which the last lines may still be on their way.
    this.#exited = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get exited(): Promise<number | null> {
    return this.#exited;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Everything that it printed, line by line. */
  get output(): readonly string[] {
    return this.#lines;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (!this.hasEnded) this.#child.kill(signal);
    return await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
