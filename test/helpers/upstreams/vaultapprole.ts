import type { Mark } from '../../../src/providers/mark.ts';
import { issuedByOf, markOf, metadataFor, roleIdOf } from '../../../src/providers/vaultapprole/marking.ts';
import { startVaultAppRoleSimulator, type VaultSimulator } from '../../simulators/vaultapprole/simulator.ts';
import { isToken, type TrueClient, type Upstream, type UpstreamRoute } from './upstream.ts';

const mount = String.raw`^/v1/auth/approle`;
const role = String.raw`${mount}/role/([^/]+)`;
const routes: readonly UpstreamRoute[] = [
  { method: 'GET', path: new RegExp(`${mount}/role$`), operation: 'list', writes: false },
  { method: 'GET', path: new RegExp(`${role}$`), operation: 'getRole', writes: false },
  { method: 'POST', path: new RegExp(`${role}$`), operation: 'writeRole', writes: true },
  { method: 'DELETE', path: new RegExp(`${role}$`), operation: 'deleteRole', writes: true },
  { method: 'GET', path: new RegExp(`${role}/role-id$`), operation: 'getRoleId', writes: false },
  { method: 'GET', path: new RegExp(`${role}/secret-id$`), operation: 'listSecretIds', writes: false },
  { method: 'POST', path: new RegExp(`${role}/secret-id$`), operation: 'issueSecretId', writes: true },
  {
    method: 'POST',
    path: new RegExp(`${role}/secret-id-accessor/lookup$`),
    operation: 'lookupSecretId',
    writes: false,
  },
  {
    method: 'POST',
    path: new RegExp(`${role}/secret-id-accessor/destroy$`),
    operation: 'destroySecretId',
    writes: true,
  },
  {
    method: 'POST',
    path: new RegExp(`${mount}/login$`),
    operation: 'login',
    writes: false,
    proves: isToken,
  },
  { method: 'POST', path: /^\/v1\/auth\/token\/revoke-self$/, operation: 'revokeSelf', writes: false },
];

const json = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
};
const ofRole = (roleId: unknown): string | undefined =>
  typeof roleId === 'string' && roleId.split('/').length === 4
    ? roleId.slice(0, roleId.lastIndexOf('/'))
    : undefined;

export class VaultAppRoleUpstream implements Upstream {
  readonly type = 'VaultAppRole';
  readonly style = 'additive';
  readonly valueEntry = 'secret-id';
  readonly valuesOfCredential = 1;
  readonly routes = routes;
  readonly clientSpec = {};
  readonly without = ['displayName', 'scopes'];
  readonly simulator: VaultSimulator;

  private constructor(simulator: VaultSimulator) {
    this.simulator = simulator;
  }

  static async start(
    options: Parameters<typeof startVaultAppRoleSimulator>[0] = {},
  ): Promise<VaultAppRoleUpstream> {
    return new VaultAppRoleUpstream(await startVaultAppRoleSimulator(options));
  }

  get url(): string {
    return this.simulator.url;
  }

  spec(address = this.url): Readonly<Record<string, unknown>> {
    const auth = { type: 'Token', secretKeyRef: { name: 'vaultapprole-management', key: 'secret' } };
    return { type: 'VaultAppRole', vaultAppRole: { address, auth } };
  }

  managementSecret(): string {
    return this.simulator.credentials.token;
  }

  clients(): readonly TrueClient[] {
    return this.simulator.clients().map((record) => ({
      record,
      clientId: record.clientId,
      name: '',
      createdAt: record.createdAt,
      owner: markOf(record.clientId, record.roleId)?.full,
      credentials: record.secretIds.map(({ accessor, secretId, createdAt }) => ({
        id: accessor,
        suffix: accessor,
        createdAt,
        value: secretId,
      })),
    }));
  }

  issuedSecrets() {
    return this.simulator.issuedSecrets().filter(({ kind }) => kind !== 'token');
  }

  markIn({ role_id: roleId }: Readonly<Record<string, unknown>>): string | undefined {
    return ofRole(roleId);
  }

  clientIn(): undefined {}

  askedWith({ body }: { readonly body: string }) {
    const { role_id: roleId, secret_id: value } = json(body);
    const found = this.simulator.clients().find((one) => one.roleId === roleId);
    return typeof value === 'string' ? { clientId: found?.clientId, value } : {};
  }

  createForeign(clientId: string) {
    this.simulator.act({ action: 'createClient', clientId });
    const { secretId = '' } = this.simulator.act({ action: 'addSecretId', clientId });
    return { clientId, secret: secretId };
  }

  createMarked(mark: Mark): void {
    const clientId = `${mark.short}-${'a'.repeat(12)}`;
    this.simulator.act({ action: 'createClient', clientId, roleId: roleIdOf(mark, clientId) });
    this.simulator.act({ action: 'addSecretId', clientId, metadata: metadataFor(mark, 'theirs') });
  }

  /** Which operation issued it. */
  operationOf(accessor: string): string | undefined {
    const all = this.simulator.clients().flatMap(({ secretIds }) => secretIds);
    return issuedByOf(all.find((one) => one.accessor === accessor)?.metadata ?? {})?.operation;
  }

  deleteClient(clientId: string): void {
    this.simulator.act({ action: 'deleteClient', clientId });
  }

  deleteCredential(clientId: string, accessor: string): void {
    this.simulator.act({ action: 'deleteSecretId', clientId, accessor });
  }

  slow(latencyMs: number, listLagMs: number): void {
    this.simulator.setSwitches({ latencyMs, readLagMs: listLagMs });
  }

  rotateManagement(): void {
    this.simulator.act({ action: 'rotateManagementToken' });
  }

  /** As the client does: it knows its role_id. */
  async ask(clientId: string, secretId: string) {
    const roleId = this.simulator.clients().find((one) => one.clientId === clientId)?.roleId ?? clientId;
    try {
      const answer = await fetch(`${this.url}/v1/auth/approle/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ role_id: roleId, secret_id: secretId }),
      });
      await answer.text();
      if (answer.ok) return 'accepted';
      return answer.status === 400 ? 'refused' : 'no answer';
    } catch {
      return 'no answer';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
