import type { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { ok, ProviderError, withoutValue, type Outcome } from '../outcome.ts';
import type {
  Account,
  AdditiveCalls,
  ClientCalls,
  Call,
  Capabilities,
  Created,
  Minted,
  Page,
  Refusal,
  SecretValues,
  UpstreamClient,
  UpstreamCredential,
  Wish,
} from '../provider.ts';
import { issuingDomain, parseAccessKey, parsePem, publicKeyOf, rawPublicKey } from './access-key.ts';
import type { MakePrivateKey } from '../key-pairs.ts';
import { Answers, type Operation } from './errors.ts';
import {
  createBody,
  defaultEntries,
  differences,
  makesKeyPairs,
  refuse,
  releaseBody,
  updateBody,
} from './fields.ts';
import { powers } from './powers.ts';
import { displayNameLimit } from './marking.ts';
import { mintGenerated, mintOwn } from './mint.ts';
import { ListPages } from '../list-pages.ts';
import { path, type Path } from '../path.ts';
import { clientPath, prove, tokenPath, type Prover } from './proof.ts';
import type { ManagementToken } from './signing.ts';
import {
  accept,
  clientAnswer,
  listAnswer,
  nextCursor,
  project,
  projectChanged,
  projectItem,
  specificOf,
} from './wire.ts';
import { ownValue } from '../../runtime/own.ts';

export const capabilities: Capabilities = {
  style: 'additive',
  choosesClientId: false,
  createsCredential: false,
  canList: true,
  listsByOrganization: false,
  // The documented maximum (docs/providers/authress.md, wire facts).
  pageSize: 20,
  credentialLimit: 5,
  keepsLastCredential: false,
  marksCredentials: false,
  writesKeySet: false,
  updatesInParts: false,
  marksLater: true,
  identifiesCredentials: true,
  // A new key may need five minutes before all that verifies has it (the same).
  proofTimeMs: 360_000,
  // Nobody documents how soon reads show what was written.
  readLagMs: 60_000,
  reports: { suffix: false, lastUse: false, expiry: false },
  canDeactivate: false,
  fields: ['displayName', 'clientId', 'customMetadata', 'credential.type', 'authress'],
  clearable: ['displayName', 'authress.options', 'authress.rateLimits', 'customMetadata'],
  textLimits: { displayName: displayNameLimit, description: 0 },
  secretFields: ['AccessKey', 'ClientSecret', 'PrivateKey'],
};

/** How the operator logs in. `unusable`: it cannot, and why. */
export type Login =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'key'; readonly clientId: string; readonly token: ManagementToken }
  | { readonly kind: 'unusable'; readonly message: string };

interface Facts {
  /** For the pool and for people, for example `authress/acc-1`. */
  readonly id: string;
  readonly baseUrl: string;
  readonly login: Login;
  /** A part of access keys that are made here; undefined where the login is unusable. */
  readonly accountId: string | undefined;
  readonly makePrivateKey: MakePrivateKey;
}

const headers = { 'content-type': 'application/json', accept };

/** Service clients of Authress (https://authress.io/knowledge-base/docs/authorization/service-clients). */
export class AuthressAccount implements Account, ClientCalls, AdditiveCalls {
  readonly clients = this;
  readonly additive = this;

  readonly id: string;
  readonly type = 'Authress';
  readonly capabilities = capabilities;
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly styleOf = () => capabilities.style;
  readonly defaultEntries = defaultEntries;
  readonly differences = differences;
  readonly powers = powers;
  readonly #http: ProviderHttp;
  readonly #facts: Facts;
  readonly #answers: Answers;
  readonly #prover: Prover;
  readonly #pages = new ListPages(capabilities.pageSize);

  constructor(facts: Facts, http: ProviderHttp) {
    const baseUrl = facts.baseUrl.replace(/\/+$/, '');
    this.id = facts.id;
    this.tokenUrl = `${baseUrl}${tokenPath.pathname}`;
    this.issuer = facts.accountId === undefined ? baseUrl : issuingDomain(facts.accountId, baseUrl);
    this.#facts = facts;
    this.#http = http;
    const gateway = facts.login.kind === 'gateway';
    this.#answers = new Answers(gateway);
    this.#prover = { http, baseUrl, answers: this.#answers, gateway };
  }

  within(): Account {
    return this;
  }

  refuse(wish: Wish, client?: UpstreamClient): Refusal | undefined {
    const { login } = this.#facts;
    const id = client?.id ?? wish.spec.clientId;
    if (login.kind === 'key' && login.clientId === id)
      return {
        reason: 'AdoptionNotAllowed',
        message: `${id} is the client that the operator itself logs in with; choose another`,
      };
    return refuse(wish, client);
  }

  identify({ AccessKey, PrivateKey }: SecretValues, client: UpstreamClient): UpstreamCredential | undefined {
    const accessKey = AccessKey && parseAccessKey(AccessKey);
    const privateKey = accessKey ? undefined : PrivateKey && parsePem(PrivateKey);
    const raw = privateKey && rawPublicKey(publicKeyOf(privateKey));
    const { publicKeys } = specificOf(client);
    return client.credentials.find(({ id }) =>
      accessKey
        ? accessKey.clientId === client.id && accessKey.keyId === id
        : raw !== undefined && ownValue(publicKeys, id) === raw,
    );
  }

