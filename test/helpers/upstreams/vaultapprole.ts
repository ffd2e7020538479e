import type { Mark } from '../../../src/providers/mark.ts';
import { startVaultAppRoleSimulator, type VaultSimulator } from '../../simulators/vaultapprole/simulator.ts';
import { markedRole, VaultUpstream } from './vault-upstream.ts';

export class VaultAppRoleUpstream extends VaultUpstream {
  readonly simulator: VaultSimulator;

  private constructor(simulator: VaultSimulator) {
    super({
      url: simulator.url,
      mountPath: simulator.mountPath,
      simulator,
      token: () => simulator.credentials.token,
      roles: () => simulator.clients(),
      issued: () => simulator.issuedSecrets().filter(({ kind }) => kind !== 'token'),
    });
    this.simulator = simulator;
  }

  static async start(
    options: Parameters<typeof startVaultAppRoleSimulator>[0] = {},
  ): Promise<VaultAppRoleUpstream> {
    return new VaultAppRoleUpstream(await startVaultAppRoleSimulator(options));
  }

  createForeign(clientId: string) {
    this.simulator.act({ action: 'createClient', clientId });
    const { secretId = '' } = this.simulator.act({ action: 'addSecretId', clientId });
    return { clientId, secret: secretId };
  }

  createMarked(mark: Mark): void {
    const { clientId, roleId, metadata } = markedRole(mark);
    this.simulator.act({ action: 'createClient', clientId, roleId });
    this.simulator.act({ action: 'addSecretId', clientId, metadata });
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
