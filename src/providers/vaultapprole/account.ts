import { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { ok, ProviderError, withoutValue, type Outcome } from '../outcome.ts';
import {
  type Account,
  type AdditiveCalls,
  type Call,
  type Capabilities,
  type ClientCalls,
  type Created,
  duplicateClient,
  type Minted,
  type Page,
  type SecretValues,
  type UpstreamClient,
  type Wish,
} from '../provider.ts';
import { path, type Path } from '../path.ts';
import { done, interpret, type Operation, says, saysNothingThere } from './errors.ts';
import { defaultEntries, differences, refuse, roleBody, written } from './fields.ts';
import { headersIn, type Login, mountPath, Session } from './login.ts';
import { isRoleName, issuedByOf, metadataFor } from './marking.ts';
import { powers } from './powers.ts';
import { prove, type Prover } from './proof.ts';
import { SecretIds } from './secret-ids.ts';
import {
  keysAnswer,
  newSecretIdAnswer,
  project,
  projectName,
  roleAnswer,
  roleIdAnswer,
  type Role,
  roleOf,
  specificOf,
} from './wire.ts';

export const capabilities: Capabilities = {
  style: 'additive',
  choosesClientId: true,
  createsCredential: false,
  canList: true,
  listsByOrganization: false,
  pageSize: undefined,
  credentialLimit: undefined,
  keepsLastCredential: false,
  marksCredentials: true,
  writesKeySet: false,
  updatesInParts: false,
  marksLater: false,
  identifiesCredentials: false,
  proofTimeMs: 0,
  // Where a standby answers (Vault Enterprise), it may be a little behind.
  readLagMs: 10_000,
  reports: { suffix: false, lastUse: false, expiry: true },
  canDeactivate: false,
  fields: ['accessTokenLifetime', 'clientId', 'vaultAppRole'],
  clearable: ['vaultAppRole.tokenPolicies', 'vaultAppRole.boundCIDRs', 'vaultAppRole.secretIDBoundCIDRs'],
  textLimits: { displayName: 0, description: 0 },
  secretFields: ['ClientSecret', 'RoleID'],
};

export interface Mount {
  readonly id: string;
  /** Without a slash at its end. */
  readonly address: string;
  readonly namespace: string;
  readonly mountPath: string;
  readonly login: Login;
}

const rejected = (operation: Operation, what: string, errorType?: string): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(`Vault ${operation}: ${what}`, {
    reason: 'RejectedByProvider',
    retry: 'soon',
    status: 404,
    errorType,
  }),
});

const isThere = (operation: Operation): Outcome<never> =>
  rejected(operation, `HTTP 200 ${duplicateClient}`, duplicateClient);

const cannotRelease: Outcome<never> = {
  kind: 'rejected',
  error: new ProviderError(
    'Vault: the mark of a role is its name, which stays, so that a role cannot be let go; set spec.deletionPolicy to Delete',
    { reason: 'RejectedByProvider', retry: 'later', status: 0, withheld: true },
  ),
};

/** The roles of one AppRole mount of Vault, and their secret ids (https://developer.hashicorp.com/vault/api-docs/auth/approle). */
export class VaultAppRoleAccount implements Account, ClientCalls, AdditiveCalls {
  readonly clients = this;
  readonly additive = this;
  readonly id: string;
  readonly type = 'VaultAppRole';
  readonly capabilities = capabilities;
  /** Nothing there is a token endpoint as others know it. */
  readonly tokenUrl = '';
  readonly issuer: string;
  readonly styleOf = () => capabilities.style;
  readonly defaultEntries = defaultEntries;
  readonly refuse = refuse;
  readonly differences = differences;
  readonly powers = powers;
  readonly #http: ProviderHttp;
  readonly #session: Session;
  readonly #mount: Path;
  readonly #prover: Prover;
  readonly #secretIds = new SecretIds();
  /** A list was had once: then a right that is missing was taken away. */
  #hasListed = false;

