import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../control-plane/child.ts';
import { rawRequest } from '../../simulators/raw-client.ts';
import { untilUp } from '../until-up.ts';
import { BOOT, findKeycloak, JAVA_OPTIONS } from './install.ts';
import { AdminSession } from './admin-session.ts';
import { makeRealm, type Realm } from './realm.ts';

/** Some 10 s on an idle machine, and many times that on a busy one. */
const STARTS_WITHIN_MS = 300_000;

/** For a hook that starts Keycloak, which may have to be fetched and built first, on a machine that is busy. */
export const KEYCLOAK_STARTS_WITHIN_MS = 900_000;

/** A Keycloak of its own, with nothing in it but the realm `master`. */
export interface KeycloakServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** What it has said; gone with it. */
  readonly logFile: string;
  /** Never resolves: rejects with the last lines of its log when it ends by itself. */
  readonly died: Promise<never>;
  /** An administrator of all realms. */
  readonly admin: AdminSession;
  /** One for each test. `through`: where a proxy stands before it, for a token is good only where it was asked for. */
  realm(through?: string): Promise<Realm>;
}

/**
 * Starts a Keycloak of its own, which ends with this process at the latest.
 *
 * @throws Error with what has to be installed, or with the last lines of its log.
 */
export const startKeycloak = async (
  onProgress: (message: string) => void = (message) => console.error(message),
): Promise<KeycloakServer> => {
  const installed = await findKeycloak(onProgress);
  const folder = await mkdtemp(join(tmpdir(), 'mco-keycloak-'));
  const home = join(folder, 'keycloak');
  const logFile = join(folder, 'keycloak.log');
  let child: ReturnType<typeof startChild> | undefined;
  const end = async (): Promise<void> => {
    await child?.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await furnish(installed, home);
    child = startChild(command(installed, home), logFile, folder);
    const url = await untilUp('Keycloak says where it listens', child, STARTS_WITHIN_MS, async () => {
      const [, address] =
        /Listening on: (http:\/\/127\.0\.0\.1:\d+)/.exec(await readFile(logFile, 'utf8')) ?? [];
      return address;
    });
    await untilUp('Keycloak answers', child, STARTS_WITHIN_MS, async () =>
      (await rawRequest(`${url}/realms/master`)).status === 200 ? true : undefined,
    );
    const admin = new AdminSession(url, BOOT);
    return {
      url,
      pid: child.pid,
      logFile,
      died: child.died,
      admin,
      realm: (through = url) => makeRealm(through, admin),
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
};

/** What a start only reads of an installation. What it writes lies beside them, in `data`. */
const READ = ['conf', 'lib', 'providers', 'themes'] as const;

const furnish = async (installed: string, home: string): Promise<void> => {
  await mkdir(home);
  for (const name of READ) await symlink(join(installed, name), join(home, name));
  await cp(join(installed, 'data'), join(home, 'data'), { recursive: true });
};

const command = (installed: string, home: string): string[] => [
  'env',
  ...Object.entries(JAVA_OPTIONS).map(([name, value]) => `${name}=${value}`),
  join(installed, 'bin', 'kc.sh'),
  'start',
  '--optimized',
  // After the one that kc.sh itself gives, so that it is this one that holds.
  `-Dkc.home.dir=${home}`,
  '--cache=local',
  '--http-enabled=true',
  '--http-host=127.0.0.1',
  '--http-port=0',
  '--hostname-strict=false',
];
