import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import {
  createAll,
  installedName,
  installedNamespace,
  installManifests,
  type Manifest,
  parseManifests,
} from '../helpers/installed.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import { until } from '../helpers/until.ts';
import { identityOf } from '../helpers/service-account.ts';
import { World } from '../helpers/world.ts';
import { type Buildah, builderImage, makeBuildah, runtimeImage } from './base-images.ts';

/** The images, really built from the Dockerfile, and run. */
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

const build = async (runtime: string, tag: string, ...more: readonly string[]): Promise<void> => {
  const args = [
    ...more,
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

/** As a kubelet would: another user, a root that is read-only, and nothing in the environment but this. */
const startIn = (files: string, argv: readonly string[], environment: NodeJS.ProcessEnv) => {
  const readOnly = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec chroot --userspec=65532:65532 "$@"`;
  const args = ['--mount', 'sh', '-c', readOnly, 'sh', files, '/nodejs/bin/node', ...argv];
  const child = spawn('unshare', args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { output: () => said.join(''), ended, stop: () => child.kill('SIGTERM') };
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
  const { config } = await inspect('localhost/mco-own');
  const [, ...entrypoint] = config.Entrypoint;
  const flags = ['--health-address=0', '--metrics-address=0', '--allow-insecure-provider-urls'];
  const operator = startIn(files, [...entrypoint, ...flags], {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  });
  await world.provider();
  await world.client('worker');
  await Promise.race([
    world.ready('worker', 60_000),
    operator.ended.then((code) => Promise.reject(new Error(`it ended with ${code}: ${operator.output()}`))),
  ]);
  expect(await world.works('worker')).toBe(true);
  operator.stop();
  expect(await operator.ended).toBe(0);
});

interface Container {
  readonly args: readonly string[];
  readonly command?: readonly string[];
}
type Workload = Manifest & {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
};

const example = async (file: string): Promise<Manifest[]> =>
  parseManifests(await readFile(join(root, 'examples/try', file), 'utf8'));
const containerOf = (manifests: readonly Manifest[]): Container => {
  const found = manifests.find((one): one is Workload => ['Deployment', 'Job'].includes(one.kind));
  if (!found) throw new Error('there is no workload');
  return found.spec.template.spec.containers[0];
};

test('examples/try: a simulator that runs in the cluster, a client, and a token', {
  timeout: 120_000,
}, async () => {
  await build(await runtimeImage(buildah, folder), 'localhost/mco-simulator', '--target=simulator');
  const { config } = await inspect('localhost/mco-simulator');
  const [, ...entrypoint] = config.Entrypoint;
  const files = await mounted('localhost/mco-simulator');
  const manifests = await example('simulator.yaml');
  // A pod has a network of its own; this has the machine's.
  const args = containerOf(manifests).args.map((arg) =>
    arg.replace('--host=0.0.0.0', '--host=127.0.0.1').replace('--port=8099', '--port=0'),
  );
  const simulator = startIn(files, [...entrypoint, ...args], {});
  const [line = ''] = await until(
    'the line of the simulator',
    () => /^.*\n/.exec(simulator.output()) ?? undefined,
  );
  const { url } = JSON.parse(line) as { url: string };

  await using admin = adminClient(cluster.kubeconfigPath);
  await createAll(admin, manifests);
  const text = await readFile(join(root, 'examples/try/first-client.yaml'), 'utf8');
  await createAll(admin, parseManifests(text.replace('http://simulator.machine-client-try:8099', url)));
  await using world = await World.make(cluster.kubeconfigPath);
  const namespace = 'machine-client-try';
  world.operator([`--watch-namespaces=${namespace}`]);
  const secret = await until('the Secret', async () => {
    const { status, body } = await admin.call(
      'GET',
      `/api/v1/namespaces/${namespace}/secrets/billing-worker`,
    );
    return status === 200 && (body as SecretWire);
  });
  const decoded = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  const { command = [], args: script } = containerOf(await example('ask-for-token.yaml'));
  const job = startIn(files, [...command.slice(1), ...script], {
    client_id: decoded('client-id'),
    client_secret: decoded('client-secret'),
    token_url: decoded('token-url'),
  });
  expect(await job.ended).toBe(0);
  expect(job.output()).toMatch(
    /^200 a token \{"status_code":200,.*"token_type":"bearer","expires_in":3600\}\n$/,
  );
  await createAll(admin, await example('ask-for-token.yaml'));
  simulator.stop();
  expect(await simulator.ended).toBe(0);
});
