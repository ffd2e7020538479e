import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Runs a program in a process group of its own that dies with us. Nobody writes to our end of the pipe, so `read`
 * returns when it is closed, and the kernel closes it however we end: no signal handler could promise that for
 * SIGKILL. `$$` is the program, as `exec` keeps the number, and the group keeps the number from being given away.
 * With a folder as `$0`, that goes with us; not where the program has ended by itself, for then the pipe is closed by us,
 * who may try again.
 */
export const TIED_TO_PARENT = `
  exec 3<&0
  (read -r _ <&3; kill -9 $$ && [ -n "$0" ] && rm -rf -- "$0"; kill -9 0) >/dev/null 2>&1 &
  exec "$@" </dev/null 3<&-
`;

const LOG_LINES_IN_ERROR = 15;
const LOG_BYTES_IN_ERROR = 16_384;

/** A program that runs until it is killed and that writes its log to a file. */
export interface Child {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** Never resolves: rejects with the last log lines when the program ends without having been killed by us. */
  readonly died: Promise<never>;
  /** Kills the program at once and waits until it is gone. */
  kill(): Promise<void>;
  lastLogLines(): string;
}

/**
 * @param disposable a folder that is removed should this process die before it can do so itself
 */
export const startChild = (command: readonly string[], logFile: string, disposable?: string): Child => {
  // A file and not a pipe: a program that logs must not wait for our event loop. Open for as long as the program runs, so
  // that what it said last is told of its end, whatever has become of the folder.
  const log = openSync(logFile, 'a+');
  const child = spawn('/bin/sh', ['-c', TIED_TO_PARENT, disposable ?? '', ...command], {
    stdio: ['pipe', log, log],
    detached: true,
  });
  let isKilled = false;
  let lines: string | undefined;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      if (lines !== undefined) return;
      lines = lastLines(log);
      closeSync(log);
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
  });
  const died = ended.then((how): Promise<never> => {
    if (isKilled) return new Promise<never>(() => {});
    killGroup(child);
    throw new Error(`${basename(logFile, '.log')} ended (${how}): ${lines}`);
  });
  // It is also heard by whoever waits for it; until then it must not count as unhandled.
  died.catch(() => {});
  return {
    // Of the program itself: `exec` keeps the shell's number.
    pid: child.pid ?? 0,
    died,
    kill: async () => {
      isKilled = true;
      killGroup(child);
      await ended;
    },
    lastLogLines: () => lines ?? lastLines(log),
  };
};

export const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const lastLines = (log: number): string => {
  const { size } = fstatSync(log);
  const bytes = Buffer.alloc(Math.min(size, LOG_BYTES_IN_ERROR));
  // By position: the program writes to the same open file.
  readSync(log, bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString('utf8').trimEnd().split('\n').slice(-LOG_LINES_IN_ERROR).join('\n');
};
