import { createPrivateKey } from 'node:crypto';
import type { Mark } from '../../../src/providers/mark.ts';
import { markAttributes, markIn } from '../../../src/providers/keycloak/marking.ts';
import { assertionBy } from '../../upstreams/keycloak/assertions.ts';
import { isToken, type Joined, type TrueClient, type Upstream, type UpstreamRoute } from './upstream.ts';

/** A client as whoever runs the server knows it. */
export interface KnownClient {
  /** Of Keycloak's own. */
  readonly id: string;
  readonly clientId: string;
  readonly createdAt: number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
  /** In the order of the set. */
  readonly keys: readonly { readonly keyId: string; readonly createdAt: number }[];
}

/** A key that was ever in a set; `removedAt` is null while it is. */
interface KnownKey {
  readonly clientId: string;
  readonly keyId: string;
  readonly removedAt: number | null;
}

/** A realm, simulated or real. */
export interface KeycloakBehind {
  readonly url: string;
  readonly realm: string;
  /** The operator's. */
  login(): { readonly clientId: string; readonly secret: string };
  clients(): readonly KnownClient[];
  /** In the order of their coming. */
  keys(): readonly KnownKey[];
  /** All that nobody else may see. */
  hidden(): readonly string[];
}

const clients = String.raw`^/admin/realms/[^/]+/clients`;
const client = `${clients}/([^/]+)`;
const routes: readonly UpstreamRoute[] = [
  { method: 'POST', path: new RegExp(`${clients}$`), operation: 'create', writes: true },
  {
    method: 'GET',
    path: new RegExp(`${clients}$`),
    inQuery: 'clientId',
    operation: 'find',
    writes: false,
  },
  { method: 'GET', path: new RegExp(`${clients}$`), operation: 'list', writes: false },
  { method: 'PUT', path: new RegExp(`${client}$`), operation: 'update', writes: true },
  { method: 'DELETE', path: new RegExp(`${client}$`), operation: 'delete', writes: true },
  {
    method: 'DELETE',
    path: new RegExp(`${client}/client-secret/rotated$`),
    operation: 'dropRotated',
    writes: true,
  },
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
const ownerOf = ({ attributes }: Pick<KnownClient, 'attributes'>): string | undefined =>
  markIn(attributes['machine-client.dev/mark'])?.full;

const saysRefused = (status: number, text: string): boolean =>
  (status === 400 || status === 401) && /invalid_client|unauthorized_client/.test(text);

/**
 * What tests know of a realm, whoever answers for it. A credential is known by the id of its key: the private half is in the
 * Secret alone.
 */
export abstract class KeycloakUpstream implements Upstream {
  readonly type = 'Keycloak';
  readonly style: Upstream['style'] = 'additive';
  readonly valueEntry: Upstream['valueEntry'] = 'key-id';
  readonly valuesOfCredential = 1;
  readonly routes = routes;
  readonly writesSet = 'update';
  readonly clientSpec = { credential: { type: 'KeyPair' } };
  readonly #behind: KeycloakBehind;
  /** Those that are gone, too: a request may still name them. */
  readonly #seen = new Map<string, string>();

  constructor(behind: KeycloakBehind) {
    this.#behind = behind;
  }

  abstract readonly simulator: Joined['simulator'];
  abstract createForeign(wanted: string): ReturnType<Upstream['createForeign']>;
  abstract createMarked(mark: Mark): ReturnType<Upstream['createMarked']>;
  abstract deleteClient(clientId: string): ReturnType<Upstream['deleteClient']>;
  abstract deleteCredential(clientId: string, keyId: string): ReturnType<Upstream['deleteCredential']>;
  abstract rotateManagement(): void;
  abstract slow(latencyMs: number, listLagMs: number): void;
  abstract [Symbol.asyncDispose](): Promise<void>;

  get url(): string {
    return this.#behind.url;
  }

  spec(baseUrl = this.url): Readonly<Record<string, unknown>> {
    const { clientId } = this.#behind.login();
    const secretKeyRef = { name: 'keycloak-management', key: 'secret' };
    const auth = { type: 'ClientCredentials', clientId, secretKeyRef };
    return { type: 'Keycloak', keycloak: { baseUrl, realm: this.#behind.realm, auth } };
  }

  managementSecret(): string {
    return this.#behind.login().secret;
  }

  clients(): readonly TrueClient[] {
    return this.#behind.clients().map((client) => {
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
    const keys = new Map(this.#behind.keys().map((key) => [`${key.clientId} ${key.keyId}`, key]));
    return [...keys.values()].map(({ clientId, keyId, removedAt }) => ({
      clientId,
      value: keyId,
      revokedAt: removedAt,
    }));
  }

  hidden(): readonly string[] {
    return this.#behind.hidden();
  }

  clientOfPath(id: string): string | undefined {
    for (const one of this.#behind.clients()) this.#seen.set(one.id, one.clientId);
    return this.#seen.get(id);
  }

  markIn({ attributes }: Readonly<Record<string, unknown>>): string | undefined {
    const { 'machine-client.dev/mark': mark } = (attributes ?? {}) as Readonly<Record<string, unknown>>;
    return markIn(textOf(mark))?.full;
  }

  clientIn({ clientId }: Readonly<Record<string, unknown>>): string | undefined {
    return textOf(clientId);
  }

  askedWith({ body }: { readonly body: string }): ReturnType<Upstream['askedWith']> {
    const form = new URLSearchParams(body);
    const assertion = form.get('client_assertion');
    if (assertion === null) return {};
    return { clientId: textOf(part(assertion, 1)['sub']), value: textOf(part(assertion, 0)['kid']) };
  }

  /** As the client does. Whoever has the id of a key alone has nothing to sign with, and is told what the server would find. */
  async ask(
    clientId: string,
    keyId: string,
    _path?: string,
    privateKey?: string,
  ): ReturnType<Upstream['ask']> {
    if (privateKey === undefined) return this.#has(clientId, keyId) ? 'accepted' : 'refused';
    const issuer = `${this.url}/realms/${this.#behind.realm}`;
    try {
      const answer = await fetch(`${issuer}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: assertionBy(createPrivateKey(privateKey), keyId, clientId, issuer),
        }),
      });
      const text = await answer.text();
      if (answer.ok) return 'accepted';
      return saysRefused(answer.status, text) ? 'refused' : 'no answer';
    } catch {
      return 'no answer';
    }
  }

  #has(clientId: string, keyId: string): boolean {
    const found = this.#behind.clients().find((one) => one.clientId === clientId);
    return (
      found?.fields['enabled'] === true &&
      found.fields['clientAuthenticatorType'] === 'client-jwt' &&
      found.keys.some((one) => one.keyId === keyId)
    );
  }
}

/** A client with the mark of another installation. */
export const markedClient = (mark: Mark) => ({
  clientId: `${mark.short}-${'a'.repeat(12)}`,
  keyId: `${mark.short}.theirs.01234567`,
  attributes: markAttributes(mark, '00000000-0000-4000-8000-000000000001'),
});
