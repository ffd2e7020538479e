import { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { ok, withoutValue, type Outcome } from '../outcome.ts';
import type {
  Account,
  ClientCalls,
  TwoPhaseCalls,
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
import { ListPages } from '../list-pages.ts';
import { path, type Path } from '../path.ts';
import { usualEntries } from '../default-entries.ts';
import { requestToken, tokenProof } from '../token-proof.ts';
import { errorTypeOf, interpret } from './errors.ts';
import { createBody, differences, powers, refuse, releaseBody, updateBody } from './fields.ts';
import {
  client,
  clientAnswer,
  createAnswer,
  deleteAnswer,
  project,
  searchAnswer,
  startAnswer,
  tokenAnswer,
} from './wire.ts';

export const capabilities: Capabilities = {
  style: 'two-phase',
  choosesClientId: true,
  createsCredential: true,
  canList: true,
  listsByOrganization: false,
  // The documented maximum (docs/providers/stytch.md, wire facts).
  pageSize: 1000,
  credentialLimit: 2,
  keepsLastCredential: true,
  marksCredentials: false,
  writesKeySet: false,
  updatesInParts: false,
  marksLater: true,
  identifiesCredentials: true,
  proofTimeMs: 0,
  // Nobody documents how soon reads show what was written.
  readLagMs: 60_000,
  reports: { suffix: true, lastUse: false, expiry: false },
  canDeactivate: true,
  fields: [
    'displayName',
    'description',
    'scopes',
    'state',
    'clientId',
    'customMetadata',
    'credential.importSecretRef',
  ],
  clearable: ['displayName', 'description', 'scopes', 'customMetadata'],
  textLimits: { displayName: 128, description: 512 },
  secretFields: ['ClientSecret'],
};

const json = { 'content-type': 'application/json' };

/**
 * Stytch's M2M API (https://stytch.com/docs/b2b/api/m2m-client). `authorization`: the value of the header, or
 * undefined where a gateway injects it.
 */
export class StytchAccount implements Account, ClientCalls, TwoPhaseCalls {
  readonly clients = this;
  readonly twoPhase = this;

  readonly id: string;
  readonly type = 'Stytch';
  readonly capabilities = capabilities;
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly styleOf = () => capabilities.style;
  readonly defaultEntries = usualEntries;
  readonly refuse = refuse;
  readonly differences = differences;
  readonly powers = powers;
  readonly #http: ProviderHttp;
  readonly #authorization: Secret | undefined;
  readonly #tokenPath: Path;
  readonly #pages = new ListPages(capabilities.pageSize);

  constructor(projectId: string, baseUrl: string, authorization: Secret | undefined, http: ProviderHttp) {
    this.id = `stytch/${projectId}`;
    this.#tokenPath = path`/v1/public/${projectId}/oauth2/token`;
    this.tokenUrl = `${baseUrl.replace(/\/+$/, '')}${this.#tokenPath.pathname}`;
    this.issuer = `stytch.com/${projectId}`;
    this.#authorization = authorization;
    this.#http = http;
  }

  within(): Account {
    return this;
  }

  identify({ ClientSecret }: SecretValues, client: UpstreamClient): UpstreamCredential | undefined {
    return client.credentials.find(({ id }) => ClientSecret?.reveal().endsWith(id));
  }

  async list(cursor: string | undefined, call: Call): Promise<Outcome<Page>> {
    const body = JSON.stringify({ limit: this.#pages.size, ...(cursor !== undefined && { cursor }) });
    const request = { method: 'POST', path: path`/v1/m2m/clients/search`, page: true, body } as const;
    const exchange = await this.#send(request, call);
    this.#pages.heed(exchange);
    return interpret('search', exchange, false, (answer) => {
      const parsed = searchAnswer.safeParse(answer);
      if (!parsed.success) return undefined;
      return this.#pages.read({
        items: parsed.data.m2m_clients,
        idField: 'client_id',
        schema: client,
        project,
        next: parsed.data.results_metadata?.next_cursor,
      });
    });
  }

  async get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>> {
    const exchange = await this.#send({ method: 'GET', path: this.#path(id) }, call);
    if (this.#isNotFound(exchange)) return ok(undefined);
    return interpret('get', exchange, false, this.#client);
  }

  async create(
    wish: Wish,
    id: string | undefined,
    importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Created>> {
    const body = JSON.stringify({
      ...createBody(wish, id),
      ...(importSecret && { client_secret: importSecret.reveal() }),
    });
    const exchange = await this.#send({ method: 'POST', path: path`/v1/m2m/clients`, body }, call);
    return interpret('create', exchange, true, (answer) => {
      const parsed = createAnswer.safeParse(answer);
      return parsed.success
        ? minted(parsed.data.m2m_client, 'current', parsed.data.m2m_client.client_secret)
        : undefined;
    });
  }

  async update(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return await this.#put('update', client.id, updateBody(wish, client), call);
  }

  async release(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return await this.#put('release', client.id, releaseBody(client), call);
  }

  async mint(_wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    const exchange = await this.#rotate(client.id, 'start', call);
    return interpret('rotate start', exchange, true, (answer) => {
      const parsed = startAnswer.safeParse(answer);
      return parsed.success
        ? minted(parsed.data.m2m_client, 'next', parsed.data.m2m_client.next_client_secret)
        : undefined;
    });
  }

  async promote(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return interpret('rotate', await this.#rotate(client.id, undefined, call), true, this.#client);
  }

  async cancel(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return interpret('rotate cancel', await this.#rotate(client.id, 'cancel', call), true, this.#client);
  }

  async remove(id: string, call: Call): Promise<Outcome<void>> {
    const exchange = await this.#send({ method: 'DELETE', path: this.#path(id) }, call);
    if (this.#isNotFound(exchange)) return ok(undefined);
    const outcome = interpret(
      'delete',
      exchange,
      true,
      (answer) => deleteAnswer.safeParse(answer).success || undefined,
    );
    return withoutValue(outcome);
  }

  async prove(clientId: string, values: SecretValues, call: Call): Promise<Outcome<void>> {
    const exchange = await requestToken(this.#http, this.#tokenPath, clientId, values.ClientSecret, call);
    const isToken = (answer: unknown): true | undefined => tokenAnswer.safeParse(answer).success || undefined;
    return tokenProof(this.type, interpret('token', exchange, false, isToken));
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  readonly #client = (answer: unknown): UpstreamClient | undefined => {
    const parsed = clientAnswer.safeParse(answer);
    return parsed.success ? project(parsed.data.m2m_client) : undefined;
  };

  #path(id: string): Path {
    return path`/v1/m2m/clients/${id}`;
  }

  async #put(
    operation: string,
    id: string,
    body: Record<string, unknown>,
    call: Call,
  ): Promise<Outcome<UpstreamClient>> {
    const exchange = await this.#send(
      { method: 'PUT', path: this.#path(id), body: JSON.stringify(body) },
      call,
    );
    return interpret(operation, exchange, true, this.#client);
  }

  #rotate(id: string, step: 'start' | 'cancel' | undefined, call: Call): Promise<Exchange> {
    const rotation = path`${this.#path(id)}/secrets/rotate`;
    const whole = step === undefined ? rotation : path`${rotation}/${step}`;
    return this.#send({ method: 'POST', path: whole, body: '{}' }, call);
  }

  /** 404 alone is not enough: a gateway's own 404 for a wrong path must not read as "the client is gone". */
  #isNotFound(exchange: Exchange): boolean {
    return (
      exchange.kind === 'answer' && exchange.status >= 400 && errorTypeOf(exchange) === 'm2m_client_not_found'
    );
  }

  #send(request: Request, call: Call): Promise<Exchange> {
    const headers = { ...json, ...(this.#authorization && { authorization: this.#authorization.reveal() }) };
    return this.#http.send({ ...request, headers, management: true }, call);
  }
}

const minted = (
  wire: Parameters<typeof project>[0],
  position: 'current' | 'next',
  value: string,
): Minted | undefined => {
  const client = project(wire);
  const credential = client.credentials.find((candidate) => candidate.position === position);
  // Without the last four the credential could not be recognised again.
  return (
    credential && { client, credential: { id: credential.id, values: { ClientSecret: new Secret(value) } } }
  );
};
