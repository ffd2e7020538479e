import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** Unpacked beside our other tools: installed, its package would start a Prometheus. */
export const findPromtool = async (): Promise<string> => {
  const found = await onPath('promtool');
  if (found !== undefined) return found;
  const folder = join(cacheFolder(), 'promtool');
  const binary = join(folder, 'usr/bin/promtool');
  if (existsSync(binary)) return binary;
  console.error('fetching promtool, from the package prometheus');
  const work = await mkdtemp(join(tmpdir(), 'mco-promtool-'));
  try {
    await withLists(() => apt(['download', 'prometheus'], work));
    const [archive = ''] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    const unpacked = join(work, 'unpacked');
    await run('dpkg-deb', ['--extract', join(work, archive), unpacked]);
    await mkdir(dirname(binary), { recursive: true });
    // Whole or not at all, for one that looks at the same time.
    const whole = `${binary}.${process.pid}`;
    await run('cp', [join(unpacked, 'usr/bin/promtool'), whole]);
    await rename(whole, binary);
  } catch (error) {
    throw missing('promtool', 'prometheus', error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return binary;
};