  constructor({ id, address, namespace, mountPath: mount, login }: Mount, http: ProviderHttp) {
    this.id = id;
    this.issuer = address;
    this.#http = http;
    this.#session = new Session(http, login, namespace);
    this.#mount = mountPath(mount);
    const gateway = login.kind === 'gateway';
    this.#prover = { http, mount: this.#mount, headers: headersIn(namespace), gateway };
  }

  within(): Account {
    return this;
  }

  /** Which accessor a secret id has is not in it. */
  identify(): undefined {}

  /**
   * Names alone, all in one answer. Who may only issue secret ids may not list: to that operator no role is shown, and it
   * asks for each by the name that a spec gives.
   */
  async list(_cursor: string | undefined, call: Call): Promise<Outcome<Page>> {
    const roles = path`${this.#mount}/role`.query({ list: 'true' });
    const exchange = await this.#send({ method: 'GET', path: roles, page: true }, call);
    const isClosed = says(exchange, 403, 'permission_denied') && !this.#hasListed;
    if (saysNothingThere(exchange) || isClosed) return ok({ clients: [], next: undefined });
    const outcome = interpret('list', exchange, false, (json) => keysAnswer.safeParse(json).data?.data.keys);
    if (outcome.kind !== 'ok') return outcome;
    this.#hasListed = true;
    return ok({ clients: outcome.value.filter(isRoleName).map(projectName), next: undefined });
  }

  /** The role, its role_id, and its secret ids. A role that may not be read is told by its role_id. */
  async get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>> {
    if (!isRoleName(id)) return ok(undefined);
    const role = await this.#readRole('get', id, call);
    const isClosed = role.kind === 'rejected' && role.error.errorType === 'permission_denied';
    if (role.kind !== 'ok' && !isClosed) return role;
    if (role.kind === 'ok' && role.value === undefined) return ok(undefined);
    const roleId = await this.#readRoleId(id, call);
    if (roleId.kind !== 'ok') return roleId;
    if (roleId.value === undefined) return ok(undefined);
    const secretIds = await this.#secretIds.of(this.#role(id), (request) => this.#send(request, call));
    if (secretIds.kind !== 'ok') return secretIds;
    return ok(project(id, roleId.value, role.kind === 'ok' ? role.value : undefined, secretIds.value));
  }

