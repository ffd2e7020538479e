import type { Mark } from '../../../src/providers/mark.ts';
import { type KeycloakSimulator, startKeycloakSimulator } from '../../simulators/keycloak/simulator.ts';
import { KeycloakUpstream, markedClient } from './keycloak-upstream.ts';

export class SimulatedKeycloakUpstream extends KeycloakUpstream {
  readonly simulator: KeycloakSimulator;

  protected constructor(simulator: KeycloakSimulator) {
    super({
      url: simulator.url,
      realm: simulator.realm,
      login: () => simulator.credentials,
      clients: () => simulator.clients(),
      keys: () => simulator.keys(),
      hidden: () => simulator.issuedSecrets().map(({ value }) => value),
    });
    this.simulator = simulator;
    for (const name of ['read:invoices', 'write:invoices']) simulator.act({ action: 'addScope', name });
  }

  static async start(
    options: Parameters<typeof startKeycloakSimulator>[0] = {},
  ): Promise<SimulatedKeycloakUpstream> {
    return new SimulatedKeycloakUpstream(await startKeycloakSimulator(options));
  }

  createForeign(clientId: string) {
    this.simulator.act({ action: 'createClient', clientId });
    const { keyId = '' } = this.simulator.act({ action: 'addKey', clientId });
    return { clientId, secret: keyId };
  }

  createMarked(mark: Mark): void {
    const { clientId, keyId, attributes } = markedClient(mark);
    this.simulator.act({ action: 'createClient', clientId });
    this.simulator.act({ action: 'changeClient', clientId, fields: { attributes } });
    this.simulator.act({ action: 'addKey', clientId, keyId });
  }

  deleteClient(clientId: string): void {
    this.simulator.act({ action: 'deleteClient', clientId });
  }

  deleteCredential(clientId: string, keyId: string): void {
    this.simulator.act({ action: 'deleteKey', clientId, keyId });
  }

  slow(latencyMs: number, listLagMs: number): void {
    this.simulator.setSwitches({ latencyMs, readLagMs: listLagMs });
  }

  rotateManagement(): void {
    this.simulator.act({ action: 'rotateManagementSecret' });
    this.simulator.act({ action: 'revokeManagementTokens' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
