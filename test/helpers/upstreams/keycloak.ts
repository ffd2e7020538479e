import type { Mark } from '../../../src/providers/mark.ts';
import { markAttributes, markIn } from '../../../src/providers/keycloak/marking.ts';
import { type KeycloakSimulator, startKeycloakSimulator } from '../../simulators/keycloak/simulator.ts';
import type { KeycloakClientState } from '../../simulators/keycloak/state.ts';
import { isToken, type TrueClient, type Upstream, type UpstreamRoute } from './upstream.ts';

const clients = String.raw`^/admin/realms/[^/]+/clients`;
const client = `${clients}/([^/]+)`;
const routes: readonly UpstreamRoute[] = [
  { method: 'POST', path: new RegExp(`${clients}$`), operation: 'create', writes: true },
  { method: 'GET', path: new RegExp(`${clients}(?:[?]|$)`), operation: 'list', writes: false },
  { method: 'PUT', path: new RegExp(`${client}$`), operation: 'update', writes: true },
  { method: 'DELETE', path: new RegExp(`${client}$`), operation: 'delete', writes: true },
  {
    method: 'PUT',
    path: new RegExp(`${client}/default-client-scopes/[^/]+$`),
    operation: 'addScope',
    writes: true,
  },
  {
    method: 'DELETE',
    path: new RegExp(`${client}/(?:default|optional)-client-scopes/[^/]+$`),
    operation: 'removeScope',
    writes: true,
  },
  {
    method: 'GET',
    path: /^\/admin\/realms\/[^/]+\/client-scopes$/,
    operation: 'listScopes',
    writes: false,
  },
  {
    method: 'POST',
    path: /^\/realms\/[^/]+\/protocol\/openid-connect\/token$/,
    operation: 'token',
    writes: false,
    proves: isToken,
  },
];

const part = (jwt: string | null, at: number): Readonly<Record<string, unknown>> => {
  try {
    const text = Buffer.from(jwt?.split('.')[at] ?? '', 'base64url').toString('utf8');
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
};
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const ownerOf = ({ attributes }: Pick<KeycloakClientState, 'attributes'>): string | undefined =>
  markIn(attributes['machine-client.dev/mark'])?.full;

/** A credential is known by the id of its key: the private half is in the Secret alone. */
export class KeycloakUpstream implements Upstream {
  readonly type = 'Keycloak';
  readonly style = 'additive';
  readonly valueEntry = 'key-id';
  readonly valuesOfCredential = 1;
  readonly routes = routes;
  readonly writesSet = 'update';
  readonly clientSpec = { credential: { type: 'KeyPair' } };
  readonly simulator: KeycloakSimulator;
  /** Those that are gone, too: a request may still name them. */
  readonly #seen = new Map<string, string>();

  private constructor(simulator: KeycloakSimulator) {
    this.simulator = simulator;
    for (const name of ['read:invoices', 'write:invoices']) simulator.act({ action: 'addScope', name });
  }

  static async start(options: Parameters<typeof startKeycloakSimulator>[0] = {}): Promise<KeycloakUpstream> {
    return new KeycloakUpstream(await startKeycloakSimulator(options));
  }

  get url(): string {
    return this.simulator.url;
  }

  spec(baseUrl = this.url): Readonly<Record<string, unknown>> {
    const { clientId } = this.simulator.credentials;
    const secretKeyRef = { name: 'keycloak-management', key: 'secret' };
    const auth = { type: 'ClientCredentials', clientId, secretKeyRef };
    return { type: 'Keycloak', keycloak: { baseUrl, realm: this.simulator.realm, auth } };
  }

  managementSecret(): string {
    return this.simulator.credentials.secret;
  }

  clients(): readonly TrueClient[] {
    return this.simulator.clients().map((client) => {
      const { 'jwks.string': _, ...attributes } = client.attributes;
      return {
        // Without its keys.
        record: { ...client, attributes },
        clientId: client.clientId,
        name: String(client.fields['name'] ?? ''),
        createdAt: client.createdAt,
        owner: ownerOf({ attributes }),
        credentials: client.keys.map(({ keyId, createdAt }) => ({
          id: keyId,
          suffix: keyId,
          createdAt,
          value: keyId,
        })),
      };
    });
  }

  issuedSecrets() {
    // One that came back is the same key.
    const keys = new Map(this.simulator.keys().map((key) => [`${key.clientId} ${key.keyId}`, key]));
    return [...keys.values()].map(({ clientId, keyId, removedAt }) => ({
      clientId,
      value: keyId,
      revokedAt: removedAt,
    }));
  }

  hidden(): readonly string[] {
    return this.simulator.issuedSecrets().map(({ value }) => value);
  }

  clientOfPath(id: string): string | undefined {
    for (const one of this.simulator.clients()) this.#seen.set(one.id, one.clientId);
    return this.#seen.get(id);
  }

  markIn({ attributes }: Readonly<Record<string, unknown>>): string | undefined {
    const { 'machine-client.dev/mark': mark } = (attributes ?? {}) as Readonly<Record<string, unknown>>;
    return markIn(textOf(mark))?.full;
  }

  clientIn({ clientId }: Readonly<Record<string, unknown>>): string | undefined {
    return textOf(clientId);
  }

  askedWith({ body }: { readonly body: string }) {
    const form = new URLSearchParams(body);
    const assertion = form.get('client_assertion');
    if (assertion === null) return {};
    return { clientId: textOf(part(assertion, 1)['sub']), value: textOf(part(assertion, 0)['kid']) };
  }

  createForeign(clientId: string) {
    this.simulator.act({ action: 'createClient', clientId });
    const { keyId = '' } = this.simulator.act({ action: 'addKey', clientId });
    return { clientId, secret: keyId };
  }

  createMarked(mark: Mark): void {
    const clientId = `${mark.short}-${'a'.repeat(12)}`;
    this.simulator.act({ action: 'createClient', clientId });
    const attributes = markAttributes(mark, '00000000-0000-4000-8000-000000000001');
    this.simulator.act({ action: 'changeClient', clientId, fields: { attributes } });
    this.simulator.act({ action: 'addKey', clientId, keyId: `${mark.short}.theirs.01234567` });
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

  /** What the server would find: whoever has the id of a key alone has nothing to sign with. */
  async ask(clientId: string, keyId: string) {
    const found = this.simulator.clients().find((one) => one.clientId === clientId);
    const isGood =
      found?.fields['enabled'] === true &&
      found.fields['clientAuthenticatorType'] === 'client-jwt' &&
      found.keys.some((one) => one.keyId === keyId);
    return isGood ? 'accepted' : 'refused';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}
