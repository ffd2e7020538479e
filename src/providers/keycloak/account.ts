import type { Secret } from '../../runtime/secret.ts';
import type { ProviderHttp } from '../http.ts';
import type { MakePrivateKey } from '../key-pairs.ts';
import type { ListPages } from '../list-pages.ts';
import { ok, withoutValue, type Outcome } from '../outcome.ts';
import {
  type Account,
  type Call,
  type Capabilities,
  type ClientCalls,
  type Created,
  type Minted,
  type Page,
  type Refusal,
  type SecretValues,
  type UpstreamClient,
  type UpstreamCredential,
  type Wish,
} from '../provider.ts';
import { path } from '../path.ts';
import { ClientApi, clientIdOf, type Found, rejected } from './client-api.ts';
import { done, interpret, says } from './errors.ts';
import {
  caveat,
  createBody,
  defaultEntries,
  differences,
  differencesBesideScopes,
  LONGEST_TEXT,
  powers,
  refuse,
  releaseBody,
  scopesDiffer,
  updateBody,
} from './fields.ts';
import { Keying } from './keying.ts';
import { nextOf, parseCursor } from './list.ts';
import { type Login, Session, tokenPath } from './login.ts';
import { pointOf } from './marking.ts';
import { parsePem, proveByKey, proveBySecret, type Prover, refused } from './proof.ts';
import { nextChange, unknownScopes } from './scopes.ts';
import { creationPart, digestOf, newSecret, secretIdOf } from './secrets.ts';
import { Staging } from './staging.ts';
import { bearsSecret, clientsAnswer, clientWire, mappersAnswer, project, specificOf } from './wire.ts';

export const capabilities: Capabilities = {
  // Of secrets; keys are additive.
  style: 'staged',
  choosesClientId: true,
  createsCredential: true,
  canList: true,
  listsByOrganization: false,
  // Nothing limits it; so many are some 150 KiB.
  pageSize: 100,
  credentialLimit: undefined,
  keepsLastCredential: false,
  marksCredentials: true,
  writesKeySet: true,
  updatesInParts: true,
  marksLater: true,
  identifiesCredentials: true,
  proofTimeMs: 0,
  // The nodes of a cluster tell each other what has changed, and may be a little behind.
  readLagMs: 10_000,
  reports: { suffix: false, lastUse: false, expiry: true },
  canDeactivate: true,
  fields: [
    'displayName',
    'description',
    'scopes',
    'audiences',
    'state',
    'accessTokenLifetime',
    'clientId',
    'credential.type',
    'rotation.method',
  ],
  clearable: ['displayName', 'description', 'scopes', 'audiences'],
  textLimits: { displayName: LONGEST_TEXT, description: LONGEST_TEXT },
  secretFields: ['ClientSecret', 'PrivateKey', 'KeyID'],
};

export interface Realm {
  readonly id: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly realm: string;
  /** Undefined: a gateway logs in. */
  readonly login: Login | undefined;
  readonly makePrivateKey: MakePrivateKey;
  /** 256 random bits as 43 characters of base64url. */
  readonly randomText: () => string;
  readonly random: () => number;
  readonly pages: ListPages;
}

/** The clients of one realm of Keycloak, by its admin API (https://www.keycloak.org/docs-api/latest/rest-api/index.html). */
export class KeycloakAccount implements Account, ClientCalls {
  readonly clients = this;
  readonly additive: Keying;
  readonly staged: Staging;
  readonly id: string;
  readonly type = 'Keycloak';
  readonly capabilities = capabilities;
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly styleOf = ({ spec }: Wish) => (spec.credential.type === 'KeyPair' ? 'additive' : 'staged');
  readonly defaultEntries = defaultEntries;
  readonly differences = differences;
  readonly powers = powers;
  readonly caveat = caveat;
  readonly #http: ProviderHttp;
  readonly #realm: Realm;
  readonly #api: ClientApi;
  readonly #prover: Prover;

