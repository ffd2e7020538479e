import { isDeepStrictEqual } from 'node:util';
import type { Mark } from '../../../src/providers/mark.ts';
import { markedRole, VaultUpstream } from '../../helpers/upstreams/vault-upstream.ts';
import { type RawAnswer } from '../../simulators/raw-client.ts';
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import { vaultApi } from './calls.ts';
import { VaultMirror } from './mirror.ts';
import type { VaultServer } from './vault.ts';

/**
 * A mount of its own of a real Vault behind a fault proxy, for tests that have a simulator otherwise. What it holds they know
 * by a mirror, and at the end the server is asked whether that is so.
 */
export class RealVaultUpstream extends VaultUpstream {
  readonly simulator: FaultProxy;
  readonly #vault: VaultServer;
  readonly #mirror: VaultMirror;
  readonly #roles: string;

  private constructor(
    vault: VaultServer,
    mountPath: string,
    token: string,
    proxy: FaultProxy,
    mirror: VaultMirror,
  ) {
    super({
      url: proxy.url,
      mountPath,
      simulator: proxy,
      token: () => token,
      roles: () => mirror.roles(),
      issued: () => [...mirror.issued(), { clientId: null, value: token, revokedAt: null }],
    });
    this.simulator = proxy;
    this.#vault = vault;
    this.#mirror = mirror;
    this.#roles = `/v1/auth/${mountPath}/role`;
  }

  static async start(vault: VaultServer): Promise<RealVaultUpstream> {
    const { path, operatorToken } = await vault.mount();
    const mirror = new VaultMirror(path);
    const proxy = await startFaultProxy(vaultApi, vault.url, { onPassed: mirror.sees });
    return new RealVaultUpstream(vault, path, operatorToken, proxy, mirror);
  }

  async createForeign(clientId: string) {
    return { clientId, secret: await this.#make(clientId, {}, {}) };
  }

  async createMarked(mark: Mark): Promise<void> {
    const { clientId, roleId, metadata } = markedRole(mark);
    await this.#make(clientId, { role_id: roleId }, metadata);
  }

  async deleteClient(clientId: string): Promise<void> {
    await this.#asRoot('DELETE', `/${clientId}`);
  }

  async deleteCredential(clientId: string, accessor: string): Promise<void> {
    await this.#asRoot('POST', `/${clientId}/secret-id-accessor/destroy`, { secret_id_accessor: accessor });
  }

  /** The server shows at once what it has. */
  slow(latencyMs: number): void {
    this.simulator.setSwitches({ latencyMs });
  }

  rotateManagement(): void {
    throw new Error('the token of the operator at a real Vault is replaced by no test');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const [known, real] = [this.#known(), await this.#real()];
    await this.simulator[Symbol.asyncDispose]();
    if (!isDeepStrictEqual(known, real))
      throw new Error(`Vault has ${JSON.stringify(real)}, and what has passed is ${JSON.stringify(known)}`);
  }

  /** A role with one secret id, whose value is given. */
  async #make(clientId: string, fields: object, metadata: object): Promise<string> {
    await this.#asRoot('POST', `/${clientId}`, fields);
    await this.#asRoot('GET', `/${clientId}/role-id`);
    const made = { metadata: JSON.stringify(metadata) };
    const { json } = await this.#asRoot('POST', `/${clientId}/secret-id`, made);
    return json.data.secret_id;
  }

  /** As an administrator, and seen as what passes. */
  async #asRoot(method: 'GET' | 'POST' | 'DELETE', path: string, json?: object): Promise<RawAnswer> {
    const target = `${this.#roles}${path}`;
    const answer = await this.#vault.asRoot(method, target, json);
    if (answer.status >= 300) throw new Error(`Vault: ${method} ${target}: ${answer.status} ${answer.text}`);
    const { status, headers, text } = answer;
    this.#mirror.sees({ method, target, request: JSON.stringify(json ?? {}), status, headers, answer: text });
    return answer;
  }

  /** The accessors of each role, in one order. */
  #known(): Readonly<Record<string, readonly string[]>> {
    const all = this.#mirror.roles().map(({ clientId, secretIds }) => {
      return [clientId, secretIds.map(({ accessor }) => accessor).toSorted()] as const;
    });
    return Object.fromEntries(all.toSorted());
  }

  async #real(): Promise<Readonly<Record<string, readonly string[]>>> {
    const names = await this.#keys('');
    const all = await Promise.all(
      names.map(async (name) => [name, (await this.#keys(`/${name}/secret-id`)).toSorted()] as const),
    );
    return Object.fromEntries(all.toSorted());
  }

  async #keys(path: string): Promise<readonly string[]> {
    const { status, json } = await this.#vault.asRoot('GET', `${this.#roles}${path}?list=true`);
    return status === 404 ? [] : (json.data.keys as string[]);
  }
}