  async list(cursor: string | undefined, call: Call): Promise<Outcome<Page>> {
    const whole = path`/v1/clients`.query({ limit: String(this.#pages.size), ...(cursor && { cursor }) });
    const exchange = await this.#send({ method: 'GET', path: whole, page: true }, call);
    this.#pages.heed(exchange);
    return this.#answers.interpret('list', exchange, false, (json) => {
      const parsed = listAnswer.safeParse(json);
      if (!parsed.success) return undefined;
      return this.#pages.read({
        items: parsed.data.clients,
        idField: 'clientId',
        schema: clientAnswer,
        project: projectItem,
        next: nextCursor(parsed.data),
      });
    });
  }

  /** 404 says "gone" and "not yours to see" alike: there is no telling them apart here. */
  async get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>> {
    const exchange = await this.#send({ method: 'GET', path: clientPath(id) }, call);
    if (this.#answers.isOwn(exchange, 404)) return ok(undefined);
    return this.#answers.interpret('get', exchange, false, readClient(project));
  }

  async create(
    wish: Wish,
    _id: string | undefined,
    _importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Created>> {
    const body = JSON.stringify(createBody(wish));
    const exchange = await this.#send({ method: 'POST', path: path`/v1/clients`, body }, call);
    return this.#answers.interpret(
      'create',
      exchange,
      true,
      readClient((wire) => ({ client: project(wire), credential: undefined })),
    );
  }

  async update(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return await this.#put('update', client, updateBody(wish, client), call);
  }

  async release(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    return await this.#put('release', client, releaseBody(client), call);
  }

  async mint(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    const keys = path`${clientPath(client.id)}/access-keys`;
    const { accountId, makePrivateKey } = this.#facts;
    const ask = (body?: string): Promise<Exchange> =>
      this.#send({ method: 'POST', path: keys, ...(body !== undefined && { body }) }, call);
    return makesKeyPairs(wish.spec)
      ? await mintOwn(this.#answers, client, makePrivateKey(), accountId ?? '', ask)
      : await mintGenerated(this.#answers, client, ask);
  }

  async retire(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>> {
    const key = path`${clientPath(client.id)}/access-keys/${credentialId}`;
    const outcome = await this.#delete('key deletion', key, call);
    if (outcome.kind !== 'ok') return outcome;
    return ok({ ...client, credentials: client.credentials.filter(({ id }) => id !== credentialId) });
  }

  async remove(id: string, call: Call): Promise<Outcome<void>> {
    return await this.#delete('delete', clientPath(id), call);
  }

  async prove(clientId: string, values: SecretValues, call: Call): Promise<Outcome<void>> {
    return await prove(this.#prover, clientId, values, call);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #put(
    operation: Operation,
    client: UpstreamClient,
    body: Record<string, unknown>,
    call: Call,
  ): Promise<Outcome<UpstreamClient>> {
    const request = { method: 'PUT', path: clientPath(client.id), body: JSON.stringify(body) } as const;
    const exchange = await this.#send(request, call);
    return this.#answers.interpret(
      operation,
      exchange,
      true,
      readClient((wire) => projectChanged(wire, client)),
    );
  }

  async #delete(operation: Operation, path: Path, call: Call): Promise<Outcome<void>> {
    const exchange = await this.#send({ method: 'DELETE', path }, call);
    if (this.#answers.isOwn(exchange, 404)) return ok(undefined);
    // 204 has no body. A page that is no JSON is of something in front of the API.
    const outcome = this.#answers.interpret(
      operation,
      exchange,
      true,
      (json) => json !== undefined || undefined,
    );
    return withoutValue(outcome);
  }

  /**
   * A refused token is replaced once: it may be of a time before a clock was set right. 401 is definite, so what was
   * asked was not done, and the second request is the only one that counts.
   */
  async #send(request: Request, call: Call): Promise<Exchange> {
    const { login } = this.#facts;
    if (login.kind === 'unusable')
      return {
        kind: 'failure',
        left: false,
        error: new ProviderError(login.message, {
          reason: 'CredentialsInvalid',
          retry: 'account',
          status: 0,
        }),
      };
    const full = { ...request, headers, management: true };
    if (login.kind === 'gateway') return await this.#http.send(full, call);
    const sendWith = (token: Secret): Promise<Exchange> =>
      this.#http.send({ ...full, headers: { ...headers, authorization: `Bearer ${token.reveal()}` } }, call);
    const token = login.token.current();
    const first = await sendWith(token);
    const renewed =
      first.kind === 'answer' && first.status === 401 ? login.token.insteadOf(token) : undefined;
    if (!renewed) return first;
    const second = await sendWith(renewed);
    return second.kind === 'failure' && !second.left ? first : second;
  }
}

type ClientWire = Parameters<typeof project>[0];

const readClient =
  <T>(then: (wire: ClientWire) => T) =>
  (json: unknown): T | undefined => {
    const parsed = clientAnswer.safeParse(json);
    return parsed.success ? then(parsed.data) : undefined;
  };
