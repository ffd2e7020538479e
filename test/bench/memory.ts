import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const EVERY_MS = 200;

export const residentBytes = async (pid: number): Promise<number> => {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) * 1024;
};

/** The highest resident memory of a process since this began, by samples. */
export class MemoryPeak implements Disposable {
  bytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const sample = (): void => {
      residentBytes(pid).then(
        (bytes) => {
          this.bytes = Math.max(this.bytes, bytes);
        },
        () => {}, // It has ended.
      );
    };
    sample();
    this.#timer = setInterval(sample, EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
