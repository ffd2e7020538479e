import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { operatorEntries, writeBundle } from '../../scripts/bundle.ts';

/**
 * The operator and the kubectl plugin as tests run them: the bundle that ships, made once for a test run. It starts in
 * half the time that the sources take, and tests start thousands.
 */
const FOLDER = 'MCO_TEST_BUNDLE';

const root = join(import.meta.dirname, '../..');
const program = (name: keyof typeof operatorEntries): string => {
  const folder = process.env[FOLDER];
  return folder === undefined ? join(root, operatorEntries[name] ?? '') : join(folder, `${name}.js`);
};

/** The file that Node runs: of the bundle where a test run has made one, else the source. */
export const operatorProgram = (): string => program('main');
export const cliProgram = (): string => program('cli');

/**
 * For a program of ours that is started many times: Node keeps what it has made of the code, and takes nothing from there
 * that was made of another text.
 */
export const programEnvironment = (): NodeJS.ProcessEnv => {
  const folder = process.env[FOLDER];
  return { ...process.env, ...(folder !== undefined && { NODE_COMPILE_CACHE: join(folder, 'compiled') }) };
};

/** Makes the bundle of this test run; the processes that are started from here on find it. */
export const bundlePrograms = async (): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-bundle-'));
  await writeBundle(operatorEntries, folder);
  process.env[FOLDER] = folder;
  // One that is killed writes nothing into the cache; this one ends by itself.
  await promisify(execFile)(process.execPath, [operatorProgram(), '--help'], { env: programEnvironment() });
  return async () => {
    delete process.env[FOLDER];
    await rm(folder, { recursive: true, force: true });
  };
};