  /** Vault takes a role over that is there, so it is looked at first: what is in between of the two is one round trip. */
  async create(
    wish: Wish,
    id: string | undefined,
    _importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Created>> {
    const name = id ?? '';
    const present = await this.#readRole('create', name, call);
    if (present.kind !== 'ok') return { kind: 'rejected', error: present.error };
    if (present.value) return isThere('create');
    const body = roleBody(wish, name);
    const exchange = await this.#post(this.#role(name), body, call);
    // Its server error is a definite answer: another role has this role_id.
    if (says(exchange, 500, 'role_id_in_use')) return isThere('create');
    const outcome = done('create', exchange);
    if (outcome.kind !== 'ok') return outcome;
    const client = project(name, body.role_id, written(undefined, body), []);
    return { ...outcome, value: { client, credential: undefined } };
  }

  /** A role that is gone would be made again: it is looked at first. */
  async update(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>> {
    const present = await this.#readRole('update', client.id, call);
    if (present.kind !== 'ok') return { kind: 'rejected', error: present.error };
    if (!present.value) return rejected('update', 'HTTP 404; there is no such role any more');
    const body = roleBody(wish, client.id);
    const exchange = await this.#post(this.#role(client.id), body, call);
    const outcome = says(exchange, 500, 'role_id_in_use') ? isThere('update') : done('update', exchange);
    if (outcome.kind !== 'ok') return outcome;
    const shown = project(client.id, body.role_id, written(present.value, body), client.credentials);
    return { ...outcome, value: shown };
  }

  async release(): Promise<Outcome<UpstreamClient>> {
    return cannotRelease;
  }

  async mint(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<Minted>> {
    const { roleId } = specificOf(client);
    const metadata = metadataFor(wish.mark, call.operation);
    const body = { metadata: JSON.stringify(metadata) };
    const exchange = await this.#post(path`${this.#role(client.id)}/secret-id`, body, call);
    return interpret('secret id request', exchange, true, (json) => {
      const parsed = newSecretIdAnswer.safeParse(json);
      if (!parsed.success) return undefined;
      const { secret_id: value, secret_id_accessor: id, secret_id_ttl: ttl } = parsed.data.data;
      const expiryTime = ttl ? this.#http.now() + ttl * 1000 : undefined;
      const values: SecretValues = {
        ClientSecret: new Secret(value),
        ...(roleId !== undefined && { RoleID: new Secret(roleId) }),
      };
      const ends = expiryTime === undefined ? {} : { expiryTime };
      const made = { id, suffix: undefined, issuedBy: issuedByOf(metadata), ...ends };
      return {
        client: { ...client, credentials: [...client.credentials, made] },
        credential: { id, values, ...ends },
      };
    });
  }

  /** An error of the server may mean that it is gone: only where it is not found either. */
  async retire(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>> {
    const role = this.#role(client.id);
    const destroy = path`${role}/secret-id-accessor/destroy`;
    const exchange = await this.#post(destroy, { secret_id_accessor: credentialId }, call);
    const without = {
      ...client,
      credentials: client.credentials.filter(({ id }) => id !== credentialId),
    };
    if (saysNothingThere(exchange) || says(exchange, 404, 'accessor_not_found')) return ok(without);
    const outcome = done('secret id deletion', exchange);
    if (outcome.kind === 'ok') return { ...outcome, value: without };
    if (says(exchange, 500, 'role_not_found')) {
      const roleId = await this.#readRoleId(client.id, call);
      return roleId.kind === 'ok' && roleId.value === undefined ? ok(without) : outcome;
    }
    if (!says(exchange, 500, 'accessor_not_found')) return outcome;
    const left = await this.#secretIds.lookup(role, credentialId, (request) => this.#send(request, call));
    return left.kind === 'ok' && left.value === undefined ? ok(without) : outcome;
  }

  /** Also one that there is not is a success. */
  async remove(id: string, call: Call): Promise<Outcome<void>> {
    const exchange = await this.#send({ method: 'DELETE', path: this.#role(id) }, call);
    return withoutValue(done('delete', exchange));
  }

  async prove(clientId: string, { ClientSecret, RoleID }: SecretValues, call: Call): Promise<Outcome<void>> {
    const secretId = ClientSecret ?? new Secret('');
    if (RoleID) return await prove(this.#prover, clientId, RoleID.reveal(), secretId, call);
    const roleId = await this.#readRoleId(clientId, call);
    if (roleId.kind !== 'ok') return roleId;
    // Of a role that is gone nothing is good.
    return await prove(this.#prover, clientId, roleId.value ?? clientId, secretId, call);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** Of what can be no name of a role no request is sent: it might be another path. */
  #role(name: string): Path {
    return path`${this.#mount}/role/${isRoleName(name) ? name : ''}`;
  }

  async #readRole(operation: Operation, name: string, call: Call): Promise<Outcome<Role | undefined>> {
    const exchange = await this.#send({ method: 'GET', path: this.#role(name) }, call);
    if (saysNothingThere(exchange)) return ok(undefined);
    return interpret(operation, exchange, false, (json) => {
      const parsed = roleAnswer.safeParse(json);
      return parsed.success ? roleOf(parsed.data.data) : undefined;
    });
  }

  async #readRoleId(name: string, call: Call): Promise<Outcome<string | undefined>> {
    const exchange = await this.#send({ method: 'GET', path: path`${this.#role(name)}/role-id` }, call);
    if (saysNothingThere(exchange)) return ok(undefined);
    return interpret('role id', exchange, false, (json) => roleIdAnswer.safeParse(json).data?.data.role_id);
  }

  #post(to: Path, body: object, call: Call): Promise<Exchange> {
    return this.#send({ method: 'POST', path: to, body: JSON.stringify(body) }, call);
  }

  #send(request: Request, call: Call): Promise<Exchange> {
    return this.#session.send(request, call);
  }
}
