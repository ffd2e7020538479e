import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { findTool, helm4 } from '../tools/tools.ts';
import { root } from './pages.ts';
import { kubectlPath } from './tools.ts';

/** Where a reader's shell stands: a checkout whose examples name what is there, and the programs on PATH. */
export interface Workplace extends AsyncDisposable {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What the reader puts into an example before he applies it: where each kind of provider is. */
export type BaseUrls = Readonly<Record<string, string>>;

interface ProviderObject {
  readonly kind?: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly type: string };
}

const kinds: readonly unknown[] = ['IdentityProvider', 'ClusterIdentityProvider'];

/** By the name of the provider object, or else by its type. */
export const withBaseUrls = (manifests: string, urls: BaseUrls): string =>
  parseAllDocuments(manifests)
    .map((document) => {
      const object = document.toJS() as ProviderObject | null;
      if (object === null || !kinds.includes(object.kind)) return String(document);
      const { metadata, spec } = object;
      const url = urls[metadata.name] ?? urls[spec.type];
      if (url !== undefined) document.setIn(['spec', spec.type.toLowerCase(), 'baseUrl'], url);
      return String(document);
    })
    .join('---\n')
    .replaceAll('---\n---\n', '---\n');

const editExamples = async (folder: string, urls: BaseUrls): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true }))
    if (entry.endsWith('.yaml')) {
      const file = join(folder, entry);
      await writeFile(file, withBaseUrls(await readFile(file, 'utf8'), urls));
    }
};

export const makeWorkplace = async (
  kubeconfig: string,
  urls: BaseUrls,
  variables: NodeJS.ProcessEnv,
): Promise<Workplace> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-docs-'));
  const [cwd, bin, home] = ['checkout', 'bin', 'home'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [cwd, bin, home]) await mkdir(each);
  for (const each of ['crds', 'deploy', 'docs']) await symlink(join(root, each), join(cwd, each));
  await cp(join(root, 'examples'), join(cwd, 'examples'), { recursive: true });
  await editExamples(join(cwd, 'examples'), urls);
  await symlink(await kubectlPath(), join(bin, 'kubectl'));
  await symlink(await findTool(helm4), join(bin, 'helm'));
  // From the sources: that the bundle is the same, test/install/kubectl.test.ts says.
  const plugin = join(bin, 'kubectl-machine_client');
  await writeFile(plugin, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/cli/main.ts')}' "$@"\n`);
  await chmod(plugin, 0o755);
  return {
    cwd,
    env: {
      PATH: [bin, process.env['PATH']].join(delimiter),
      HOME: home,
      KUBECONFIG: kubeconfig,
      ...variables,
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};
