import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { adminClient } from '../control-plane/admin-client.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';

const MODULE = join(import.meta.dirname, '..', 'control-plane', 'control-plane.ts');

test('the API server comes back on its port with its data', async () => {
  await using controlPlane = await startControlPlane();
  await using client = adminClient(controlPlane.kubeconfigPath);
  await client.call('POST', '/api/v1/namespaces', { metadata: { name: 'kept' } });

  await controlPlane.restartApiServer();

  expect((await client.call('GET', '/api/v1/namespaces/kept')).status).toBe(200);
});

test('nothing is left of a control plane whose parent was killed', async () => {
  const script = `
    const { startControlPlane } = await import(${JSON.stringify(MODULE)});
    console.log((await startControlPlane()).kubeconfigPath);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const folder = dirname(line.toString().trim());
  expect(processesOf(folder)).toHaveLength(3);

  parent.kill('SIGKILL');

  await expect.poll(() => processesOf(folder), { timeout: 60_000 }).toEqual([]);
  await expect.poll(() => existsSync(folder), { timeout: 60_000 }).toBe(false);
});

/** The programs that were started with a flag that names this folder. */
const processesOf = (folder: string): string[] =>
  execFileSync('ps', ['-A', '-o', 'command='], { encoding: 'utf8' })
    .split('\n')
    .filter((command) => command.includes(`=${folder}/`) || command.includes(`//${folder}/`))
    .filter((command) => !command.startsWith('/bin/sh'));
