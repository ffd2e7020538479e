import { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { ok, withoutValue, type Outcome } from '../outcome.ts';
import type {
  Account,
  AdditiveCalls,
  ClientCalls,
  Call,
  Capabilities,
  Created,
  Minted,
  Page,
  SecretValues,
  UpstreamClient,
  UpstreamCredential,
  Wish,
} from '../provider.ts';
import type { ListPages } from '../list-pages.ts';
import { path, type Path } from '../path.ts';
import { usualEntries } from '../default-entries.ts';
import { requestToken, tokenProof } from '../token-proof.ts';
import { fewestCharactersLeft } from './description-mark.ts';
import { interpret, saysGone, type Operation } from './errors.ts';
import { createBody, differences, powers, refuse, releaseBody, updateBody } from './fields.ts';
import { tokenPath, type ManagementToken } from './token.ts';
import {
  client,
  clientAnswer,
  createAnswer,
  emptyAnswer,
  listAnswer,
  project,
  projectItem,
  projectSecret,
  secretAnswer,
  tokenAnswer,
} from './wire.ts';

export const capabilities: Capabilities = {
  style: 'additive',
  choosesClientId: false,
  createsCredential: true,
  canList: true,
  listsByOrganization: true,
  // The documented maximum.
  pageSize: 100,
  credentialLimit: 5,
  keepsLastCredential: true,
  marksCredentials: false,
  writesKeySet: false,
  updatesInParts: false,
  marksLater: true,
  identifiesCredentials: true,
  proofTimeMs: 0,
  // Nobody documents how soon reads show what was written.
  readLagMs: 60_000,
  reports: { suffix: true, lastUse: true, expiry: true },
  canDeactivate: false,
  fields: [
    'displayName',
    'description',
    'scopes',
    'audiences',
    'organizationId',
    'accessTokenLifetime',
    'customClaims',
    'clientId',
  ],
  // The user's part of it: the mark stays.
  clearable: ['description'],
  textLimits: { displayName: 128, description: fewestCharactersLeft },
  secretFields: ['ClientSecret'],
};

const json = { 'content-type': 'application/json' };

/** What all organizations of an environment share. */
export interface Environment {
  readonly id: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly http: ProviderHttp;
  /** Undefined where a gateway logs in. */
  readonly token: ManagementToken | undefined;
  readonly pages: ListPages;
}

/** The M2M clients of Scalekit's organizations (https://docs.scalekit.com/apis/#tag/api-auth), by its REST API. */
export class ScalekitAccount implements Account, ClientCalls, AdditiveCalls {
  readonly clients = this;
  readonly additive = this;

  readonly id: string;
  readonly type = 'Scalekit';
  readonly capabilities = capabilities;
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly styleOf = () => capabilities.style;
  readonly defaultEntries = usualEntries;
  readonly refuse = refuse;
  readonly differences = differences;
  readonly powers = powers;
  readonly #environment: Environment;
  readonly #organization: string | undefined;

  constructor(environment: Environment, organization?: string) {
    this.id = environment.id;
    this.tokenUrl = `${environment.url}${tokenPath.pathname}`;
    this.issuer = environment.url;
    this.#environment = environment;
    this.#organization = organization;
  }

  within(organization: string): Account {
    return new ScalekitAccount(this.#environment, organization);
  }

  async check(call: Call): Promise<Outcome<void>> {
    const { token, http } = this.#environment;
    if (token) return withoutValue(await token.renew(call));
    // A gateway may let through what lies below one organization, and nothing else: its refusal is an answer too.
    const exchange = await http.send({ method: 'GET', path: path`/keys`, management: true }, call);
    if (exchange.kind === 'answer' && [400, 403, 404, 405].includes(exchange.status)) return ok(undefined);
    return withoutValue(interpret('keys', exchange, false, () => true));
  }

  identify({ ClientSecret }: SecretValues, client: UpstreamClient): UpstreamCredential | undefined {
    // Two may end alike: the newest is the one that was published last.
    return client.credentials.findLast(
      ({ suffix }) => suffix !== undefined && ClientSecret?.reveal().endsWith(suffix) === true,
    );
  }

  async list(cursor: string | undefined, call: Call): Promise<Outcome<Page>> {
    const { pages } = this.#environment;
    const query = { page_size: String(pages.size), ...(cursor !== undefined && { page_token: cursor }) };
    const request = { method: 'GET', path: this.#clients().query(query), page: true } as const;
    const exchange = await this.#send(request, call);
    pages.heed(exchange);
    return interpret('list', exchange, false, (answer) => {
      const parsed = listAnswer.safeParse(answer);
      if (!parsed.success) return undefined;
      return pages.read({
        items: parsed.data.clients ?? [],
        idField: 'client_id',
        schema: client,
        project: projectItem,
        next: parsed.data.next_page_token,
      });
    });
  }

  async get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>> {
    const exchange = await this.#send({ method: 'GET', path: this.#client(id) }, call);
    if (saysGone(exchange, 'client')) return ok(undefined);
    return interpret('get', exchange, false, (answer) => {
      const parsed = clientAnswer.safeParse(answer);
      return parsed.success ? project(parsed.data.client) : undefined;
    });
  }

  async create(
    wish: Wish,
    _id: string | undefined,
    _importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Created>> {
    const body = JSON.stringify(createBody(wish));
    const exchange = await this.#send({ method: 'POST', path: this.#clients(), body }, call);
    return interpret('create', exchange, true, (answer) => {
      const parsed = createAnswer.safeParse(answer);
      const first = parsed.data?.client.secrets?.[0];
      // Without its id the credential could never be deleted.
      if (!parsed.success || first === undefined) return undefined;
      return minted(project(parsed.data.client), projectSecret(first), parsed.data.plain_secret);
    });
  }

  async update(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return this.#patch('update', client, updateBody(wish, client), call);
  }

  async release(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return this.#patch('release', client, releaseBody(client), call);
  }

  async mint(_wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    const exchange = await this.#send(
      { method: 'POST', path: path`${this.#client(client.id)}/secrets` },
      call,
    );
    return interpret('add secret', exchange, true, (answer) => {
      const parsed = secretAnswer.safeParse(answer);
      if (!parsed.success) return undefined;
      const credential = projectSecret(parsed.data.secret);
      const credentials = [...client.credentials, credential];
      return minted({ ...client, credentials }, credential, parsed.data.plain_secret);
    });
  }

  async retire(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>> {
    const secret = path`${this.#client(client.id)}/secrets/${credentialId}`;
    const exchange = await this.#send({ method: 'DELETE', path: secret }, call);
    const outcome = saysGone(exchange, 'secret') ? ok(true) : done('delete secret', exchange);
    const credentials = client.credentials.filter(({ id }) => id !== credentialId);
    return outcome.kind === 'ok' ? ok({ ...client, credentials }) : outcome;
  }

  async remove(id: string, call: Call): Promise<Outcome<void>> {
    const exchange = await this.#send({ method: 'DELETE', path: this.#client(id) }, call);
    return saysGone(exchange, 'client') ? ok(undefined) : withoutValue(done('delete', exchange));
  }

  async prove(clientId: string, values: SecretValues, call: Call): Promise<Outcome<void>> {
    const { http } = this.#environment;
    const exchange = await requestToken(http, tokenPath, clientId, values.ClientSecret, call);
    const isToken = (answer: unknown): true | undefined => tokenAnswer.safeParse(answer).success || undefined;
    return tokenProof(this.type, interpret('token', exchange, false, isToken));
  }

  /** The connections are the environment's: one organization does not end them for the others. */
  async close(): Promise<void> {
    if (this.#organization === undefined) await this.#environment.http.close();
  }

  #clients(): Path {
    // Whoever calls has forgotten `within`.
    if (this.#organization === undefined) throw new TypeError('the account is bound to no organization');
    return path`/api/v1/organizations/${this.#organization}/clients`;
  }

  #client(id: string): Path {
    return path`${this.#clients()}/${id}`;
  }

  async #patch(
    operation: Operation,
    client: UpstreamClient,
    fields: Record<string, unknown>,
    call: Call,
  ): Promise<Outcome<UpstreamClient>> {
    const body = JSON.stringify(fields);
    const exchange = await this.#send({ method: 'PATCH', path: this.#client(client.id), body }, call);
    return interpret(operation, exchange, true, (answer) => {
      const parsed = clientAnswer.safeParse(answer);
      // Its `secrets` are empty whatever there is: those that were there before are there still.
      return parsed.success ? { ...project(parsed.data.client), credentials: client.credentials } : undefined;
    });
  }

  #send(request: Request, call: Call): Promise<Exchange> {
    const { token, http } = this.#environment;
    const full = { ...request, management: true, ...(request.body !== undefined && { headers: json }) };
    return token ? token.send(full, call) : http.send(full, call);
  }
}

/** Of a deletion: an object without members, as the OpenAPI has it, or no body. */
const done = (operation: Operation, exchange: Exchange): Outcome<true> =>
  interpret(
    operation,
    exchange,
    true,
    (answer) => answer === null || emptyAnswer.safeParse(answer).success || undefined,
  );

const minted = (client: UpstreamClient, credential: UpstreamCredential, value: string): Minted => ({
  client,
  credential: {
    id: credential.id,
    values: { ClientSecret: new Secret(value) },
    ...(credential.expiryTime !== undefined && { expiryTime: credential.expiryTime }),
  },
});
