import type { Clock } from '../../../src/runtime/clock.ts';
import type { Entropy } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { VaultFailure } from './errors.ts';
import type { VaultSwitches } from './switches.ts';

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

export interface VaultSecretId {
  readonly accessor: string;
  readonly secret: IssuedSecret;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ttlSeconds: number;
  readonly createdAt: number;
  /** In which order within a millisecond, as parts of it. */
  readonly microseconds: number;
  readonly expiresAt: number | null;
}

/** What a call may write of a role. */
export interface RoleFields {
  bind_secret_id: boolean;
  secret_id_bound_cidrs: readonly string[];
  secret_id_num_uses: number;
  secret_id_ttl: number;
  token_bound_cidrs: readonly string[];
  token_explicit_max_ttl: number;
  token_max_ttl: number;
  token_no_default_policy: boolean;
  token_num_uses: number;
  token_period: number;
  token_policies: readonly string[];
  token_ttl: number;
  token_type: string;
}

export interface VaultRole extends RoleFields {
  /** In lower case. */
  readonly name: string;
  roleId: string;
  readonly createdBy: Actor;
  readonly createdAt: number;
  /** The oldest first. */
  secretIds: readonly VaultSecretId[];
}

/** What a token is good for: management, or nothing more than to look at itself and to end itself. */
export interface VaultToken {
  readonly secret: IssuedSecret;
  readonly accessor: string;
  readonly isManagement: boolean;
  readonly roleName: string | null;
  readonly expiresAt: number | null;
}

interface AccountOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly switches: Switches<VaultSwitches>;
  readonly token?: string | undefined;
  readonly secretId?: string | undefined;
}

export const noFields: RoleFields = {
  bind_secret_id: true,
  secret_id_bound_cidrs: [],
  secret_id_num_uses: 0,
  secret_id_ttl: 0,
  token_bound_cidrs: [],
  token_explicit_max_ttl: 0,
  token_max_ttl: 0,
  token_no_default_policy: false,
  token_num_uses: 0,
  token_period: 0,
  token_policies: [],
  token_ttl: 0,
  token_type: 'default',
};

/** What one AppRole mount of a Vault stores, and the tokens that it has given. */
export class VaultAccount {
  readonly clock: Clock;
  /** The role that the operator logs in with, on a mount of its own. */
  readonly operatorRoleId: string;
  readonly #entropy: Entropy;
  readonly #switches: Switches<VaultSwitches>;
  readonly #roles = new Map<string, VaultRole>();
  readonly #tokens = new Map<string, VaultToken>();
  readonly #issued: IssuedSecret[] = [];
  #lastSeq = 0;
  #management: IssuedSecret;
  #operatorSecretId: IssuedSecret;

  constructor({ clock, entropy, switches, token, secretId }: AccountOptions) {
    this.clock = clock;
    this.#entropy = entropy;
    this.#switches = switches;
    this.operatorRoleId = 'the-operator';
    this.#management = this.#addManagementToken('start', token ?? `hvs.${this.text(24)}`);
    this.#operatorSecretId = this.#issue('management', null, secretId ?? this.uuid(), 'start');
  }

  get switches(): VaultSwitches {
    return this.#switches.current;
  }

  get issued(): readonly IssuedSecret[] {
    return this.#issued;
  }

  /** The ones that work now. */
  get managementToken(): string {
    return this.#management.value;
  }
  get operatorSecretId(): string {
    return this.#operatorSecretId.value;
  }

