import type { Mark } from '../../../src/providers/mark.ts';
import { formatDescription, parseDescription } from '../../../src/providers/scalekit/description-mark.ts';
import { startScalekitSimulator, type ScalekitSimulator } from '../../simulators/scalekit/simulator.ts';
import { askForToken } from './ask.ts';
import { isToken, type TrueClient, type Upstream, type UpstreamRoute } from './upstream.ts';

const clients = String.raw`^/api/v1/organizations/[^/]+/clients`;
const client = `${clients}/([^/]+)`;
const routes: readonly UpstreamRoute[] = [
  { method: 'POST', path: new RegExp(`${clients}$`), operation: 'create', writes: true },
  { method: 'GET', path: new RegExp(`${clients}$`), operation: 'list', writes: false },
  { method: 'GET', path: new RegExp(`${client}$`), operation: 'get', writes: false },
  { method: 'PATCH', path: new RegExp(`${client}$`), operation: 'update', writes: true },
  { method: 'DELETE', path: new RegExp(`${client}$`), operation: 'delete', writes: true },
  { method: 'POST', path: new RegExp(`${client}/secrets$`), operation: 'addSecret', writes: true },
  { method: 'DELETE', path: new RegExp(`${client}/secrets/[^/]+$`), operation: 'deleteSecret', writes: true },
  { method: 'POST', path: /^\/oauth\/token$/, operation: 'token', writes: false, proves: isToken },
];

export class ScalekitUpstream implements Upstream {
  readonly type = 'Scalekit';
  readonly style = 'additive';
  readonly valueEntry = 'client-secret';
  readonly valuesOfCredential = 1;
  readonly routes = routes;
  readonly clientSpec;
  readonly simulator: ScalekitSimulator;

  private constructor(simulator: ScalekitSimulator) {
    this.simulator = simulator;
    const { organizationId } = simulator.credentials;
    this.clientSpec = { scopes: ['read:invoices'], organizationId };
  }

  static async start(options: Parameters<typeof startScalekitSimulator>[0] = {}): Promise<ScalekitUpstream> {
    return new ScalekitUpstream(await startScalekitSimulator(options));
  }

  get url(): string {
    return this.simulator.url;
  }

  spec(environmentUrl = this.url): Readonly<Record<string, unknown>> {
    const { clientId } = this.simulator.credentials;
    const secretKeyRef = { name: 'scalekit-management', key: 'secret' };
    return {
      type: 'Scalekit',
      scalekit: { environmentUrl, auth: { type: 'Secret', clientId, secretKeyRef } },
    };
  }

  managementSecret(): string {
    return this.simulator.credentials.clientSecret;
  }

  clients(): readonly TrueClient[] {
    return this.simulator.clients().map((record) => {
      const { clientId, name, description, createdAt, secrets } = record;
      const { mark, released } = parseDescription(description);
      return {
        record,
        clientId,
        name,
        createdAt,
        owner: released ? undefined : mark?.full,
        credentials: secrets.map((one) => ({ ...one, suffix: one.value.slice(-4) })),
      };
    });
  }

  issuedSecrets() {
    const { clientId } = this.simulator.credentials;
    return this.simulator
      .issuedSecrets()
      .map((secret) => (secret.clientId === clientId ? { ...secret, clientId: null } : secret));
  }

  markIn({ description }: Readonly<Record<string, unknown>>): string | undefined {
    return typeof description === 'string' ? parseDescription(description).mark?.full : undefined;
  }

  clientIn(): undefined {}

  /** The operator's own login is no proof of anything. */
  askedWith({ body }: { readonly body: string }) {
    const form = new URLSearchParams(body);
    const clientId = form.get('client_id') ?? undefined;
    if (clientId === this.simulator.credentials.clientId) return {};
    return { clientId, value: form.get('client_secret') ?? undefined };
  }

  createForeign() {
    const { clientId = '', secret = '' } = this.simulator.act({
      action: 'createClient',
      fields: { name: 'Foreign', scopes: ['read:invoices'] },
    });
    return { clientId, secret };
  }

  createMarked(mark: Mark): void {
    const description = formatDescription(mark, 'theirs', false, '');
    const fields = { name: 'Theirs', scopes: ['read:invoices'], description };
    this.simulator.act({ action: 'createClient', fields });
  }

  deleteClient(clientId: string): void {
    this.simulator.act({ action: 'deleteClient', clientId });
  }

  deleteCredential(clientId: string, secretId: string): void {
    this.simulator.act({ action: 'deleteSecret', clientId, secretId });
  }

  slow(latencyMs: number, listLagMs: number): void {
    this.simulator.setSwitches({ latencyMs, listLagMs });
  }

  rotateManagement(): void {
    this.simulator.act({ action: 'rotateManagementSecret' });
    this.simulator.act({ action: 'expireTokens' });
  }

  async ask(clientId: string, value: string) {
    return await askForToken(`${this.url}/oauth/token`, clientId, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
