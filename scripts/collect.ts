import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');

/** A command under way, and how it ends. */
export interface Collected {
  readonly child: ChildProcess;
  /** `ok`: it ended with 0. `output`: all that it printed. Rejects where it could not be started. */
  readonly ended: Promise<{ readonly ok: boolean; readonly output: string }>;
}

/** Starts a command, in the checkout if nowhere else, with the programs of node_modules before all others; what it prints is kept. */
export const collect = (
  command: string,
  args: readonly string[],
  options: { readonly detached?: boolean; readonly cwd?: string; readonly signal?: AbortSignal } = {},
): Collected => {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output += text));
  }
  const ended = new Promise<{ ok: boolean; output: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
  return { child, ended };
};
