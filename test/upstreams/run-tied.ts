import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { TIED_TO_PARENT } from '../control-plane/child.ts';

/** A build of everything takes half of it. What hangs longer ends, with what it has said. */
const LONGEST_MS = 30 * 60_000;
/** What a shell says of a program that is not there. */
const NOT_FOUND = 127;

export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
  readonly isMissing: boolean;
  /** All that it has written. */
  readonly output: string;

  constructor(program: string, code: number | null, output: string) {
    super(`${program} ended with ${code}`);
    this.isMissing = code === NOT_FOUND;
    this.output = output;
  }
}

/**
 * Runs a program to its end; it and what it has started end with this process at the latest.
 *
 * @throws ToolFailed when it does not end with 0.
 */
export const runTied = async (
  command: readonly [program: string, ...args: string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const child = spawn('/bin/sh', ['-c', TIED_TO_PARENT, '', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  const deadline = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), LONGEST_MS);
  const [said, complained, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]).finally(() => clearTimeout(deadline));
  if (code !== 0) throw new ToolFailed(command[0], code, said + complained);
  return said + complained;
};
