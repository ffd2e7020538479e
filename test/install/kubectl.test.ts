import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { World } from '../helpers/world.ts';
import { findTool, kubectl as kubectlProgram } from '../tools/tools.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** The bundle under the name by which kubectl finds it. */
const installPlugin = async (folder: string): Promise<void> => {
  await run(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root });
  await symlink(join(root, 'dist/cli.js'), join(folder, 'kubectl-machine_client'));
};

test('kubectl finds the plugin on PATH, and hands over its arguments, its answer and its exit code', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-plugin-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await installPlugin(folder);
  const cluster: ControlPlane = stack.use(await startControlPlane());
  const world = stack.use(await World.make(cluster.kubeconfigPath));
  world.operator();
  await world.provider();
  await world.client('worker');
  await world.ready('worker');

  const node = join(process.execPath, '..');
  const env = {
    PATH: [folder, node, process.env['PATH']].join(delimiter),
    HOME: folder,
    KUBECONFIG: cluster.kubeconfigPath,
  };
  const binary = await findTool(kubectlProgram);
  const kubectl = (...args: readonly string[]) =>
    run(binary, [...args], { env }).catch(
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );

  const listed = await kubectl('plugin', 'list', '--name-only');
  expect(listed.stdout).toContain('kubectl-machine_client\n');
  const tree = await kubectl('machine-client', 'status', 'worker', '-n', world.namespace);
  expect(tree.stdout).toContain(`MachineClient ${world.namespace}/worker, Ready\n`);
  const list = await kubectl('machine-client', 'status', '-n', world.namespace);
  expect(list.stdout).toMatch(/^NAME +READY +SECRET +WHAT IS GOING ON\nworker +True +worker v1\n$/);
  expect(await kubectl('machine-client', 'status', 'nobody', '-n', world.namespace)).toMatchObject({
    code: 1,
    stderr: `error: there is no MachineClient nobody in namespace ${world.namespace}\n`,
  });
  expect(await kubectl('machine-client', 'statsu')).toMatchObject({ code: 2 });
});
