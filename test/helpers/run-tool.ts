import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Runs a program of node_modules in the checkout, with our own input and output. Resolves with whether it ended with 0, and
 * rejects where it could not be started. `env` comes on top of our own.
 */
export const runTool = (
  name: 'vitest' | 'stryker',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const program = join(root, 'node_modules/.bin', name);
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
