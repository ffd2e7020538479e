import type { IncomingHttpHeaders } from 'node:http';
import { markTags, nameWith } from '../../../src/providers/authress/marking.ts';
import type { Mark } from '../../../src/providers/mark.ts';
import { startAuthressSimulator, type AuthressSimulator } from '../../simulators/authress/simulator.ts';
import { isToken, type TrueClient, type Upstream, type UpstreamRoute } from './upstream.ts';

const client = String.raw`^/v1/clients/([^/]+)`;
const routes: readonly UpstreamRoute[] = [
  { method: 'POST', path: /^\/v1\/clients$/, operation: 'create', writes: true },
  { method: 'GET', path: /^\/v1\/clients$/, operation: 'list', writes: false },
  // A client proves its key by reading itself: known, though it may not see what it asked for.
  {
    method: 'GET',
    path: new RegExp(`${client}$`),
    operation: 'get',
    writes: false,
    proves: (status) => status === 200 || status === 403 || status === 404,
  },
  { method: 'PUT', path: new RegExp(`${client}$`), operation: 'update', writes: true },
  { method: 'DELETE', path: new RegExp(`${client}$`), operation: 'delete', writes: true },
  { method: 'POST', path: new RegExp(`${client}/access-keys$`), operation: 'addKey', writes: true },
  {
    method: 'DELETE',
    path: new RegExp(`${client}/access-keys/[^/]+$`),
    operation: 'deleteKey',
    writes: true,
  },
  {
    method: 'POST',
    path: /^\/api\/authentication\/oauth\/tokens$/,
    operation: 'token',
    writes: false,
    proves: isToken,
  },
];

const json = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
};
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const markOf = (tags: Readonly<Record<string, unknown>>): string | undefined => {
  const [installation, namespace, name] = ['installation', 'namespace', 'name'].map((part) =>
    textOf(tags[`machine-client.dev/${part}`]),
  );
  const released = tags['machine-client.dev/released'] !== undefined;
  return released || installation === undefined ? undefined : `${installation}/${namespace}/${name}`;
};

export class AuthressUpstream implements Upstream {
  readonly type = 'Authress';
  readonly style = 'additive';
  readonly valueEntry = 'access-key';
  readonly valuesOfCredential = 2;
  readonly routes = routes;
  readonly clientSpec = {};
  readonly simulator: AuthressSimulator;

  private constructor(simulator: AuthressSimulator) {
    this.simulator = simulator;
  }

  static async start(options: Parameters<typeof startAuthressSimulator>[0] = {}): Promise<AuthressUpstream> {
    return new AuthressUpstream(await startAuthressSimulator(options));
  }

  get url(): string {
    return this.simulator.url;
  }

  spec(baseUrl = this.url): Readonly<Record<string, unknown>> {
    // Tokens name the URL that their signer knows.
    if (baseUrl !== this.url) this.simulator.setSwitches({ domains: [baseUrl] });
    const auth = { type: 'Secret', secretKeyRef: { name: 'authress-management', key: 'secret' } };
    return { type: 'Authress', authress: { baseUrl, auth } };
  }

  managementSecret(): string {
    return this.simulator.credentials.accessKey;
  }

  clients(): readonly TrueClient[] {
    return this.simulator.clients().map((record) => ({
      record,
      clientId: record.clientId,
      name: (record.name ?? '').replace(/ ?\[[^\]]*\]$/, ''),
      createdAt: record.createdAt,
      owner: markOf(record.tags),
      credentials: record.keys.map(({ keyId, accessKey, generatedAt }) => ({
        id: keyId,
        suffix: keyId,
        createdAt: generatedAt,
        value: accessKey ?? '',
      })),
    }));
  }

  issuedSecrets() {
    return this.simulator.issuedSecrets();
  }

  markIn({ tags }: Readonly<Record<string, unknown>>): string | undefined {
    return typeof tags === 'object' && tags !== null ? markOf(tags as Record<string, unknown>) : undefined;
  }

  clientIn(): undefined {}

  askedWith({ headers }: { readonly headers: IncomingHttpHeaders }) {
    // A token that a key of the client has signed (RFC 7515: the header names the key).
    const [head = ''] = (headers.authorization ?? '').replace(/^Bearer /, '').split('.');
    const { kid } = json(Buffer.from(head, 'base64url').toString('utf8'));
    for (const { clientId, keys } of this.simulator.clients()) {
      const key = keys.find(({ keyId }) => keyId === kid);
      if (key) return { clientId, value: key.accessKey ?? undefined };
    }
    return {};
  }

  createForeign() {
    const { clientId = '' } = this.simulator.act({ action: 'createClient', fields: { name: 'Foreign' } });
    const { accessKey = '' } = this.simulator.act({ action: 'addKey', clientId });
    return { clientId, secret: accessKey };
  }

  createMarked(mark: Mark): void {
    const fields = { name: nameWith('Theirs', mark.short), tags: markTags(mark, 'theirs', []) };
    const { clientId = '' } = this.simulator.act({ action: 'createClient', fields });
    this.simulator.act({ action: 'addKey', clientId });
  }

  deleteClient(clientId: string): void {
    this.simulator.act({ action: 'deleteClient', clientId });
  }

  deleteCredential(clientId: string, keyId: string): void {
    this.simulator.act({ action: 'deleteKey', clientId, keyId });
  }

  slow(latencyMs: number, listLagMs: number): void {
    this.simulator.setSwitches({ latencyMs, listLagMs });
  }

  rotateManagement(): void {
    this.simulator.act({ action: 'rotateManagementKey' });
  }

  /** With the access key itself, as some of the SDKs do. What a client may not see says as well that its key is good. */
  async ask(clientId: string, accessKey: string) {
    try {
      const headers = { authorization: `Bearer ${accessKey}` };
      const answer = await fetch(`${this.url}/v1/clients/${clientId}`, { headers });
      await answer.text();
      if ([200, 403, 404].includes(answer.status)) return 'accepted';
      return answer.status === 401 ? 'refused' : 'no answer';
    } catch {
      return 'no answer';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
