import type { Mark } from '../../../src/providers/mark.ts';
import { issuedByOf, markOf, metadataFor, roleIdOf } from '../../../src/providers/vaultapprole/marking.ts';
import type { Joined, TrueClient, TrueSecret, Upstream, UpstreamRoute } from './upstream.ts';
import { isToken } from './upstream.ts';

/** A role as whoever runs the server knows it. */
export interface KnownRole {
  readonly clientId: string;
  readonly roleId: string;
  readonly createdAt: number;
  /** The oldest first. */
  readonly secretIds: readonly KnownSecretId[];
}

export interface KnownSecretId {
  readonly accessor: string;
  readonly secretId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

/** An AppRole mount, simulated or real. */
export interface VaultBehind {
  readonly url: string;
  readonly mountPath: string;
  readonly simulator: Joined['simulator'];
  /** The operator's. */
  token(): string;
  roles(): readonly KnownRole[];
  issued(): readonly TrueSecret[];
}

const routesOf = (path: string): readonly UpstreamRoute[] => {
  const mount = String.raw`^/v1/auth/${path}`;
  const role = String.raw`${mount}/role/([^/]+)`;
  return [
    { method: 'GET', path: new RegExp(`${mount}/role$`), operation: 'list', writes: false },
    { method: 'GET', path: new RegExp(`${role}$`), operation: 'getRole', writes: false },
    { method: 'POST', path: new RegExp(`${role}$`), operation: 'writeRole', writes: true },
    { method: 'DELETE', path: new RegExp(`${role}$`), operation: 'deleteRole', writes: true },
    { method: 'GET', path: new RegExp(`${role}/role-id$`), operation: 'getRoleId', writes: false },
    { method: 'GET', path: new RegExp(`${role}/secret-id$`), operation: 'listSecretIds', writes: false },
    { method: 'POST', path: new RegExp(`${role}/secret-id$`), operation: 'issueSecretId', writes: true },
    {
      method: 'POST',
      path: new RegExp(`${role}/secret-id-accessor/lookup$`),
      operation: 'lookupSecretId',
      writes: false,
    },
    {
      method: 'POST',
      path: new RegExp(`${role}/secret-id-accessor/destroy$`),
      operation: 'destroySecretId',
      writes: true,
    },
    {
      method: 'POST',
      path: new RegExp(`${mount}/login$`),
      operation: 'login',
      writes: false,
      proves: isToken,
    },
    { method: 'POST', path: /^\/v1\/auth\/token\/revoke-self$/, operation: 'revokeSelf', writes: false },
  ];
};

const json = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
};
const ofRole = (roleId: unknown): string | undefined =>
  typeof roleId === 'string' && roleId.split('/').length === 4
    ? roleId.slice(0, roleId.lastIndexOf('/'))
    : undefined;

/** What tests know of such a mount, whoever answers for it. */
export abstract class VaultUpstream implements Upstream {
  readonly type = 'VaultAppRole';
  readonly style = 'additive';
  readonly valueEntry = 'secret-id';
  readonly valuesOfCredential = 1;
  readonly clientSpec = {};
  readonly without = ['displayName', 'scopes'];
  readonly routes: readonly UpstreamRoute[];
  readonly #behind: VaultBehind;

  constructor(behind: VaultBehind) {
    this.#behind = behind;
    this.routes = routesOf(behind.mountPath);
  }

  abstract readonly simulator: Joined['simulator'];
  abstract createForeign(wanted: string): ReturnType<Upstream['createForeign']>;
  abstract createMarked(mark: Mark): ReturnType<Upstream['createMarked']>;
  abstract deleteClient(clientId: string): ReturnType<Upstream['deleteClient']>;
  abstract deleteCredential(clientId: string, accessor: string): ReturnType<Upstream['deleteCredential']>;
  abstract rotateManagement(): void;
  abstract slow(latencyMs: number, listLagMs: number): void;
  abstract [Symbol.asyncDispose](): Promise<void>;

  get url(): string {
    return this.#behind.url;
  }

  spec(address = this.url): Readonly<Record<string, unknown>> {
    const auth = { type: 'Token', secretKeyRef: { name: 'vaultapprole-management', key: 'secret' } };
    const { mountPath } = this.#behind;
    return { type: 'VaultAppRole', vaultAppRole: { address, mountPath, auth } };
  }

  managementSecret(): string {
    return this.#behind.token();
  }

  clients(): readonly TrueClient[] {
    return this.#behind.roles().map((record) => ({
      record,
      clientId: record.clientId,
      name: '',
      createdAt: record.createdAt,
      owner: markOf(record.clientId, record.roleId)?.full,
      credentials: record.secretIds.map(({ accessor, secretId, createdAt }) => ({
        id: accessor,
        suffix: accessor,
        createdAt,
        value: secretId,
      })),
    }));
  }

  issuedSecrets(): readonly TrueSecret[] {
    return this.#behind.issued();
  }

  markIn({ role_id: roleId }: Readonly<Record<string, unknown>>): string | undefined {
    return ofRole(roleId);
  }

  clientIn(): undefined {}

  askedWith({ body }: { readonly body: string }) {
    const { role_id: roleId, secret_id: value } = json(body);
    const found = this.#behind.roles().find((one) => one.roleId === roleId);
    return typeof value === 'string' ? { clientId: found?.clientId, value } : {};
  }

  /** Which operation issued it. */
  operationOf(accessor: string): string | undefined {
    const all = this.#behind.roles().flatMap(({ secretIds }) => secretIds);
    return issuedByOf(all.find((one) => one.accessor === accessor)?.metadata ?? {})?.operation;
  }

  /** As the client does: it knows its role_id. */
  async ask(clientId: string, secretId: string) {
    const roleId = this.#behind.roles().find((one) => one.clientId === clientId)?.roleId ?? clientId;
    try {
      const answer = await fetch(`${this.url}/v1/auth/${this.#behind.mountPath}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ role_id: roleId, secret_id: secretId }),
      });
      await answer.text();
      if (answer.ok) return 'accepted';
      return answer.status === 400 ? 'refused' : 'no answer';
    } catch {
      return 'no answer';
    }
  }
}

/** A role with the mark of another installation, and what it was given. */
export const markedRole = (mark: Mark) => {
  const clientId = `${mark.short}-${'a'.repeat(12)}`;
  return { clientId, roleId: roleIdOf(mark, clientId), metadata: metadataFor(mark, 'theirs') };
};
