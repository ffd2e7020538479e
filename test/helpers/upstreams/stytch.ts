import { chosenClientId, type Mark } from '../../../src/providers/mark.ts';
import { markValue, metadataKey } from '../../../src/providers/stytch/wire.ts';
import { startStytchSimulator, type StytchSimulator } from '../../simulators/stytch/simulator.ts';
import { askForToken } from './ask.ts';
import { isToken, type TrueClient, type Upstream, type UpstreamRoute } from './upstream.ts';

const routes: readonly UpstreamRoute[] = [
  { method: 'POST', path: /^\/v1\/m2m\/clients$/, operation: 'create', writes: true },
  { method: 'POST', path: /^\/v1\/m2m\/clients\/search$/, operation: 'search', writes: false },
  { method: 'GET', path: /^\/v1\/m2m\/clients\/([^/]+)$/, operation: 'get', writes: false },
  { method: 'PUT', path: /^\/v1\/m2m\/clients\/([^/]+)$/, operation: 'update', writes: true },
  { method: 'DELETE', path: /^\/v1\/m2m\/clients\/([^/]+)$/, operation: 'delete', writes: true },
  {
    method: 'POST',
    path: /^\/v1\/m2m\/clients\/([^/]+)\/secrets\/rotate\/start$/,
    operation: 'rotateStart',
    writes: true,
  },
  {
    method: 'POST',
    path: /^\/v1\/m2m\/clients\/([^/]+)\/secrets\/rotate$/,
    operation: 'rotate',
    writes: true,
  },
  {
    method: 'POST',
    path: /^\/v1\/m2m\/clients\/([^/]+)\/secrets\/rotate\/cancel$/,
    operation: 'rotateCancel',
    writes: true,
  },
  {
    method: 'POST',
    path: /^\/v1\/public\/[^/]+\/oauth2\/token$/,
    operation: 'token',
    writes: false,
    proves: isToken,
  },
];

/** When each was made, nobody shows. */
const credential = (value: string) => {
  const id = value.slice(-4);
  return { id, suffix: id, value, createdAt: 0 };
};

/** The full mark in the metadata of a client; undefined: it bears none, or was let go. */
export const ownerOf = (metadata: Readonly<Record<string, unknown>>): string | undefined => {
  const mark = metadata['machine-client.dev'] as
    | { readonly owner?: string; readonly released?: boolean }
    | undefined;
  return mark?.released === true ? undefined : mark?.owner;
};

export class StytchUpstream implements Upstream {
  readonly type = 'Stytch';
  readonly style = 'two-phase';
  readonly valueEntry = 'client-secret';
  readonly valuesOfCredential = 1;
  readonly clientSpec = { scopes: ['read:invoices'] };
  readonly routes = routes;
  readonly simulator: StytchSimulator;

  private constructor(simulator: StytchSimulator) {
    this.simulator = simulator;
  }

  static async start(options: Parameters<typeof startStytchSimulator>[0] = {}): Promise<StytchUpstream> {
    return new StytchUpstream(await startStytchSimulator(options));
  }

  get url(): string {
    return this.simulator.url;
  }

  spec(baseUrl = this.url): Readonly<Record<string, unknown>> {
    const { projectId } = this.simulator.credentials;
    const auth = { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } };
    return { type: 'Stytch', stytch: { projectId, baseUrl, auth } };
  }

  managementSecret(): string {
    return this.simulator.credentials.secret;
  }

  clients(): readonly TrueClient[] {
    return this.simulator.clients().map((record) => {
      const { clientId, name, trustedMetadata, secret, nextSecret, createdAt } = record;
      return {
        record,
        clientId,
        name,
        createdAt,
        owner: ownerOf(trustedMetadata),
        credentials: [credential(secret), ...(nextSecret === null ? [] : [credential(nextSecret)])],
      };
    });
  }

  issuedSecrets() {
    return this.simulator.issuedSecrets();
  }

  markIn(body: Readonly<Record<string, unknown>>): string | undefined {
    const metadata = body['trusted_metadata'] as { 'machine-client.dev'?: { owner?: string } } | undefined;
    return metadata?.['machine-client.dev']?.owner;
  }

  clientIn({ client_id: chosen }: Readonly<Record<string, unknown>>): string | undefined {
    return typeof chosen === 'string' ? chosen : undefined;
  }

  askedWith({ body }: { readonly body: string }) {
    const form = new URLSearchParams(body);
    return {
      clientId: form.get('client_id') ?? undefined,
      value: form.get('client_secret') ?? undefined,
    };
  }

  createForeign(wanted: string) {
    const { secret = '' } = this.simulator.act({
      action: 'createClient',
      fields: { client_id: wanted, client_name: 'Foreign', scopes: ['read:invoices'] },
    });
    return { clientId: wanted, secret };
  }

  createMarked(mark: Mark): void {
    this.simulator.act({
      action: 'createClient',
      fields: {
        client_id: chosenClientId(mark, 'theirs', 0),
        client_name: 'Theirs',
        scopes: ['read:invoices'],
        trusted_metadata: { [metadataKey]: markValue(mark, 'theirs', []) },
      },
    });
  }

  deleteClient(clientId: string): void {
    this.simulator.act({ action: 'deleteClient', clientId });
  }

  /** Only that of an open rotation can go alone. */
  deleteCredential(clientId: string): void {
    this.simulator.act({ action: 'rotateCancel', clientId });
  }

  slow(latencyMs: number, listLagMs: number): void {
    this.simulator.setSwitches({ latencyMs, searchLagMs: listLagMs });
  }

  rotateManagement(): void {
    this.simulator.act({ action: 'rotateManagementSecret' });
  }

  async ask(clientId: string, value: string, path?: string) {
    const { projectId } = this.simulator.credentials;
    const url = `${this.url}${path ?? `/v1/public/${projectId}/oauth2/token`}`;
    return await askForToken(url, clientId, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
