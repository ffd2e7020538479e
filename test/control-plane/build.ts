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

const LEAST_GO = { major: 1, minor: 26 } as const;
const PROGRESS_INTERVAL_MS = 10_000;

const run = promisify(execFile);

interface Go {
  /** As Go writes it: `go1.26.3`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

/** A program that a Go module of ours is, or names as its tool; the module has exact versions of what it is made of. */
export interface GoProgram {
  /** The binary's name, and its folder's in the cache. */
  readonly name: string;
  /** The folder with go.mod. */
  readonly module: string;
  /** Of a tool; default: the module itself. */
  readonly package?: string;
  /** As progress and errors name it: `the test control plane`. */
  readonly title: string;
  /** Told before the first build: what is built, and what that costs. */
  readonly announcement: string;
  /** How much the Go modules are, told before they are fetched: `250 MB`. */
  readonly download: string;
  /** What helps where Go is missing, other than to install it. */
  readonly otherWays: readonly string[];
  /** Variables that the linker sets, from the text of go.mod. */
  readonly stamps?: (goMod: string) => Readonly<Record<string, string>>;
}

/**
 * Gives the path of the program's binary, building it where the cache has none for these sources, this Go and this
 * machine. Builders that run at the same time build once and share the result.
 *
 * @throws Error of one line: Go is missing or too old, or the last lines that the compiler wrote.
 */
export const buildProgram = async (
  program: GoProgram,
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<string> => {
  const go = await findGo(program, signal);
  const folder = join(cacheFolder(), program.name, await cacheKey(program, go));
  const binary = join(folder, program.name);
  if (existsSync(binary)) return binary;

  await mkdir(folder, { recursive: true });
  await withLock(join(folder, 'lock'), onProgress, signal, async () => {
    if (existsSync(binary)) return;
    const unfinished = `${binary}.${randomUUID()}`;
    try {
      await compile(program, unfinished, onProgress, signal);
      await rename(unfinished, binary);
    } finally {
      await rm(unfinished, { force: true });
    }
  });
  return binary;
};

/** Where programs are kept from one run to the next. */
export const cacheFolder = (): string => {
  const { MCO_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  if (MCO_CACHE_DIR) return MCO_CACHE_DIR;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'machine-client-operator');
  const caches = process.platform === 'darwin' ? join('Library', 'Caches') : '.cache';
  return join(homedir(), caches, 'machine-client-operator');
};

const cacheKey = async (program: GoProgram, go: Go): Promise<string> => {
  const { module } = program;
  const what = program.package === undefined ? [] : [program.package];
  const hash = createHash('sha256').update(JSON.stringify([go, await buildArguments(program), ...what]));
  const sources = (await readdir(module)).filter((name) => name.endsWith('.go') || name.startsWith('go.'));
  for (const name of sources.sort()) {
    hash.update(`\0${name}\0`).update(await readFile(join(module, name)));
  }
  return hash.digest('hex').slice(0, 32);
};

/** Static, so that it runs wherever the cache is carried; without the VCS stamp, which fails in a foreign checkout. */
const buildEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, CGO_ENABLED: '0', GOWORK: 'off' });

const buildArguments = async ({ module, stamps }: GoProgram): Promise<string[]> => {
  const variables = stamps?.(await readFile(join(module, 'go.mod'), 'utf8')) ?? {};
  const link = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  return ['-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...link].join(' ')];
};

const findGo = async (program: GoProgram, signal: AbortSignal | undefined): Promise<Go> => {
  let output: string;
  try {
    // In the module's folder, where Go fetches the toolchain that go.mod asks for, if it is allowed to.
    const options = { cwd: program.module, env: buildEnvironment(), ...(signal && { signal }) };
    output = (await run('go', ['env', '-json', 'GOVERSION', 'GOOS', 'GOARCH'], options)).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    throw noGo(
      program,
      code === 'ENOENT' ? 'Go is not installed' : firstLine(stderr ?? String(error)),
      error,
    );
  }
  const { GOVERSION, GOOS, GOARCH } = JSON.parse(output) as Record<'GOVERSION' | 'GOOS' | 'GOARCH', string>;
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(GOVERSION) ?? [];
  // A version of another form is a development build: taken as new enough.
  if (major && minor && Number(major) * 1000 + Number(minor) < LEAST_GO.major * 1000 + LEAST_GO.minor) {
    throw noGo(program, `this is ${GOVERSION}`);
  }
  return { version: GOVERSION, os: GOOS, arch: GOARCH };
};

const noGo = ({ title, otherWays }: GoProgram, found: string, cause?: unknown): Error => {
  const ways = [`install Go ${LEAST_GO.major}.${LEAST_GO.minor} or newer`, ...otherWays];
  return new Error(`cannot build ${title} (${found}): ${ways.join(', or ')}`, { cause });
};

const firstLine = (text: string): string => text.trim().split('\n', 1)[0] ?? '';

const compile = async (
  program: GoProgram,
  output: string,
  onProgress: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  const { module, package: target = '.', title, announcement, download } = program;
  const options = { cwd: module, env: buildEnvironment(), ...(signal && { signal }) };
  onProgress(announcement);
  onProgress(`reading the Go modules (the first time they are downloaded, about ${download})`);
  const { stdout } = await run('go', ['list', '-deps', target], { ...options, maxBuffer: 16 << 20 });
  const total = stdout.trim().split('\n').length;

  // Go that is killed leaves its compilers running and its temporary folder where it is. So it is given a folder and
  // a process group that end with it, and with us.
  const work = `${output}.work`;
  await mkdir(work);
  const build = ['go', 'build', '-v', ...(await buildArguments(program)), '-o', output, target];
  const go = spawn('/bin/sh', ['-c', TIED_TO_PARENT, work, ...build], {
    cwd: module,
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
  onProgress(`built ${title} in ${seconds()} s (${megabytes} MB)`);
};
