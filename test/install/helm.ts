import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { GoProgram } from '../control-plane/build.ts';
import { type Manifest, parseManifests } from '../helpers/installed.ts';
import { findTool } from '../tools/tools.ts';

export const chart = join(import.meta.dirname, '../../deploy/charts/machine-client-operator');
export const release = 'machine-client-operator';
export const releaseNamespace = 'machine-client-system';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Helm takes to work on the release. */
export const inRelease = ['--namespace', releaseNamespace] as const;

/** What it printed; a failure is one of the test. */
export const good = async (ran: Promise<Ran>): Promise<string> => {
  const { code, stdout, stderr } = await ran;
  expect(code, stderr).toBe(0);
  return stdout;
};

const run = (file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${file} did not run`, { cause: error }));
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

/** One version of Helm, with its own folders and no configuration of the developer's. */
export class Helm implements AsyncDisposable {
  readonly #binary: string;
  readonly #folder: string;
  readonly #kubeconfig: string | undefined;
  #files = 0;

  private constructor(binary: string, folder: string, kubeconfig: string | undefined) {
    this.#binary = binary;
    this.#folder = folder;
    this.#kubeconfig = kubeconfig;
  }

  static async find(program: GoProgram, kubeconfig?: string): Promise<Helm> {
    return new Helm(await findTool(program), await mkdtemp(join(tmpdir(), 'mco-helm-')), kubeconfig);
  }

  run(...args: readonly string[]): Promise<Ran> {
    return run(this.#binary, args, {
      PATH: process.env['PATH'],
      HOME: this.#folder,
      HELM_CACHE_HOME: join(this.#folder, 'cache'),
      HELM_CONFIG_HOME: join(this.#folder, 'config'),
      HELM_DATA_HOME: join(this.#folder, 'data'),
      // Where it is not to be asked, a cluster must not be found either.
      KUBECONFIG: this.#kubeconfig ?? join(this.#folder, 'none'),
    });
  }

  /** A file with these values, as `--values` wants it. */
  async values(values: object): Promise<string> {
    const file = join(this.#folder, `values-${++this.#files}.yaml`);
    await writeFile(file, stringify(values));
    return file;
  }

  async template(values: object, ...args: readonly string[]): Promise<Ran> {
    const file = await this.values(values);
    return await this.run(
      'template',
      release,
      chart,
      '--namespace',
      releaseNamespace,
      '--values',
      file,
      ...args,
    );
  }

  /** What the chart makes with these values; throws with what Helm says. */
  async render(values: object = {}, ...args: readonly string[]): Promise<Manifest[]> {
    const { code, stdout, stderr } = await this.template(values, ...args);
    if (code !== 0) throw new Error(stderr);
    return parseManifests(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
