import type { Clock } from '../../../src/runtime/clock.ts';
import type { Entropy } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { KeycloakFailure } from './errors.ts';
import { attributesAfter, checked, defaults, type Fields, textIn } from './fields.ts';
import { doubledIn } from './mappers.ts';
import {
  afterChange,
  binds,
  failsWithoutAttributes,
  NAMES,
  type Policy,
  regenerated,
  withoutRotated,
} from './policy.ts';
import type { KeycloakSwitches } from './switches.ts';

/** Who made a thing: a caller of the API, an administrator by hand, or the simulator's start. */
export type Actor = 'api' | 'console' | 'start';

/** A secret that was issued, kept for ever: tests look for it in logs, and check when it was valid. */
export interface IssuedSecret {
  readonly kind: 'management' | 'client' | 'token';
  readonly clientId: string | null;
  readonly value: string;
  readonly by: Actor;
  /** Milliseconds since the epoch, as all times here. */
  readonly issuedAt: number;
  /** When it stopped working; null while it works. */
  revokedAt: number | null;
}

export interface KeycloakClient {
  readonly id: string;
  clientId: string;
  readonly createdBy: Actor;
  readonly createdAt: number;
  secret: IssuedSecret;
  /** Under the rotation policy: the one beside it. */
  rotated: IssuedSecret | undefined;
  /** What the representation shows, but for what follows. */
  fields: Fields;
  attributes: Readonly<Record<string, string>>;
  defaultScopes: readonly string[];
  optionalScopes: readonly string[];
  mappers: readonly Fields[];
  /** When each key of its set was first there, by the kid. */
  readonly keysSince: Map<string, { readonly at: number; readonly by: Actor }>;
}

/** A key that was in a set, kept for ever. */
export interface KeyRecord {
  readonly clientId: string;
  readonly keyId: string;
  readonly by: Actor;
  readonly at: number;
  /** When it was in the set no more; null while it is. */
  removedAt: number | null;
}

export interface ClientScope {
  readonly id: string;
  readonly name: string;
  readonly isInToken: boolean;
}

interface Token {
  readonly secret: IssuedSecret;
  readonly realm: string;
  readonly clientId: string;
  readonly expiresAt: number;
}

/** A client that logs in and that no list shows: of the operator, of one without a right, and of the realm master. */
export interface Login {
  readonly realm: string;
  readonly clientId: string;
  secret: IssuedSecret;
  readonly isAdmin: boolean;
  readonly isOperator: boolean;
}

interface AccountOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly switches: Switches<KeycloakSwitches>;
  readonly realm: string;
  readonly secret?: string | undefined;
}

export const SERVICE_ACCOUNT = 'service_account';
const ofEveryRealm = ['web-origins', 'acr', 'profile', 'roles', 'basic', 'email', SERVICE_ACCOUNT];
/** Of a client that says nothing of them. */
const optionalInEveryRealm = ['address', 'phone', 'offline_access'];
const inTokens = ['profile', 'email', 'address', 'phone'];

/** What one realm of a Keycloak stores, and the tokens that it has given. */
export class KeycloakAccount {
  readonly clock: Clock;
  readonly realm: string;
  readonly logins: readonly Login[];
  /** The `jti`s of assertions. */
  readonly used = new Set<string>();
  readonly keys: KeyRecord[] = [];
  readonly #entropy: Entropy;
  readonly #switches: Switches<KeycloakSwitches>;
  readonly #clients = new Map<string, KeycloakClient>();
  readonly #scopes = new Map<string, ClientScope>();
  readonly #tokens = new Map<string, Token>();
  readonly #issued: IssuedSecret[] = [];

  constructor({ clock, entropy, switches, realm, secret }: AccountOptions) {
    this.clock = clock;
    this.realm = realm;
    this.#entropy = entropy;
    this.#switches = switches;
    const login = (clientId: string, value: string, more: Partial<Login> = {}): Login => ({
      realm,
      clientId,
      secret: this.#issue('management', clientId, value, 'start'),
      isAdmin: false,
      isOperator: false,
      ...more,
    });
    this.logins = [
      login('operator', secret ?? this.text(32), { isOperator: true }),
      login('powerless', this.text(32)),
      login('boot', this.text(32), { realm: 'master', isAdmin: true }),
    ];
    for (const name of [...ofEveryRealm, ...optionalInEveryRealm])
      this.addScope(name, inTokens.includes(name));
  }

  get switches(): KeycloakSwitches {
    return this.#switches.current;
  }

  get issued(): readonly IssuedSecret[] {
    return this.#issued;
  }

  get operator(): Login {
    return this.logins.find(({ isOperator }) => isOperator) as Login;
  }

  login(realm: string, clientId: string): Login | undefined {
    return this.logins.find((one) => one.realm === realm && one.clientId === clientId);
  }

