import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram, type GoProgram } from '../../control-plane/build.ts';
import { startChild } from '../../control-plane/child.ts';
import { type RawAnswer, rawRequest } from '../../simulators/raw-client.ts';
import { untilUp } from '../until-up.ts';
import { operatorPolicy, secretIdsOnlyPolicy } from './policy.ts';

export const vaultProgram: GoProgram = {
  name: 'vault',
  module: import.meta.dirname,
  title: 'the Vault of tests',
  announcement:
    'building Vault from source, once: it takes about 5 minutes on two cores, and 3 GB of disk for the caches of Go',
  download: '490 MB',
  otherWays: [],
};

const STARTS_WITHIN_MS = 60_000;

/** For a hook that starts Vault, which may have to be built first, on a machine that is busy. */
export const VAULT_STARTS_WITHIN_MS = 1_800_000;

/** An AppRole auth method of its own, with what logs in to it. */
export interface Mount {
  /** `mco-1f2e3d4c`: its API begins at `/v1/auth/<path>`. */
  readonly path: string;
  /** May do all that an operator does there, and nothing else. */
  readonly operatorToken: string;
  /** May issue and end secret ids of the roles there, and nothing else. */
  readonly secretIdsOnlyToken: string;
}

/** A Vault with all its data in memory, unsealed. */
export interface VaultServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly rootToken: string;
  readonly pid: number;
  /** What it has said; gone with it. */
  readonly logFile: string;
  /** Never resolves: rejects with the last lines of its log when it ends by itself. */
  readonly died: Promise<never>;
  /** One request with the root token; an answer of 4xx or 5xx is an answer too. */
  asRoot(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, json?: unknown): Promise<RawAnswer>;
  /** One for each test. */
  mount(): Promise<Mount>;
  /** From now on everything is answered with 503. */
  seal(): Promise<void>;
  unseal(): Promise<void>;
}

/**
 * Starts a Vault of its own, which ends with this process at the latest.
 *
 * @throws Error with what is missing to build it, or with the last lines of its log.
 */
export const startVault = async (
  onProgress: (message: string) => void = (message) => console.error(message),
): Promise<VaultServer> => {
  const binary = await buildProgram(vaultProgram, onProgress);
  const folder = await mkdtemp(join(tmpdir(), 'mco-vault-'));
  const logFile = join(folder, 'vault.log');
  const child = startChild([binary], logFile, folder);
  const end = async (): Promise<void> => {
    await child.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await untilUp('Vault says where it listens', child, STARTS_WITHIN_MS, async () => {
      const [, address] = /^listening on (\S+)$/m.exec(await readFile(logFile, 'utf8')) ?? [];
      return address;
    });
    const keys = await initialise(url);
    const unseal = async (): Promise<void> => {
      await done(url, 'PUT', '/v1/sys/unseal', { json: { key: keys.unsealKey } });
      // What is mounted is set up after the answer has been sent.
      await untilUp('Vault is unsealed', child, STARTS_WITHIN_MS, async () =>
        (await rawRequest(`${url}/v1/sys/health`)).status === 200 ? true : undefined,
      );
    };
    await unseal();
    const headers = { 'x-vault-token': keys.rootToken };
    const asRoot: VaultServer['asRoot'] = (method, path, json) =>
      rawRequest(url + path, { method, headers, ...(json === undefined ? {} : { json }) });
    return {
      url,
      rootToken: keys.rootToken,
      pid: child.pid,
      logFile,
      died: child.died,
      asRoot,
      mount: () => newMount(url, headers),
      seal: async () => {
        await done(url, 'PUT', '/v1/sys/seal', { headers });
      },
      unseal,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
};

interface Sent {
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

/** For what prepares a test: anything but success is an error. */
const done = async (url: string, method: 'POST' | 'PUT', path: string, sent: Sent): Promise<RawAnswer> => {
  const answer = await rawRequest(url + path, { method, ...sent });
  if (answer.status >= 300) throw new Error(`Vault: ${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
};

const initialise = async (
  url: string,
): Promise<{ readonly unsealKey: string; readonly rootToken: string }> => {
  const { json } = await done(url, 'PUT', '/v1/sys/init', {
    json: { secret_shares: 1, secret_threshold: 1 },
  });
  return { unsealKey: json.keys_base64[0], rootToken: json.root_token };
};

const newMount = async (url: string, headers: Record<string, string>): Promise<Mount> => {
  const path = `mco-${randomBytes(4).toString('hex')}`;
  await done(url, 'POST', `/v1/sys/auth/${path}`, { headers, json: { type: 'approle' } });
  const tokenFor = async (name: string, policy: string): Promise<string> => {
    await done(url, 'PUT', `/v1/sys/policies/acl/${path}-${name}`, { headers, json: { policy } });
    // Without `default`, which lets a token look at itself: what works must work by the policy alone.
    const asked = { policies: [`${path}-${name}`], no_default_policy: true, ttl: '1h' };
    const { json } = await done(url, 'POST', '/v1/auth/token/create-orphan', { headers, json: asked });
    return json.auth.client_token;
  };
  return {
    path,
    operatorToken: await tokenFor('operator', operatorPolicy(path)),
    secretIdsOnlyToken: await tokenFor('secret-ids', secretIdsOnlyPolicy(path)),
  };
};
