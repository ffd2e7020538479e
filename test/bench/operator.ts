import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../control-plane/child.ts';
import { freePort } from '../control-plane/ready.ts';
import { until } from '../helpers/until.ts';
import { MemoryPeak, residentBytes } from './memory.ts';
import { parseScrape, type Scrape } from './metrics.ts';
import { liveHeapBytes } from './live-heap.ts';

export interface OperatorSettings {
  readonly entry: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly concurrency: number;
  readonly logFile: string;
  readonly nodeFlags: readonly string[];
  readonly leaderElect: boolean;
}

/** Of the Dockerfile. */
const IMAGE_ENVIRONMENT = ['NODE_ENV=production', 'MALLOC_ARENA_MAX=1'];
const DRAIN_MS = 25_000;
const QUIET_SCRAPES = 4;
const SETTLE_MS = 120_000;

/** The operator as people run it: the bundle, a process of its own, its log in a file. */
export class MeasuredOperator implements AsyncDisposable {
  /** Of `performance.now`: before the process was made. */
  readonly startedAt: number;
  readonly peak: MemoryPeak;
  readonly #child: Child;
  readonly #logFile: string;
  readonly #metricsUrl: string;
  readonly #inspectPort: number;

  constructor(
    child: Child,
    logFile: string,
    made: { readonly startedAt: number; readonly metricsPort: number; readonly inspectPort: number },
  ) {
    this.#child = child;
    this.#logFile = logFile;
    this.startedAt = made.startedAt;
    this.#metricsUrl = `http://127.0.0.1:${made.metricsPort}/metrics`;
    this.#inspectPort = made.inspectPort;
    this.peak = new MemoryPeak(child.pid);
  }

  static async start(settings: OperatorSettings): Promise<MeasuredOperator> {
    const [metricsPort, inspectPort] = [await freePort(), await freePort()];
    const startedAt = performance.now();
    const child = startChild(
      [
        'env',
        ...IMAGE_ENVIRONMENT,
        process.execPath,
        ...settings.nodeFlags,
        // Opens nothing before SIGUSR1.
        `--inspect-port=127.0.0.1:${inspectPort}`,
        settings.entry,
        `--kubeconfig=${settings.kubeconfig}`,
        `--namespace=${settings.namespace}`,
        `--concurrency=${settings.concurrency}`,
        `--metrics-address=127.0.0.1:${metricsPort}`,
        '--health-address=0',
        `--leader-elect=${settings.leaderElect}`,
        '--allow-insecure-provider-urls',
        '--time-scale=1',
      ],
      settings.logFile,
    );
    return new MeasuredOperator(child, settings.logFile, { startedAt, metricsPort, inspectPort });
  }

  async scrape(): Promise<Scrape> {
    const answer = await fetch(this.#metricsUrl);
    return parseScrape(await answer.text());
  }

  /** Once it answers; rejects with its last words when it has ended instead. */
  async firstScrape(): Promise<Scrape> {
    const answered = until('the operator’s metrics', () => this.scrape(), { everyMs: 20, timeoutMs: 60_000 });
    return await Promise.race([answered, this.#child.died]);
  }

  /** When it said that, by the times of its log, in milliseconds since the epoch. */
  async said(message: string): Promise<number[]> {
    const log = await readFile(this.#logFile, 'utf8');
    return log
      .split('\n')
      .filter((line) => line.includes(`"msg":"${message}"`))
      .map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
  }

  /** Resident memory now, as the system sees it: a scrape would be a part of what it shows. */
  residentBytes(): Promise<number> {
    return residentBytes(this.#child.pid);
  }

  /** What lives on the heap after a full collection. Afterwards its inspector is open. */
  async liveHeapBytes(): Promise<number> {
    process.kill(this.#child.pid, 'SIGUSR1');
    return await liveHeapBytes(this.#inspectPort);
  }

  /**
   * Waits until it has swept, its queue is empty and no pass is made any more. Gives the moment (of
   * `performance.now`) from which on this was so, and the scrape that shows it. `idle`: there is nothing to sweep.
   */
  async settled({
    everyMs = 100,
    idle = false,
  } = {}): Promise<{ readonly at: number; readonly scrape: Scrape }> {
    const end = performance.now() + SETTLE_MS;
    let since = Number.NaN;
    let passes = -1;
    let quiet = 0;
    while (performance.now() < end) {
      const at = performance.now();
      const scrape = await this.firstScrape();
      const isQuiet =
        scrape.busy === 0 && scrape.passes === passes && (idle || (await this.said('swept')).length > 0);
      if (!isQuiet) {
        since = at;
        quiet = 0;
      } else if (++quiet === QUIET_SCRAPES) return { at: since, scrape };
      passes = scrape.passes;
      await sleep(everyMs);
    }
    throw new Error(`the operator does not come to rest; its last words: ${this.#child.lastLogLines()}`);
  }

  /** SIGTERM, and what it does on its own account; SIGKILL when that takes too long. */
  async stop(): Promise<void> {
    this.peak[Symbol.dispose]();
    process.kill(this.#child.pid, 'SIGTERM');
    const timer = new AbortController();
    const ended = this.#child.died.catch(() => {});
    await Promise.race([ended, sleep(DRAIN_MS, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    await this.#child.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peak[Symbol.dispose]();
    await this.#child.kill();
  }
}
