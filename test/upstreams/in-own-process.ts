import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process of Node that has started a server; it is killed at the end at the latest, whatever became of the test. */
export interface OwnProcess extends Disposable {
  /** Of the server. */
  readonly pid: number;
  readonly logFile: string;
  kill(): void;
}

/**
 * Has another process start a server, as somebody whom one can kill.
 *
 * @throws Error when it ends before it has done so; the reason is on standard error.
 */
export const inOwnProcess = async (module: string, start: string): Promise<OwnProcess> => {
  const script = `
    const { ${start} } = await import(${JSON.stringify(module)});
    const { pid, logFile } = await ${start}();
    console.log(JSON.stringify({ pid, logFile }));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  try {
    const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
    if (!Buffer.isBuffer(line)) throw new Error(`${start} ended with ${String(line)}`);
    const { pid, logFile } = JSON.parse(line.toString()) as Pick<OwnProcess, 'pid' | 'logFile'>;
    return { pid, logFile, kill, [Symbol.dispose]: kill };
  } catch (error) {
    kill();
    throw error;
  }
};
