import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildProgram, type GoProgram } from '../control-plane/build.ts';
import { startChild } from '../control-plane/child.ts';

export const kwokProgram: GoProgram = {
  name: 'kwok',
  module: import.meta.dirname,
  title: 'kwok, which plays the nodes of tests',
  announcement: 'building kwok from source, once: it takes about 3 minutes on two cores',
  download: '50 MB',
  otherWays: [],
};

/** For a hook that starts kwok, which may have to be built first, on a machine that is busy. */
export const KWOK_STARTS_WITHIN_MS = 1_800_000;

/** A process that plays the kubelets of all nodes with its label; nothing runs on them. */
export interface Kwok extends AsyncDisposable {
  /** What a node must have to be played by this one. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Rejects with the last lines of its log when it ends by itself. */
  readonly died: Promise<never>;
  readonly pid: number;
}

/**
 * Starts kwok against a cluster. It writes into a temporary folder of its own, listens nowhere, and speaks to the API
 * server only. That it works shows when its first node is Ready.
 */
export const startKwok = async (
  kubeconfig: string,
  onProgress: (message: string) => void = (message) => console.error(message),
): Promise<Kwok> => {
  const binary = await buildProgram(kwokProgram, onProgress);
  const folder = await mkdtemp(join(tmpdir(), 'mco-kwok-'));
  const stages = join(folder, 'stages.yaml');
  await writeFile(stages, (await promisify(execFile)(binary, ['stages'])).stdout);
  // Several of them play in one cluster at the same time, one for each test file.
  const nodeLabels = { 'tests.machine-client.dev/kwok': randomBytes(4).toString('hex') };
  const child = startChild(
    [
      'env',
      // Where it would look for a configuration of the developer's.
      `KWOK_WORKDIR=${folder}`,
      binary,
      `--kubeconfig=${resolve(kubeconfig)}`,
      `--config=${stages}`,
      `--manage-nodes-with-label-selector=${Object.entries(nodeLabels).flat().join('=')}`,
      // Nobody takes a node's pods away here when it does not renew its lease.
      '--node-lease-duration-seconds=0',
    ],
    join(folder, 'kwok.log'),
    folder,
  );
  return {
    nodeLabels,
    died: child.died,
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      await child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
