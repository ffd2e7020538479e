import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildProgram } from '../control-plane/build.ts';
import { findKeycloak } from './keycloak/install.ts';
import { vaultProgram } from './vault/vault.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mco-install-'));
  vi.stubEnv('MCO_CACHE_DIR', join(folder, 'cache'));
  vi.stubEnv('PATH', folder);
  for (const name of ['JAVA', 'JAVA_HOME', 'KEYCLOAK_HOME']) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const command = async (path: string, script: string): Promise<void> => {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
};

const java = (version: string): Promise<void> =>
  command(join(folder, 'java'), `echo 'openjdk version "${version}"' >&2`);

const find = (): Promise<string> => findKeycloak(() => {});

const WITHOUT_JAVA =
  'install a Java runtime of version 17 or newer (Debian: apt-get install openjdk-17-jre-headless)';
const WITHOUT_MAVEN =
  'install Maven (Debian: apt-get install maven), or set KEYCLOAK_HOME to the folder of an unpacked Keycloak 26.7.3';

test('without Java, one line says what to install', async () => {
  await expect(find()).rejects.toThrow(`cannot start Keycloak (Java is not installed): ${WITHOUT_JAVA}`);
});

test.each(['1.8.0_372', '11.0.2'])('with Java %s, the same line names it', async (version) => {
  await java(version);
  const [, major] = /^(\d+)/.exec(version) ?? [];
  await expect(find()).rejects.toThrow(`cannot start Keycloak (this is Java ${major}): ${WITHOUT_JAVA}`);
});

test('without Maven, one line says what to install, and what to do without it', async () => {
  await java('17.0.15');
  await expect(find()).rejects.toThrow(`cannot fetch Keycloak (Maven is not installed): ${WITHOUT_MAVEN}`);
});

test('where Maven fails, its last line is told', async () => {
  await java('21');
  await command(join(folder, 'mvn'), 'echo "[ERROR] first"; echo "[ERROR] no such host"; exit 1');
  await expect(find()).rejects.toThrow(`cannot fetch Keycloak ([ERROR] no such host): ${WITHOUT_MAVEN}`);
});

test('an archive with another checksum is not unpacked, and nothing of it stays', async () => {
  await java('17.0.15');
  const archive = 'keycloak-quarkus-dist-26.7.3.tar.gz';
  await command(
    join(folder, 'mvn'),
    `for argument; do case "$argument" in -DoutputDirectory=*) echo other > "\${argument#*=}/${archive}" ;; esac; done`,
  );
  await expect(find()).rejects.toThrow(/has the checksum [0-9a-f]{64}, and not [0-9a-f]{64}$/);
  const [kept = ''] = await readdir(join(folder, 'cache', 'keycloak'));
  expect(await readdir(join(folder, 'cache', 'keycloak', kept))).toEqual([]);
});

test('what an interrupted build has left goes when the next one begins', async () => {
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
  await java('17.0.15');
  await command(join(folder, 'mvn'), 'exit 1');
  await expect(find()).rejects.toThrow('cannot fetch Keycloak');
  const [kept = ''] = await readdir(join(folder, 'cache', 'keycloak'));
  // No process has this number: Linux ends at 2^22, macOS at 99998.
  await mkdir(join(folder, 'cache', 'keycloak', kept, 'unfinished-99999999-abcdef'));
  await expect(find()).rejects.toThrow('cannot fetch Keycloak');
  expect(await readdir(join(folder, 'cache', 'keycloak', kept))).toEqual([]);
});

test('a KEYCLOAK_HOME without Keycloak is told', async () => {
  await java('17.0.15');
  vi.stubEnv('KEYCLOAK_HOME', join(folder, 'nothing'));
  await expect(find()).rejects.toThrow(
    `cannot start Keycloak: KEYCLOAK_HOME is ${join(folder, 'nothing')}, and there is no bin/kc.sh in it`,
  );
});

test('a KEYCLOAK_HOME is copied without what it has stored, built once, and stays as it is', async () => {
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
  await java('17.0.15');
  const own = join(folder, 'own');
  await mkdir(join(own, 'bin'), { recursive: true });
  await mkdir(join(own, 'data'));
  await command(
    join(own, 'bin', 'kc.sh'),
    'cd "$(dirname "$0")/.."; echo "$1" >> calls; mkdir -p data; echo "$*" >> data/stored',
  );
  vi.stubEnv('KEYCLOAK_HOME', own);
  const [first, second] = await Promise.all([find(), find()]);
  expect([second, await find()]).toEqual([first, first]);
  expect(await readFile(join(first, 'calls'), 'utf8')).toBe('build\nbootstrap-admin\n');
  expect(await readdir(own)).toEqual(['bin', 'data']);
  expect(await readdir(join(own, 'data'))).toEqual([]);
});

test('without Go, the line about Vault says what to install', async () => {
  await expect(buildProgram(vaultProgram, () => {})).rejects.toThrow(
    /^cannot build the Vault of tests \(Go is not installed\): install Go 1\.26 or newer$/,
  );
});
