import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { killGroup, TIED_TO_PARENT } from './child.ts';
import { withLock } from './lock.ts';

const MODULE = import.meta.dirname;
/** What `kubectl version` shows; the release itself is chosen in go.mod. */
const VERSION_PACKAGE = 'k8s.io/component-base/version';
const LEAST_GO = { major: 1, minor: 26 } as const;
const PROGRESS_INTERVAL_MS = 10_000;

const run = promisify(execFile);

interface Go {
  /** As Go writes it: `go1.26.3`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

/**
 * Gives the path of the control plane's binary, building it where the cache has none for these sources, this Go and
 * this machine. Builders that run at the same time build once and share the result.
 *
 * @throws Error of one line: Go is missing or too old, or the last lines that the compiler wrote.
 */
export const buildControlPlane = async (
  onProgress: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> => {
  const go = await findGo(signal);
  const folder = join(cacheFolder(), 'control-plane', await cacheKey(go));
  const binary = join(folder, 'control-plane');
  if (existsSync(binary)) return binary;

  await mkdir(folder, { recursive: true });
  await withLock(join(folder, 'lock'), onProgress, signal, async () => {
    if (existsSync(binary)) return;
    const unfinished = `${binary}.${randomUUID()}`;
    try {
      await compile(unfinished, onProgress, signal);
      await rename(unfinished, binary);
    } finally {
      await rm(unfinished, { force: true });
    }
  });
  return binary;
};

const cacheFolder = (): string => {
  const { MCO_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  if (MCO_CACHE_DIR) return MCO_CACHE_DIR;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'machine-client-operator');
  const caches = process.platform === 'darwin' ? join('Library', 'Caches') : '.cache';
  return join(homedir(), caches, 'machine-client-operator');
};

const cacheKey = async (go: Go): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify([go, await buildArguments()]));
  const sources = (await readdir(MODULE)).filter((name) => name.endsWith('.go') || name.startsWith('go.'));
  for (const name of sources.sort()) {
    hash.update(`\0${name}\0`).update(await readFile(join(MODULE, name)));
  }
  return hash.digest('hex').slice(0, 32);
};

/** Static, so that it runs wherever the cache is carried; without the VCS stamp, which fails in a foreign checkout. */
const buildEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, CGO_ENABLED: '0', GOWORK: 'off' });

const buildArguments = async (): Promise<string[]> => {
  const [, major, minor, patch] =
    /k8s\.io\/kubernetes v(\d+)\.(\d+)\.(\d+)/.exec(await readFile(join(MODULE, 'go.mod'), 'utf8')) ?? [];
  const variables = { gitVersion: `v${major}.${minor}.${patch}`, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(variables).map(([name, value]) => `-X ${VERSION_PACKAGE}.${name}=${value}`);
  return ['-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
};

const findGo = async (signal: AbortSignal | undefined): Promise<Go> => {
  let output: string;
  try {
    // In the module's folder, where Go fetches the toolchain that go.mod asks for, if it is allowed to.
    const options = { cwd: MODULE, env: buildEnvironment(), ...(signal && { signal }) };
    output = (await run('go', ['env', '-json', 'GOVERSION', 'GOOS', 'GOARCH'], options)).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    throw noGo(code === 'ENOENT' ? 'Go is not installed' : firstLine(stderr ?? String(error)), error);
  }
  const { GOVERSION, GOOS, GOARCH } = JSON.parse(output) as Record<'GOVERSION' | 'GOOS' | 'GOARCH', string>;
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(GOVERSION) ?? [];
  // A version of another form is a development build: taken as new enough.
  if (major && minor && Number(major) * 1000 + Number(minor) < LEAST_GO.major * 1000 + LEAST_GO.minor) {
    throw noGo(`this is ${GOVERSION}`);
  }
  return { version: GOVERSION, os: GOOS, arch: GOARCH };
};

const noGo = (found: string, cause?: unknown): Error =>
  new Error(
    `cannot build the test control plane (${found}): install Go ${LEAST_GO.major}.${LEAST_GO.minor} or newer, ` +
      'or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kube-controller-manager, ' +
      'or use a cluster that runs already (demo: --kubeconfig FILE; tests: MCO_TEST_KUBECONFIG=FILE)',
    { cause },
  );

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';

const compile = async (
  output: string,
  onProgress: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  const options = { cwd: MODULE, env: buildEnvironment(), ...(signal && { signal }) };
  onProgress(
    'building etcd, kube-apiserver and kube-controller-manager from source, once: it takes about 5 minutes on two cores, and 2 GB of disk for the caches of Go',
  );
  onProgress('reading the Go modules (the first time they are downloaded, about 250 MB)');
  const { stdout } = await run('go', ['list', '-deps', '.'], { ...options, maxBuffer: 16 << 20 });
  const total = stdout.trim().split('\n').length;

  // Go that is killed leaves its compilers running and its temporary folder where it is. So it is given a folder and
  // a process group that end with it, and with us.
  const work = `${output}.work`;
  await mkdir(work);
  const build = ['go', 'build', '-v', ...(await buildArguments()), '-o', output, '.'];
  const go = spawn('/bin/sh', ['-c', TIED_TO_PARENT, work, ...build], {
    cwd: MODULE,
    env: { ...buildEnvironment(), GOTMPDIR: work },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const stop = (): void => killGroup(go);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  let compiled = 0;
  let complaints: string[] = [];
  createInterface(go.stderr).on('line', (line) => {
    // `-v` names each package that is compiled; what contains a blank is the compiler speaking.
    if (/^[\w.~/-]+$/.test(line)) compiled++;
    else complaints = [...complaints, line].slice(-20);
  });
  const report = (): void =>
    onProgress(`building: ${compiled} packages compiled of at most ${total}, ${seconds()} s`);
  const timer = setInterval(report, PROGRESS_INTERVAL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      go.once('error', reject).once('close', resolve);
    });
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`go build failed: ${complaints.join('\n')}`);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
    await rm(work, { recursive: true, force: true });
  }
  const megabytes = Math.round((await stat(output)).size / 1e6);
  onProgress(`built the control plane in ${seconds()} s (${megabytes} MB)`);
};