  constructor(realm: Realm, http: ProviderHttp) {
    const { baseUrl, realm: name, login, random } = realm;
    const at = tokenPath(name);
    this.id = realm.id;
    this.tokenUrl = `${baseUrl}${at.pathname}`;
    this.issuer = `${baseUrl}${path`/realms/${name}`.pathname}`;
    this.#http = http;
    this.#realm = realm;
    this.#api = new ClientApi(new Session(http, login), path`/admin/realms/${name}`);
    this.#prover = { http, path: at, issuer: this.issuer, random };
    this.additive = new Keying(this.#api, { makePrivateKey: realm.makePrivateKey, random });
    this.staged = new Staging(this.#api, {
      now: () => http.now(),
      newSecret: ({ mark }, operation) => newSecret(mark, operation, random, realm.randomText),
    });
  }

  within(): Account {
    return this;
  }

  refuse(wish: Wish, client?: UpstreamClient): Refusal | undefined {
    const { login, realm } = this.#realm;
    const id = client?.id ?? wish.spec.clientId;
    if (login?.clientId === id && login?.realm === realm)
      return {
        reason: 'AdoptionNotAllowed',
        message: `${id} is the client that the operator itself logs in with; choose another`,
      };
    return refuse(wish, client);
  }

  /** With another name than its own a key is none: Keycloak is told it, and looks for that one. */
  identify(
    { ClientSecret, PrivateKey, KeyID }: SecretValues,
    client: UpstreamClient,
  ): UpstreamCredential | undefined {
    if (specificOf(client).bearsSecret) {
      const value = ClientSecret?.reveal();
      if (value === undefined) return undefined;
      const told = secretIdOf(value);
      // Somebody may have kept the name of it, and put another end to it.
      return specificOf(client).digests.get(told) === digestOf(value)
        ? client.credentials.find(({ id }) => id === told)
        : undefined;
    }
    const key = PrivateKey && parsePem(PrivateKey);
    if (!key) return undefined;
    const { x, y } = pointOf(key);
    const { points = {} } = specificOf(client);
    return client.credentials.find(
      ({ id }) =>
        points[id]?.x === x && points[id]?.y === y && (KeyID === undefined || KeyID.reveal() === id),
    );
  }

  async list(cursor: string | undefined, call: Call): Promise<Outcome<Page>> {
    const { pages } = this.#realm;
    const { size } = pages;
    const at = parseCursor(cursor);
    const query = { first: String(at.first), max: String(size) };
    const exchange = await this.#api.send(
      { method: 'GET', path: this.#api.clients().query(query), page: true },
      call,
    );
    pages.heed(exchange);
    return interpret('list', exchange, false, (json) => {
      const items = clientsAnswer.safeParse(json).data;
      if (!items) return undefined;
      const ids = items.map((item) => clientIdOf(item) ?? '');
      const { seen, next } = nextOf(at, ids, size);
      const fresh = items.slice(seen);
      return pages.read({ items: fresh, idField: 'clientId', schema: clientWire, project, next });
    });
  }

  async get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>> {
    const found = await this.#api.find('get', id, call);
    return found.kind === 'ok' ? ok(found.value && project(found.value.wire)) : found;
  }

