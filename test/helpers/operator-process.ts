import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { operatorProgram, programEnvironment } from './programs.ts';

export interface OperatorOptions {
  readonly kubeconfig: string;
  /** Without `--kubeconfig`, the addresses and the namespace, which are given here. */
  readonly flags?: readonly string[];
  readonly namespace: string;
  /** What is run; by default what this test run runs. */
  readonly entry?: string;
  readonly nodeFlags?: readonly string[];
  /** Beside that of the tests: what a kubelet would set. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The operator as a process of its own, with everything that it printed. */
export class OperatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<number | null>;

  constructor(options: OperatorOptions) {
    const args = [
      ...(options.nodeFlags ?? []),
      options.entry ?? operatorProgram(),
      `--kubeconfig=${options.kubeconfig}`,
      `--namespace=${options.namespace}`,
      '--leader-elect=false',
      '--health-address=0',
      '--metrics-address=0',
      '--allow-insecure-provider-urls',
      '--log-level=trace',
      ...(options.flags ?? []),
    ];
    // What is measured is measured as it is.
    const inherited = options.entry === undefined ? programEnvironment() : process.env;
    const env = { ...inherited, ...options.environment };
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

  /** The last of what it printed, without the facts of decisions, and whether it runs; for who waits in vain. */
  tail(lines: number): string {
    const printed = this.#lines.filter((line) => !line.includes('"msg":"decided"')).slice(-lines);
    return [...printed, this.hasEnded ? 'it has ended' : 'it runs'].join('\n');
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
