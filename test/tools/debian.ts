import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../control-plane/build.ts';

/**
 * Programs of others that come as packages of Debian. One that is on PATH is taken; else it is fetched here, on Debian
 * and its like. What cannot be had is an error that says what to install, and never a test that is left out.
 */
const run = promisify(execFile);

const apt = async (args: readonly string[], cwd?: string): Promise<void> => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-q', ...args], { env, maxBuffer: 64 << 20, ...(cwd && { cwd }) });
};

/** The lists may be as old as the machine, and name what is not there any more. */
const withLists = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch {
    await apt(['update']);
    await work();
  }
};

const onPath = async (name: string): Promise<string | undefined> => {
  const found = await run('sh', ['-c', 'command -v "$1"', 'sh', name]).catch(() => undefined);
  return found?.stdout.trim();
};

const missing = (name: string, packageName: string, cause: unknown): Error =>
  new Error(
    `${name} is missing, and could not be installed (that needs root on Debian or Ubuntu): apt-get install ${packageName}`,
    { cause },
  );

/** Installed for good: it has libraries and settings of its own. */
export const findBuildah = async (): Promise<string> => {
  const found = await onPath('buildah');
  if (found !== undefined) return found;
  console.error('installing buildah');
  try {
    await withLists(() => apt(['install', '--yes', '--no-install-recommends', 'buildah']));
  } catch (error) {
    throw missing('buildah', 'buildah', error);
  }
  return 'buildah';
};

const programs = ['prometheus', 'promtool'] as const;
type Prometheus = Readonly<Record<(typeof programs)[number], string>>;

/** Unpacked beside our other tools: installed, its package would start a Prometheus. */
export const findPrometheus = async (): Promise<Prometheus> => {
  const [prometheus, promtool] = await Promise.all(programs.map(onPath));
  if (prometheus !== undefined && promtool !== undefined) return { prometheus, promtool };
  const folder = join(cacheFolder(), 'prometheus');
  const unpacked = {
    prometheus: join(folder, 'usr/bin/prometheus'),
    promtool: join(folder, 'usr/bin/promtool'),
  };
  if (existsSync(folder)) return unpacked;
  console.error('fetching the package prometheus');
  const work = await mkdtemp(join(tmpdir(), 'mco-prometheus-'));
  try {
    await withLists(() => apt(['download', 'prometheus'], work));
    const [archive = ''] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    await mkdir(cacheFolder(), { recursive: true });
    // Whole or not at all, for one that looks at the same time.
    const whole = `${folder}.${process.pid}`;
    await run('dpkg-deb', ['--extract', join(work, archive), whole]);
    await rename(whole, folder);
  } catch (error) {
    throw missing('prometheus', 'prometheus', error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return unpacked;
};