  /** The id of the client collides where it is taken. */
  async create(
    wish: Wish,
    id: string | undefined,
    _importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Created>> {
    const { scopes: wanted = [] } = wish.spec;
    if (wanted.length > 0) {
      const scopes = await this.#api.scopes(call);
      if (scopes.kind !== 'ok') return scopes;
      const unknown = unknownScopes('create', wanted, scopes.value);
      if (unknown) return unknown;
    }
    const made =
      wish.spec.credential.type === 'KeyPair'
        ? undefined
        : newSecret(wish.mark, call.operation, this.#realm.random, this.#realm.randomText);
    const body = createBody(wish, id ?? '', made && creationPart(made.value));
    const exchange = await this.#api.write('POST', this.#api.clients(), body, call);
    const outcome = done('create', exchange);
    if (outcome.kind !== 'ok') return outcome;
    const client = project(clientWire.parse({ ...body, id: body['clientId'] }));
    if (!made) return { ...outcome, value: { client, credential: undefined } };
    // A policy that binds it lets its secret end, which is seen only now; where it is not shown yet, a list will say it.
    const back = await this.#api.find('get', client.id, { ...call, leaveBy: undefined });
    const shown = back.kind === 'ok' && back.value ? project(back.value.wire) : client;
    return {
      ...outcome,
      value: { client: shown, credential: { id: made.id, values: { ClientSecret: made.value } } },
    };
  }

  /** One request: all that a client says of itself, or else one scope. */
  async update(wish: Wish, { id }: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    const found = await this.#api.present('update', id, call);
    if (found.kind !== 'ok') return found;
    const present = project(found.value.wire);
    const isInPlace = differencesBesideScopes(wish, present).length === 0;
    if (isInPlace && scopesDiffer(wish, present) && present.uid === wish.uid)
      return await this.#changeScope(wish, found.value, present, call);
    const mappers = mappersAnswer.safeParse(found.value.json).data?.protocolMappers;
    const isManaged = wish.spec.audiences !== undefined;
    if (isManaged && mappers === undefined && found.value.wire.protocolMappers)
      return rejected('update', 'the protocol mappers of the client cannot be read', 'later');
    const changed = await this.#api.put('update', found.value, updateBody(wish, mappers ?? []), call);
    return await this.#readBack(found.value, changed, call);
  }

  async release(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    const found = await this.#api.present('release', client.id, call);
    if (found.kind !== 'ok') return found;
    const body = releaseBody(project(found.value.wire));
    return await this.#readBack(found.value, await this.#api.put('release', found.value, body, call), call);
  }

  /** Where the secret of a client has ended, any change of it makes another one: it is read again. */
  async #readBack(
    { wire }: Found,
    changed: Outcome<UpstreamClient>,
    call: Call,
  ): Promise<Outcome<UpstreamClient>> {
    if (changed.kind !== 'ok' || !bearsSecret(wire)) return changed;
    const back = await this.#api.find('get', wire.clientId, { ...call, leaveBy: undefined });
    return back.kind === 'ok' && back.value ? { ...changed, value: project(back.value.wire) } : changed;
  }

  async mint(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    return wish.spec.credential.type === 'KeyPair'
      ? await this.additive.mint(wish, client, call)
      : await this.staged.mint(wish, client, call);
  }

  /** Also one that there is not is a success. */
  async remove(id: string, call: Call): Promise<Outcome<void>> {
    const found = await this.#api.find('delete', id, call);
    if (found.kind !== 'ok') return { kind: 'rejected', error: found.error };
    if (!found.value) return ok(undefined);
    const exchange = await this.#api.send({ method: 'DELETE', path: found.value.at }, call);
    return says(exchange, 404, 'no_client') ? ok(undefined) : withoutValue(done('delete', exchange));
  }

  /** Which key it is stands beside it; where the Secret does not hold that, the client is looked at. */
  async prove(
    clientId: string,
    { ClientSecret, PrivateKey, KeyID }: SecretValues,
    call: Call,
  ): Promise<Outcome<void>> {
    if (ClientSecret && !PrivateKey) return await proveBySecret(this.#prover, clientId, ClientSecret, call);
    const key = PrivateKey && parsePem(PrivateKey);
    if (!PrivateKey || !key) return refused('there is no private key on P-256');
    if (KeyID) return await proveByKey(this.#prover, clientId, KeyID.reveal(), key, call);
    const found = await this.#api.find('token', clientId, call);
    if (found.kind !== 'ok') return found;
    const of = found.value && this.identify({ PrivateKey }, project(found.value.wire));
    return of
      ? await proveByKey(this.#prover, clientId, of.id, key, call)
      : refused('the client has no such key');
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #changeScope(
    { spec: { scopes: wanted = [] } }: Wish,
    { wire, at }: Found,
    present: UpstreamClient,
    call: Call,
  ): Promise<Outcome<UpstreamClient>> {
    const scopes = await this.#api.scopes(call);
    if (scopes.kind !== 'ok') return scopes;
    const unknown = unknownScopes('update', wanted, scopes.value);
    if (unknown) return unknown;
    const change = nextChange(at, wanted, present, wire.optionalClientScopes ?? [], scopes.value);
    if (!change) return ok(present);
    const outcome = done('scope change', await this.#api.write(change.method, change.path, undefined, call));
    return outcome.kind === 'ok' ? { ...outcome, value: { ...present, scopes: change.scopes } } : outcome;
  }
}
