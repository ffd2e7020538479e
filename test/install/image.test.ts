import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { createAll, installedName, installedNamespace, installManifests } from '../helpers/installed.ts';
import { identityOf } from '../helpers/service-account.ts';
import { World } from '../helpers/world.ts';
import { type Buildah, builderImage, makeBuildah, runtimeImage } from './base-images.ts';

/** The image, really built from the Dockerfile, and run as a kubelet would: another user, and a root that is read-only. */
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
let folder: string;
let cluster: ControlPlane;
let buildah: Buildah;
let env: NodeJS.ProcessEnv;
let builder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mco-image-'));
  ({ buildah, env } = await makeBuildah(folder));
  cluster = await startControlPlane();
  builder = await builderImage(buildah, folder);
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await buildah('unmount', '--all');
  await buildah('rm', '--all');
  await rm(folder, { recursive: true, force: true });
});

const build = async (runtime: string, tag: string): Promise<void> => {
  const args = [
    '--engine=buildah',
    ...['--isolation', 'chroot', '--network', 'host', '--pull-never', '--layers', '--quiet', '--tag', tag],
    ...['--build-arg', `NODE_IMAGE=${builder}`, '--build-arg', `RUNTIME_IMAGE=${runtime}`],
  ];
  await run(process.execPath, [join(root, 'scripts/image.ts'), ...args], { env, maxBuffer: 16 << 20 });
};

interface Inspected {
  readonly OCIv1: {
    readonly architecture: string;
    readonly config: { readonly User: string; readonly Entrypoint: readonly string[] };
  };
}
const inspect = async (tag: string): Promise<Inspected['OCIv1']> =>
  (JSON.parse(await buildah('inspect', '--type', 'image', tag)) as Inspected).OCIv1;

/** Its files, in a folder. */
const mounted = async (tag: string): Promise<string> =>
  await buildah('mount', await buildah('from', '--pull-never', tag));

const filesIn = async (path: string): Promise<ReadonlyMap<string, number>> => {
  const files = new Map<string, number>();
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(file.slice(path.length + 1), (await stat(file)).size);
  }
  return files;
};

test('small, of no user in particular, and nothing in it that is not run', { timeout: 600_000 }, async () => {
  await build(await runtimeImage(buildah, folder), 'localhost/mco-own');
  const { config } = await inspect('localhost/mco-own');
  expect(config.User).toBe('65532:65532');
  expect(config.Entrypoint).toEqual([
    'node',
    '--max-semi-space-size=4',
    '--optimize-for-size',
    '--liftoff-only',
    '/app/dist/main.js',
  ]);
  const files = await filesIn(join(await mounted('localhost/mco-own'), 'app'));
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  console.log(`image: ${files.size} files of our own, ${(bytes / 1e6).toFixed(1)} MB`);
  expect(bytes).toBeLessThan(20e6);
  const names = [...files.keys()];
  expect(names.filter((name) => /node_modules|\.ts$|test/.test(name))).toEqual([]);
  for (const name of ['package.json', 'dist/main.js', 'dist/THIRD-PARTY-LICENSES.txt'])
    expect(names).toContain(name);
});

test('for arm64 it holds the same files', { timeout: 600_000 }, async () => {
  // The architecture is that of the base image: what is copied into it is the same for all.
  await build(await runtimeImage(buildah, folder, 'arm64'), 'localhost/mco-arm64');
  expect((await inspect('localhost/mco-arm64')).architecture).toBe('arm64');
  const appOf = async (tag: string) => [...(await filesIn(join(await mounted(tag), 'app')))].toSorted();
  expect(await appOf('localhost/mco-arm64')).toEqual(await appOf('localhost/mco-own'));
});

test('it makes a client, as a pod with the rights of deploy/install.yaml', { timeout: 120_000 }, async () => {
  await using admin = adminClient(cluster.kubeconfigPath);
  await createAll(admin, await installManifests());
  const { server, ca, token } = await identityOf(
    admin,
    cluster.kubeconfigPath,
    installedNamespace,
    installedName,
  );
  await using world = await World.make(cluster.kubeconfigPath);
  const files = await mounted('localhost/mco-own');
  // As the kubelet mounts them.
  const account = join(files, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(account, { recursive: true });
  await writeFile(join(account, 'token'), token);
  await writeFile(join(account, 'ca.crt'), ca);
  await writeFile(join(account, 'namespace'), installedNamespace);
  const { hostname, port } = new URL(server);
  const readOnly = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec chroot --userspec=65532:65532 "$@"`;
  const { config } = await inspect('localhost/mco-own');
  const [, ...entrypoint] = config.Entrypoint;
  const flags = ['--health-address=0', '--metrics-address=0', '--allow-insecure-provider-urls'];
  const child = spawn(
    'unshare',
    ['--mount', 'sh', '-c', readOnly, 'sh', files, '/nodejs/bin/node', ...entrypoint, ...flags],
    {
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await world.provider();
  await world.client('worker');
  await Promise.race([
    world.ready('worker', 60_000),
    ended.then((code) => Promise.reject(new Error(`it ended with ${code}: ${output}`))),
  ]);
  expect(await world.works('worker')).toBe(true);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
