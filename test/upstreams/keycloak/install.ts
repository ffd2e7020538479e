import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheFolder } from '../../control-plane/build.ts';
import { isAlive, withLock } from '../../control-plane/lock.ts';
import { runTied, ToolFailed } from '../run-tied.ts';

const VERSION = '26.7.3';
const LEAST_JAVA = 17;
const SHA256 = '77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47';
const ARTIFACT = `org.keycloak:keycloak-quarkus-dist:${VERSION}:tar.gz`;
const MAVEN_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/** What is settled when the server is built. A start with others would build it anew, which takes longer than the start. */
const BUILD_OPTIONS: readonly string[] = [
  '--db=dev-file',
  '--features=client-secret-rotation',
  '--health-enabled=false',
  '--metrics-enabled=false',
];

/** Its administrator: a service account of the realm `master`, so that nobody has to log in with a password. */
export const BOOT = { clientId: 'boot', secret: 'boot-secret' } as const;

export const JAVA_OPTIONS = {
  JAVA_OPTS_APPEND: '-Djava.net.preferIPv4Stack=true -XX:-UseG1GC -XX:+UseSerialGC',
} as const;

/**
 * A folder as Keycloak's archive has it, with a server that has been built with our options, and with `data` as it is
 * when a first start has filled the database. Nothing in it is changed.
 */
export const findKeycloak = async (
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<string> => {
  await needJava();
  const own = process.env['KEYCLOAK_HOME'];
  const source = own ? [own, await versionOf(own)] : [ARTIFACT, SHA256];
  const key = createHash('sha256')
    .update(JSON.stringify([source, BUILD_OPTIONS, BOOT]))
    .digest('hex');
  const folder = join(cacheFolder(), 'keycloak', key.slice(0, 32));
  const home = join(folder, 'keycloak');
  if (existsSync(home)) return home;

  await mkdir(folder, { recursive: true });
  await withLock(join(folder, 'lock'), onProgress, signal, async () => {
    if (existsSync(home)) return;
    await removeDeserted(folder);
    const work = await mkdtemp(join(folder, `${UNFINISHED}${process.pid}-`));
    try {
      const unpacked = join(work, 'keycloak');
      if (own) await copyOwn(own, unpacked);
      else await unpackReleased(work, unpacked, onProgress);
      onProgress(`building Keycloak ${own ?? VERSION} and its database, once: about a minute`);
      await runScript(unpacked, ['build', ...BUILD_OPTIONS]);
      await runScript(unpacked, [
        'bootstrap-admin',
        'service',
        '--optimized',
        `--client-id=${BOOT.clientId}`,
        '--client-secret:env=BOOT_SECRET',
      ]);
      // Another that took over the same lock may have been the first.
      if (!existsSync(home)) await rename(unpacked, home);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return home;
};

const UNFINISHED = 'unfinished-';

/** What is left of those that were interrupted: 400 MB each. */
const removeDeserted = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const [pid = ''] = name.startsWith(UNFINISHED) ? name.slice(UNFINISHED.length).split('-') : [];
    if (pid !== '' && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
  }
};

/** As it says itself; a folder in which another one lies now is another one. */
const versionOf = (own: string): Promise<string> =>
  readFile(join(own, 'version.txt'), 'utf8').catch(() => '');

const needJava = async (): Promise<void> => {
  const missing = (found: string, cause?: unknown): Error =>
    new Error(
      `cannot start Keycloak (${found}): install a Java runtime of version ${LEAST_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless)`,
      { cause },
    );
  let said: string;
  try {
    said = await runTied([javaCommand(), '-version']);
  } catch (error) {
    throw missing('Java is not installed', error);
  }
  const [, version = '0'] = /version "(\d+)/.exec(said) ?? [];
  if (Number(version) < LEAST_JAVA) throw missing(`this is Java ${version}`);
};

/** As kc.sh chooses it. */
const javaCommand = (): string => {
  const { JAVA, JAVA_HOME } = process.env;
  return JAVA ?? (JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java');
};

const copyOwn = async (own: string, to: string): Promise<void> => {
  if (!existsSync(join(own, 'bin', 'kc.sh')))
    throw new Error(`cannot start Keycloak: KEYCLOAK_HOME is ${own}, and there is no bin/kc.sh in it`);
  // Built elsewhere, so that somebody's own server stays as it is; and without what it has stored.
  await cp(own, to, { recursive: true, filter: (path) => path !== join(own, 'data') });
};

const unpackReleased = async (
  work: string,
  to: string,
  onProgress: (message: string) => void,
): Promise<void> => {
  onProgress(`fetching Keycloak ${VERSION} with Maven, once: 176 MB`);
  try {
    await runTied(['mvn', '-q', '-B', MAVEN_GOAL, `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${work}`]);
  } catch (error) {
    const isMissing = error instanceof ToolFailed && error.isMissing;
    const why = isMissing ? 'Maven is not installed' : lastLines(error, 1);
    throw new Error(
      `cannot fetch Keycloak (${why}): install Maven (Debian: apt-get install maven), or set KEYCLOAK_HOME to the folder of an unpacked Keycloak ${VERSION}`,
      { cause: error },
    );
  }
  const archive = join(work, `keycloak-quarkus-dist-${VERSION}.tar.gz`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(archive), hash);
  const sum = hash.digest('hex');
  if (sum !== SHA256) throw new Error(`${ARTIFACT} has the checksum ${sum}, and not ${SHA256}`);
  await mkdir(to);
  await runTied(['tar', 'xzf', archive, '-C', to, '--strip-components=1']);
  await rm(archive);
};

const lastLines = (error: unknown, count: number): string =>
  (error instanceof ToolFailed ? error.output : String(error)).trim().split('\n').slice(-count).join('\n');

const runScript = async (home: string, args: readonly string[]): Promise<void> => {
  try {
    await runTied([join(home, 'bin', 'kc.sh'), ...args], { ...JAVA_OPTIONS, BOOT_SECRET: BOOT.secret });
  } catch (error) {
    throw new Error(`kc.sh ${args[0]} failed: ${lastLines(error, 15)}`, { cause: error });
  }
};
