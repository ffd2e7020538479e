import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findTool, helm4, kubectl } from '../tools/tools.ts';
import { cliProgram } from '../helpers/programs.ts';
import { root } from './pages.ts';

/** Where a reader's shell stands: a checkout with examples that may be edited, and the programs on PATH. */
export interface Workplace extends AsyncDisposable {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

interface Contexts {
  readonly contexts: readonly { readonly context: Record<string, unknown> }[];
}

const copyKubeconfig = async (from: string, to: string, namespace: string): Promise<void> => {
  const config = parse(await readFile(from, 'utf8')) as Contexts;
  for (const { context } of config.contexts) context['namespace'] = namespace;
  await writeFile(to, stringify(config), { mode: 0o600 });
};

const installPlugin = async (bin: string): Promise<void> => {
  const plugin = join(bin, 'kubectl-machine_client');
  const script = `exec '${process.execPath}' '${cliProgram()}' "$@"`;
  await writeFile(plugin, `#!/bin/sh\n${script}\n`);
  await chmod(plugin, 0o755);
};

/** `namespace`: kubectl's own. */
export const makeWorkplace = async (kubeconfig: string, namespace: string): Promise<Workplace> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-docs-'));
  const inFolder = (name: string): string => join(folder, name);
  const [cwd, bin, home] = [inFolder('checkout'), inFolder('bin'), inFolder('home')];
  for (const each of [cwd, bin, home]) await mkdir(each);
  for (const each of ['crds', 'deploy', 'docs']) await symlink(join(root, each), join(cwd, each));
  await cp(join(root, 'examples'), join(cwd, 'examples'), { recursive: true });
  await symlink(await findTool(kubectl), join(bin, 'kubectl'));
  await symlink(await findTool(helm4), join(bin, 'helm'));
  await installPlugin(bin);
  await copyKubeconfig(kubeconfig, inFolder('kubeconfig.yaml'), namespace);
  return {
    cwd,
    env: {
      PATH: [bin, process.env['PATH']].join(delimiter),
      HOME: home,
      KUBECONFIG: inFolder('kubeconfig.yaml'),
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
