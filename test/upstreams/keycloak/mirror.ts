import type { KnownClient } from '../../helpers/upstreams/keycloak-upstream.ts';
import type { Passed } from '../fault-proxy.ts';

type Json = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

interface Client extends KnownClient {
  fields: Json;
  attributes: Texts;
  keys: KnownClient['keys'];
  /** What was done to them, in order: their names are in no request. */
  scopes: readonly string[];
}

const parsed = (text: string): Json => (text === '' ? {} : (JSON.parse(text) as Json));

/** The key ids of a set, in its order. */
export const keyIdsIn = (set: unknown): readonly string[] =>
  typeof set === 'string'
    ? (JSON.parse(set) as { readonly keys: readonly { readonly kid: string }[] }).keys.map(({ kid }) => kid)
    : [];

/**
 * The clients of a realm of a real Keycloak that have come about since a test began, made of what has passed on the way to it:
 * tests ask at any moment what there is, and the server would have to be asked.
 */
export class KeycloakMirror {
  readonly #clients = new Map<string, Client>();
  readonly #keys: { clientId: string; keyId: string; removedAt: number | null }[] = [];
  /** Known when the realm is. */
  realm = '';

  clients(): readonly KnownClient[] {
    return [...this.#clients.values()];
  }

  keys(): readonly { clientId: string; keyId: string; removedAt: number | null }[] {
    return this.#keys;
  }

  client(clientId: string): KnownClient | undefined {
    return this.clients().find((one) => one.clientId === clientId);
  }

  readonly sees = ({ method, target, request, status, headers }: Passed): void => {
    const [path = ''] = target.split('?');
    const prefix = `/admin/realms/${this.realm}/clients`;
    if (status >= 300 || method === 'GET' || !path.startsWith(prefix)) return;
    const [id = '', ...call] = path.slice(prefix.length + 1).split('/');
    const client = this.#clients.get(id);
    if (method === 'POST' && id === '')
      return this.#created(headers.location?.split('/').at(-1) ?? '', parsed(request));
    if (!client) return;
    if (call.length > 0) client.scopes = [...client.scopes, `${method} ${call.join('/')}`];
    else if (method === 'PUT') this.#changed(client, parsed(request));
    else if (method === 'DELETE') {
      this.#setKeys(client, []);
      this.#clients.delete(id);
    }
  };

  #created(id: string, { clientId, ...fields }: Json): void {
    const client: Client = {
      id,
      clientId: String(clientId),
      createdAt: Date.now(),
      fields: {},
      attributes: {},
      keys: [],
      scopes: [],
    };
    this.#clients.set(id, client);
    this.#changed(client, fields);
  }

  /** A merge, and attributes key by key; one that is written empty goes. */
  #changed(client: Client, { attributes, ...fields }: Json): void {
    client.fields = { ...client.fields, ...fields };
    const all = { ...client.attributes, ...(attributes as Texts | undefined) };
    client.attributes = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    this.#setKeys(client, keyIdsIn(client.attributes['jwks.string']));
  }

  #setKeys(client: Client, keyIds: readonly string[]): void {
    const { clientId } = client;
    const now = Date.now();
    const before = new Map(client.keys.map((key) => [key.keyId, key]));
    client.keys = keyIds.map((keyId) => before.get(keyId) ?? { keyId, createdAt: now });
    for (const keyId of keyIds) if (!before.has(keyId)) this.#keys.push({ clientId, keyId, removedAt: null });
    for (const one of this.#keys)
      if (one.clientId === clientId && !keyIds.includes(one.keyId)) one.removedAt ??= now;
  }
}