  replaceManagementToken(): string {
    this.revoke(this.#management.value);
    this.#management = this.#addManagementToken('console', `hvs.${this.text(24)}`);
    return this.#management.value;
  }

  replaceOperatorSecretId(): string {
    this.#operatorSecretId.revokedAt ??= this.clock.now();
    this.#operatorSecretId = this.#issue('management', null, this.uuid(), 'console');
    return this.#operatorSecretId.value;
  }

  /** Of the operator's logins: each is refused from now on. */
  revokeManagementTokens(): void {
    for (const { isManagement, secret } of this.#tokens.values())
      if (isManagement && secret !== this.#management) this.revoke(secret.value);
  }

  roles(): readonly VaultRole[] {
    return [...this.#roles.values()];
  }

  findRole(name: string): VaultRole | undefined {
    return this.#roles.get(name.toLowerCase());
  }

  roleOfId(roleId: string): VaultRole | undefined {
    return this.roles().find((role) => role.roleId === roleId);
  }

  /** An upsert: there is no collision, and what is left out stays as it is. */
  writeRole(name: string, fields: Partial<RoleFields>, roleId: string | undefined, by: Actor): VaultRole {
    const present = this.findRole(name);
    const next = { ...noFields, ...present, ...fields };
    if (next.token_ttl > 0 && next.token_max_ttl > 0 && next.token_ttl > next.token_max_ttl)
      throw new VaultFailure('ttl_order');
    const other = roleId === undefined ? undefined : this.roleOfId(roleId);
    if (other !== undefined && other !== present) throw new VaultFailure('role_id_in_use');
    if (present) return Object.assign(present, fields, roleId === undefined ? {} : { roleId });
    const role: VaultRole = {
      ...next,
      name: name.toLowerCase(),
      roleId: roleId ?? this.uuid(),
      createdBy: by,
      createdAt: this.clock.now(),
      secretIds: [],
    };
    this.#roles.set(role.name, role);
    return role;
  }

  /** Its secret ids are dead with it. */
  removeRole(name: string): void {
    const role = this.findRole(name);
    if (role === undefined) return;
    for (const { accessor } of role.secretIds) this.removeSecretId(role, accessor);
    this.#roles.delete(role.name);
  }

  addSecretId(
    role: VaultRole,
    by: Actor,
    given: {
      readonly value?: string | undefined;
      readonly metadata?: Readonly<Record<string, string>>;
      readonly ttlSeconds?: number;
    } = {},
  ): VaultSecretId {
    const value = given.value ?? this.uuid();
    if (this.alive(role).some(({ secret }) => secret.value === value))
      throw new VaultFailure('already_registered');
    const ttlSeconds = given.ttlSeconds ?? role.secret_id_ttl;
    const createdAt = this.clock.now();
    const made: VaultSecretId = {
      accessor: this.uuid(),
      secret: this.#issue('client', role.name, value, by),
      metadata: { ...given.metadata },
      ttlSeconds,
      createdAt,
      microseconds: this.#lastSeq++ % 1000,
      expiresAt: ttlSeconds > 0 ? createdAt + ttlSeconds * 1000 : null,
    };
    role.secretIds = [...role.secretIds, made];
    return made;
  }

  /** False: there is none. */
  removeSecretId(role: VaultRole, accessor: string): boolean {
    const found = role.secretIds.find((one) => one.accessor === accessor);
    if (found) found.secret.revokedAt ??= this.clock.now();
    role.secretIds = role.secretIds.filter((one) => one !== found);
    return found !== undefined;
  }

  /** What has ended is tidied away. */
  alive(role: VaultRole): readonly VaultSecretId[] {
    const now = this.clock.now();
    for (const { accessor, expiresAt } of role.secretIds)
      if (expiresAt !== null && expiresAt <= now) this.removeSecretId(role, accessor);
    return role.secretIds;
  }

  addToken(roleName: string | null, by: Actor, isManagement: boolean, ttlSeconds: number): VaultToken {
    const made: VaultToken = {
      secret: this.#issue(isManagement ? 'management' : 'token', roleName, `hvs.${this.text(24)}`, by),
      accessor: this.text(24),
      isManagement,
      roleName,
      expiresAt: ttlSeconds > 0 ? this.clock.now() + ttlSeconds * 1000 : null,
    };
    this.#tokens.set(made.secret.value, made);
    return made;
  }

  /** Undefined where it is none, or none any more. */
  token(value: string): VaultToken | undefined {
    const token = this.#tokens.get(value);
    if (token?.expiresAt && token.expiresAt <= this.clock.now()) this.revoke(value);
    return this.#tokens.get(value);
  }

  revoke(value: string): void {
    const token = this.#tokens.get(value);
    if (token) token.secret.revokedAt ??= this.clock.now();
    this.#tokens.delete(value);
  }

  /** Tokens of roles, from logins, that are good now. */
  tokensOfRoles(): readonly VaultToken[] {
    return [...this.#tokens.keys()].flatMap((value) => {
      const token = this.token(value);
      return token && !token.isManagement ? [token] : [];
    });
  }

  uuid(): string {
    const hex = this.#entropy(16).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  text(length: number): string {
    return this.#entropy(length).toString('base64url').slice(0, length);
  }

  #addManagementToken(by: Actor, value: string): IssuedSecret {
    const secret = this.#issue('management', null, value, by);
    this.#tokens.set(value, {
      secret,
      accessor: this.text(24),
      isManagement: true,
      roleName: null,
      expiresAt: null,
    });
    return secret;
  }

  #issue(kind: IssuedSecret['kind'], clientId: string | null, value: string, by: Actor): IssuedSecret {
    const secret: IssuedSecret = {
      kind,
      clientId,
      value,
      by,
      issuedAt: this.clock.now(),
      revokedAt: null,
    };
    this.#issued.push(secret);
    return secret;
  }
}
