import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildProgram } from '../control-plane/build.ts';
import { controlPlaneProgram } from '../control-plane/programs.ts';
import { kwokProgram } from '../kwok/kwok.ts';

/** A stand-in for the `go` command, as the real one would take minutes. */
const goCommand = (version: string): string => `#!/bin/sh
case "$1" in
  env) echo '{"GOVERSION": "${version}", "GOOS": "plan9", "GOARCH": "arm64"}' ;;
  list) echo machine-client.dev/control-plane ;;
  build)
    echo one >> "$BUILDS"
    sleep 1
    for argument; do [ "$previous" = -o ] && echo binary > "$argument"; previous=$argument; done ;;
esac
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mco-build-'));
  vi.stubEnv('MCO_CACHE_DIR', join(folder, 'cache'));
  vi.stubEnv('BUILDS', join(folder, 'builds'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const installGo = async (version: string): Promise<void> => {
  await writeFile(join(folder, 'go'), goCommand(version));
  await chmod(join(folder, 'go'), 0o755);
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
};

const build = (): Promise<string> => buildProgram(controlPlaneProgram, () => {});

const WAYS_ON =
  'install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kube-controller-manager, ' +
  'or use a cluster that runs already (demo: --kubeconfig FILE; tests: MCO_TEST_KUBECONFIG=FILE)';

test('without Go, one line says what to do', async () => {
  vi.stubEnv('PATH', folder);
  await expect(build()).rejects.toThrow(
    `cannot build the test control plane (Go is not installed): ${WAYS_ON}`,
  );
});

test('with a Go that is too old, the same line names it', async () => {
  await installGo('go1.25.9');
  await expect(build()).rejects.toThrow(`cannot build the test control plane (this is go1.25.9): ${WAYS_ON}`);
});

test('without Go, kwok has a line of its own', async () => {
  vi.stubEnv('PATH', folder);
  await expect(buildProgram(kwokProgram, () => {})).rejects.toThrow(
    /^cannot build kwok, which plays the nodes of tests \(Go is not installed\): install Go 1\.26 or newer$/,
  );
});

test('each program has its own place in the cache', async () => {
  await installGo('go1.26.3');
  const paths = [await build(), await buildProgram(kwokProgram, () => {})];
  const cache = join(folder, 'cache');
  expect(paths.map((path) => relative(cache, path).split('/').toSpliced(1, 1))).toEqual([
    ['control-plane', 'control-plane'],
    ['kwok', 'kwok'],
  ]);
});

test('builders at the same time build once, and later ones not at all', async () => {
  await installGo('go1.26.3');
  const [first, second] = await Promise.all([build(), build()]);
  const later = await build();

  expect(new Set([first, second, later]).size).toBe(1);
  expect(await readFile(first, 'utf8')).toBe('binary\n');
  expect(await readFile(join(folder, 'builds'), 'utf8')).toBe('one\n');
});

test('the lock of a builder that died is taken over', async () => {
  await installGo('go1.26.3');
  const binary = await build();
  await rm(binary);
  // No process has this number: Linux ends at 2^22, macOS at 99998.
  await writeFile(join(binary, '..', 'lock'), '99999999');

  await expect(build()).resolves.toBe(binary);
});