  /** What was got with the former one lives on. */
  replaceOperatorSecret(): void {
    const { operator } = this;
    operator.secret.revokedAt ??= this.clock.now();
    operator.secret = this.#issue('management', operator.clientId, this.text(32), 'console');
  }

  revokeOperatorTokens(): void {
    for (const [value, token] of this.#tokens)
      if (this.login(token.realm, token.clientId)) {
        token.secret.revokedAt ??= this.clock.now();
        this.#tokens.delete(value);
      }
  }

  /** In the order of client ids. */
  clients(): readonly KeycloakClient[] {
    return [...this.#clients.values()].toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
  }

  client(id: string): KeycloakClient | undefined {
    return this.#clients.get(id);
  }

  clientOf(clientId: string): KeycloakClient | undefined {
    return this.clients().find((one) => one.clientId === clientId);
  }

  addClient(given: Fields, by: Actor): KeycloakClient {
    const body = checked(given);
    const clientId = textIn(body, 'clientId') ?? textIn(body, 'id') ?? this.uuid();
    const id = textIn(body, 'id') ?? this.uuid();
    if (this.#clients.has(id)) throw new KeycloakFailure('id_taken');
    if (this.clientOf(clientId)) throw new KeycloakFailure('client_id_taken', clientId);
    // The words are those of the client id.
    if (doubledIn(body['protocolMappers']) !== undefined)
      throw new KeycloakFailure('client_id_taken', clientId);
    const chosen = textIn(body, 'secret');
    const {
      secret: _,
      attributes,
      defaultClientScopes,
      optionalClientScopes,
      protocolMappers,
      ...own
    } = body;
    const fields = { ...defaults, ...own };
    const wanted =
      this.#known(defaultClientScopes) ?? ofEveryRealm.filter((name) => name !== SERVICE_ACCOUNT);
    const client: KeycloakClient = {
      id,
      clientId,
      createdBy: by,
      createdAt: this.clock.now(),
      secret: this.#issue('client', clientId, chosen ?? this.text(86), by),
      rotated: undefined,
      fields,
      attributes: afterChange(
        attributesAfter(
          chosen === undefined || binds(this.policy, attributesAfter({}, attributes))
            ? { [NAMES.since]: this.seconds() }
            : {},
          attributes,
        ),
        this.policy,
      ).attributes,
      defaultScopes: [...wanted, ...(fields['serviceAccountsEnabled'] === true ? [SERVICE_ACCOUNT] : [])],
      optionalScopes: this.#known(optionalClientScopes) ?? optionalInEveryRealm,
      mappers: this.#mappers(protocolMappers) ?? [],
      keysSince: new Map(),
    };
    this.#clients.set(id, client);
    this.#noteKeys(client, by);
    return client;
  }

  /** A merge; scopes are no part of it, and mappers are replaced as a whole. */
  changeClient(client: KeycloakClient, given: Fields, by: Actor): void {
    const { secret, attributes, protocolMappers, ...own } = checked(given);
    const doubled = doubledIn(protocolMappers);
    if (doubled !== undefined) throw new KeycloakFailure('mapper_taken', doubled);
    const { clientId } = own;
    if (typeof clientId === 'string') {
      const other = this.clientOf(clientId);
      if (other && other !== client) throw new KeycloakFailure('client_id_taken', clientId);
      client.clientId = clientId;
    }
    if (attributes === undefined && failsWithoutAttributes(client.attributes, this.policy))
      throw new KeycloakFailure('broken');
    const isNew = typeof secret === 'string' && secret !== client.secret.value;
    const merged = attributesAfter(
      { ...client.attributes, ...(isNew && { [NAMES.since]: this.seconds() }) },
      attributes,
    );
    const after = afterChange(merged, this.policy);
    const current = typeof secret === 'string' ? secret : client.secret.value;
    if (after.rotates) this.#place(client, this.text(86), regenerated(merged, current, this.policy), by);
    else this.#place(client, current, after.attributes, by);
    client.fields = { ...client.fields, ...own };
    client.mappers = this.#mappers(protocolMappers) ?? client.mappers;
    this.#noteKeys(client, by);
  }

  removeClient(client: KeycloakClient): void {
    client.secret.revokedAt ??= this.clock.now();
    if (client.rotated) client.rotated.revokedAt ??= this.clock.now();
    client.attributes = {};
    this.#noteKeys(client, 'api');
    this.#clients.delete(client.id);
  }

  /** *Regenerate*. */
  replaceSecret(client: KeycloakClient, by: Actor): IssuedSecret {
    const { attributes } = client;
    const after = binds(this.policy, attributes)
      ? regenerated(attributes, client.secret.value, this.policy)
      : { ...attributes, [NAMES.since]: this.seconds() };
    this.#place(client, this.text(86), after, by);
    return client.secret;
  }

  dropRotated(client: KeycloakClient): void {
    this.#place(client, client.secret.value, withoutRotated(client.attributes), 'api');
  }

  get policy(): Policy {
    return { lifeMs: this.switches.secretLifeMs, nowMs: this.clock.now() };
  }

  /** The current one, and what the attributes say to stand beside it. A value that is nowhere any more is dead. */
  #place(client: KeycloakClient, current: string, attributes: KeycloakClient['attributes'], by: Actor): void {
    const before = [client.secret, ...(client.rotated ? [client.rotated] : [])];
    const wanted = (value: string): IssuedSecret =>
      before.find((one) => one.value === value) ?? this.#issue('client', client.clientId, value, by);
    const rotated = attributes[NAMES.rotated];
    client.secret = wanted(current);
    client.rotated = rotated === undefined ? undefined : wanted(rotated);
    client.attributes = attributes;
    for (const one of before)
      if (one !== client.secret && one !== client.rotated) one.revokedAt ??= this.clock.now();
  }

  scopes(): readonly ClientScope[] {
    return [...this.#scopes.values()];
  }

  scope(id: string): ClientScope | undefined {
    return this.#scopes.get(id);
  }

  addScope(name: string, isInToken: boolean, id: string = this.uuid()): ClientScope {
    if (this.scopes().some((one) => one.name === name)) throw new KeycloakFailure('scope_taken', name);
    const made = { id, name, isInToken };
    this.#scopes.set(id, made);
    return made;
  }

  /** `lifespan`: seconds, where the client has its own. */
  addToken(
    realm: string,
    clientId: string,
    lifespan?: string,
    audiences: readonly string[] = [],
  ): { readonly value: string; readonly seconds: number } {
    const { tokenTtlMs, masterTokenTtlMs } = this.switches;
    const ofRealm = realm === 'master' ? masterTokenTtlMs : tokenTtlMs;
    const ttl = lifespan === undefined ? ofRealm : Number(lifespan) * 1000;
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [first, ...more] = audiences;
    const aud = more.length > 0 ? audiences : first;
    const claims = { azp: clientId, ...(aud !== undefined && { aud }) };
    const value = [encoded({ alg: 'RS256', typ: 'JWT' }), encoded(claims), this.text(43)].join('.');
    const secret = this.#issue('token', clientId, value, 'api');
    this.#tokens.set(value, { secret, realm, clientId, expiresAt: this.clock.now() + ttl });
    return { value, seconds: Math.floor(ttl / 1000) };
  }

  /** Who has it; undefined where it is none, or none any more. */
  bearer(value: string): Login | undefined {
    const token = this.#tokens.get(value);
    if (!token || token.expiresAt <= this.clock.now()) return undefined;
    return this.login(token.realm, token.clientId);
  }

  seconds(): string {
    return String(Math.floor(this.clock.now() / 1000));
  }

  uuid(): string {
    const hex = this.#entropy(16).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** Letters and digits. */
  text(length: number): string {
    return this.#entropy(length).toString('hex').slice(0, length);
  }

  /** An unknown scope is dropped without a word. */
  #known(names: unknown): readonly string[] | undefined {
    if (!Array.isArray(names)) return undefined;
    const known = new Set(this.scopes().map(({ name }) => name));
    return names.filter((name): name is string => known.has(name as string) && name !== SERVICE_ACCOUNT);
  }

  #mappers(given: unknown): readonly Fields[] | undefined {
    return Array.isArray(given)
      ? given.map((one: Fields) => ({ id: this.uuid(), consentRequired: false, ...one }))
      : undefined;
  }

  /** What a write has brought into the set, or taken out of it. */
  #noteKeys({ clientId, attributes, keysSince }: KeycloakClient, by: Actor): void {
    const at = this.clock.now();
    const present = keyIdsIn(attributes['jwks.string']);
    for (const keyId of present.filter((one) => !keysSince.has(one))) {
      keysSince.set(keyId, { at, by });
      this.keys.push({ clientId, keyId, by, at, removedAt: null });
    }
    for (const keyId of [...keysSince.keys()].filter((one) => !present.includes(one))) {
      keysSince.delete(keyId);
      const record = this.keys.findLast((one) => one.clientId === clientId && one.keyId === keyId);
      if (record) record.removedAt = at;
    }
  }

  #issue(kind: IssuedSecret['kind'], clientId: string | null, value: string, by: Actor): IssuedSecret {
    const secret: IssuedSecret = { kind, clientId, value, by, issuedAt: this.clock.now(), revokedAt: null };
    this.#issued.push(secret);
    return secret;
  }
}

export interface Jwk extends Record<string, unknown> {
  readonly kid: string;
}

export const keysIn = (set: string | undefined): readonly Jwk[] => {
  if (set === undefined) return [];
  try {
    const { keys } = JSON.parse(set) as { keys?: unknown };
    return Array.isArray(keys) ? (keys as readonly Jwk[]) : [];
  } catch {
    return [];
  }
};
const keyIdsIn = (set: string | undefined): readonly string[] => keysIn(set).map(({ kid }) => kid);
