import { join } from 'node:path';
import { type Child, startChild } from '../control-plane/child.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** Every wait of the operator is divided by it, so that one sees in seconds what takes minutes. */
export const TIME_SCALE = 10;

interface OperatorOptions {
  readonly kubeconfigPath: string;
  readonly logFile: string;
  readonly flags: readonly string[];
  /** It ended without having been killed by us. */
  readonly onDeath: (error: Error) => void;
}

/** The operator as a process of its own, which dies with us however we end. */
export class Operator implements AsyncDisposable {
  readonly #options: OperatorOptions;
  #child: Child | undefined;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  get logFile(): string {
    return this.#options.logFile;
  }

  /** Starts it and gives its process id. */
  start(): number {
    const { kubeconfigPath, logFile, flags, onDeath } = this.#options;
    const child = startChild(
      [
        process.execPath,
        MAIN,
        `--kubeconfig=${kubeconfigPath}`,
        '--leader-elect=false',
        '--health-address=0',
        '--metrics-address=0',
        '--allow-insecure-provider-urls',
        `--time-scale=${TIME_SCALE}`,
        ...flags,
      ],
      logFile,
    );
    child.died.catch(onDeath);
    this.#child = child;
    return child.pid;
  }

  /** SIGKILL: it gets no chance to finish anything. */
  async kill(): Promise<void> {
    await this.#child?.kill();
    this.#child = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
