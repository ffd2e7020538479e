import { execFile } from 'node:child_process';
import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBuildah } from '../tools/debian.ts';

const run = promisify(execFile);

/** Where no registry answers: the two base images of the Dockerfile, made of what this machine has. */

/** A file with the shared libraries that it needs, at their own places. */
const copyWithLibraries = async (file: string, root: string, as = file): Promise<void> => {
  const { stdout } = await run('ldd', [file]).catch(() => ({ stdout: '' }));
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(/g)].map(([, path = '']) => path);
  for (const [from, to] of [[file, as], ...libraries.map((path) => [path, path] as const)] as const) {
    await mkdir(join(root, dirname(to)), { recursive: true });
    await cp(from, join(root, to), { dereference: true });
  }
};

export interface Buildah {
  (...args: readonly string[]): Promise<string>;
}

/** buildah with a storage of its own in this folder, so that nothing is left with the developer's images. */
export const makeBuildah = async (folder: string): Promise<{ buildah: Buildah; env: NodeJS.ProcessEnv }> => {
  const config = join(folder, 'storage.conf');
  await writeFile(
    config,
    `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`,
  );
  const env = { ...process.env, CONTAINERS_STORAGE_CONF: config };
  const binary = await findBuildah();
  const buildah: Buildah = async (...args) => {
    try {
      return (await run(binary, args, { env, maxBuffer: 16 << 20 })).stdout.trim();
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      throw new Error(`buildah ${args.join(' ')}: ${stderr}`, { cause: error });
    }
  };
  return { buildah, env };
};

const commit = async (
  buildah: Buildah,
  root: string,
  name: string,
  config: readonly string[],
): Promise<string> => {
  const container = await buildah('from', 'scratch');
  await buildah('copy', '--quiet', container, root, '/');
  await buildah('config', ...config, container);
  await buildah('commit', '--quiet', '--rm', container, name);
  return name;
};

/** A shell, Node and npm: what `npm ci` and the build need. */
export const builderImage = async (buildah: Buildah, folder: string): Promise<string> => {
  const root = join(folder, 'builder');
  const { stdout } = await run('sh', ['-c', 'command -v npm']);
  // …/npm/bin/npm-cli.js
  const npm = dirname(dirname(await realpath(stdout.trim())));
  for (const tool of ['/bin/sh', '/usr/bin/env']) await copyWithLibraries(tool, root);
  await copyWithLibraries(process.execPath, root, '/usr/local/bin/node');
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  // Certificate authorities that this machine trusts beyond Node's own.
  const { NODE_EXTRA_CA_CERTS: extra } = process.env;
  if (extra !== undefined) await copyWithLibraries(extra, root, '/etc/extra-ca.crt');
  await mkdir(join(root, 'tmp'), { recursive: true });
  return await commit(buildah, root, 'localhost/mco-builder', [
    ...['--env', 'PATH=/usr/local/bin:/usr/bin:/bin'],
    ...(extra === undefined ? [] : ['--env', 'NODE_EXTRA_CA_CERTS=/etc/extra-ca.crt']),
  ]);
};

/** Node and its libraries, as in a distroless image. `arch`: what it says that it is for. */
export const runtimeImage = async (buildah: Buildah, folder: string, arch?: string): Promise<string> => {
  const root = join(folder, `runtime-${arch ?? 'own'}`);
  await mkdir(join(root, 'tmp'), { recursive: true });
  if (arch === undefined) await copyWithLibraries(process.execPath, root, '/nodejs/bin/node');
  return await commit(buildah, root, `localhost/mco-runtime-${arch ?? 'own'}`, [
    ...['--user', '65532:65532'],
    ...(arch === undefined ? [] : ['--arch', arch]),
  ]);
};
