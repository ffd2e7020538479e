import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { startChild, TIED_TO_PARENT } from './child.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mco-child-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (script: string) => startChild(['/bin/sh', '-c', script], join(folder, 'program.log'), folder);

interface Tied {
  readonly exited: Promise<unknown>;
  readonly close: () => void;
}
/** Our end of the pipe is closed: by the kernel when we end, and by Node.js when the program has. */
const tied = async (script: string, closed: (child: Tied) => unknown): Promise<void> => {
  const child = spawn('/bin/sh', ['-c', TIED_TO_PARENT, folder, '/bin/sh', '-c', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const exited = once(child, 'exit');
  await closed({ exited, close: () => child.stdin.destroy() });
  await exited;
};

test('the folder of a program goes with us, and stays where the program ends by itself', async () => {
  await tied('exit 3', ({ exited }) => exited);
  // As long as the shell that watches over it needs to notice.
  await sleep(200);
  expect(existsSync(folder)).toBe(true);
  await tied('exec sleep 60', ({ close }) => close());
  await until('the folder is gone', () => !existsSync(folder));
});

test('a program that ends by itself is told of with what it said last', async () => {
  await expect(start('echo listen: address already in use; exit 3').died).rejects.toThrow(
    'program ended (exit code 3): listen: address already in use',
  );
});

test('… also where the folder is gone by then', async () => {
  const { died } = start(`echo its last words; rm -rf "${folder}"; exit 1`);
  await expect(died).rejects.toThrow('program ended (exit code 1): its last words');
});

test('what is killed by us has not died, and has its last lines still', async () => {
  await using stack = new AsyncDisposableStack();
  const child = start('seq 1000; exec sleep 60');
  stack.defer(() => child.kill());
  while (!child.lastLogLines().endsWith('1000')) await sleep(10);
  await child.kill();
  expect(child.lastLogLines().split('\n')).toHaveLength(15);
  await expect(Promise.race([child.died, sleep(50, 'quiet')])).resolves.toBe('quiet');
});
