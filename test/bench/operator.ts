import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../control-plane/child.ts';
import { freePort } from '../control-plane/ready.ts';
import { until } from '../helpers/until.ts';
import { MemoryPeak } from './memory.ts';
import { parseScrape, type Scrape } from './metrics.ts';

export interface OperatorSettings {
  readonly entry: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly concurrency: number;
  readonly logFile: string;
  readonly nodeFlags: readonly string[];
}

const DRAIN_MS = 25_000;
const QUIET_SCRAPES = 4;
const SETTLE_MS = 120_000;

/** The operator as people run it: the bundle, a process of its own, its log in a file. */
export class MeasuredOperator implements AsyncDisposable {
  /** Of `performance.now`. */
  readonly startedAt = performance.now();
  readonly peak: MemoryPeak;
  readonly #child: Child;
  readonly #logFile: string;
  readonly #metricsUrl: string;

  constructor(child: Child, logFile: string, port: number) {
    this.#child = child;
    this.#logFile = logFile;
    this.#metricsUrl = `http://127.0.0.1:${port}/metrics`;
    this.peak = new MemoryPeak(child.pid);
  }

  static async start(settings: OperatorSettings): Promise<MeasuredOperator> {
    const port = await freePort();
    const child = startChild(
      [
        process.execPath,
        ...settings.nodeFlags,
        settings.entry,
        `--kubeconfig=${settings.kubeconfig}`,
        `--namespace=${settings.namespace}`,
        `--concurrency=${settings.concurrency}`,
        `--metrics-address=127.0.0.1:${port}`,
        '--health-address=0',
        '--leader-elect=false',
        '--allow-insecure-provider-urls',
        '--time-scale=1',
      ],
      settings.logFile,
    );
    return new MeasuredOperator(child, settings.logFile, port);
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

  /** How many lines of its log say that. */
  async said(message: string): Promise<number> {
    const log = await readFile(this.#logFile, 'utf8');
    return log.split('\n').filter((line) => line.includes(`"msg":"${message}"`)).length;
  }

  /**
   * Waits until it has swept, its queue is empty and no pass is made any more. Gives the moment (of
   * `performance.now`) from which on this was so, and the scrape that shows it.
   */
  async settled(): Promise<{ readonly at: number; readonly scrape: Scrape }> {
    const end = performance.now() + SETTLE_MS;
    let since = Number.NaN;
    let passes = -1;
    let quiet = 0;
    while (performance.now() < end) {
      const at = performance.now();
      const scrape = await this.firstScrape();
      const isQuiet = scrape.busy === 0 && scrape.passes === passes && (await this.said('swept')) > 0;
      if (!isQuiet) {
        since = at;
        quiet = 0;
      } else if (++quiet === QUIET_SCRAPES) return { at: since, scrape };
      passes = scrape.passes;
      await sleep(100);
    }
    throw new Error(
      `the operator does not come to rest; its last words: ${await this.#child.lastLogLines()}`,
    );
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
