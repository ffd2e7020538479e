import type { Clock } from '../../../src/runtime/clock.ts';
import type { Switches } from '../switches.ts';
import { ScalekitFailure } from './errors.ts';
import type { ScalekitSwitches } from './switches.ts';
import type { Entropy } from '../simulator.ts';

/** Who made a thing: a caller of the API, a person in the console, or the simulator's start. */
export type Actor = 'api' | 'console' | 'start';

/** A secret that was issued, kept for ever: tests look for it in logs, and check when it was valid. */
export interface IssuedSecret {
  /** `token`: a bearer token of the management API. */
  readonly kind: 'management' | 'client' | 'token';
  readonly clientId: string | null;
  readonly value: string;
  readonly by: Actor;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** When it was taken back; null while it was not. It may have expired all the same. */
  revokedAt: number | null;
}

export interface ScalekitSecret {
  readonly id: string;
  readonly issued: IssuedSecret;
  status: 'ACTIVE' | 'INACTIVE';
  updatedAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
}

export interface CustomClaim {
  readonly key: string;
  readonly value: string;
}

/** What a caller may choose of a client. */
export interface ClientFields {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly customClaims: readonly CustomClaim[];
  /** Seconds that its tokens live. */
  readonly expiry: number;
}

export interface ScalekitClient {
  /** Order of creation within the environment. */
  readonly seq: number;
  readonly clientId: string;
  readonly organizationId: string;
  readonly createdAt: number;
  readonly createdBy: Actor;
  updatedAt: number;
  fields: ClientFields;
  /** The oldest first. */
  readonly secrets: ScalekitSecret[];
}

interface AccountOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly switches: Switches<ScalekitSwitches>;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly organizations?: readonly string[] | undefined;
}

/** What Scalekit stores for one environment: its management client, organizations with their clients, tokens. */
export class ScalekitAccount {
  readonly clock: Clock;
  /** Of the management client. */
  readonly clientId: string;
  readonly organizations: readonly string[];
  readonly #entropy: Entropy;
  readonly #switches: Switches<ScalekitSwitches>;
  readonly #clients = new Map<string, ScalekitClient>();
  readonly #issued: IssuedSecret[] = [];
  /** Management tokens that work, with their end. */
  readonly #tokens = new Map<string, { readonly issued: IssuedSecret; readonly expiresAt: number }>();
  #managementSecret: IssuedSecret;
  #lastSeq = 0;

  constructor(options: AccountOptions) {
    this.clock = options.clock;
    this.#entropy = options.entropy;
    this.#switches = options.switches;
    this.clientId = options.clientId ?? this.id('skc');
    this.organizations = options.organizations ?? [this.id('org')];
    this.#managementSecret = this.#issueManagement(options.clientSecret, 'start');
  }

  get switches(): ScalekitSwitches {
    return this.#switches.current;
  }

  get issued(): readonly IssuedSecret[] {
    return this.#issued;
  }

  get managementSecret(): string {
    return this.#managementSecret.value;
  }

  replaceManagementSecret(value: string | undefined): void {
    this.#revoke(this.#managementSecret);
    this.#managementSecret = this.#issueManagement(value, 'console');
  }

  acceptManagementToken(value: string, expiresAt: number): void {
    this.#tokens.set(value, { issued: this.#issue('token', this.clientId, 'api', value), expiresAt });
  }

  isManagementToken(value: string): boolean {
    const token = this.#tokens.get(value);
    return token !== undefined && token.expiresAt > this.clock.now();
  }

  /** The number of tokens that worked until now. */
  expireTokens(): number {
    const working = [...this.#tokens.keys()].filter((token) => this.isManagementToken(token));
    for (const { issued } of this.#tokens.values()) this.#revoke(issued);
    this.#tokens.clear();
    return working.length;
  }

  addClient(organizationId: string, fields: ClientFields, by: Actor): ScalekitClient {
    const now = this.clock.now();
    const client: ScalekitClient = {
      seq: ++this.#lastSeq,
      clientId: this.id('m2morg'),
      organizationId,
      createdAt: now,
      createdBy: by,
      updatedAt: now,
      fields,
      secrets: [],
    };
    this.addSecret(client, by);
    this.#clients.set(client.clientId, client);
    return client;
  }

  /** Throws `unknownOrganization`. */
  checkOrganization(organizationId: string): void {
    if (!this.organizations.includes(organizationId)) throw new ScalekitFailure('unknownOrganization');
  }

  /** Of whatever organization. */
  findClient(clientId: string): ScalekitClient | undefined {
    return this.#clients.get(clientId);
  }

  allClients(): IterableIterator<ScalekitClient> {
    return this.#clients.values();
  }

  removeClient(client: ScalekitClient): void {
    for (const secret of client.secrets) this.#revoke(secret.issued);
    this.#clients.delete(client.clientId);
  }

  addSecret(client: ScalekitClient, by: Actor): ScalekitSecret {
    const secret: ScalekitSecret = {
      id: this.id('sks'),
      issued: this.#issue('client', client.clientId, by, this.#secretValue()),
      status: 'ACTIVE',
      updatedAt: this.clock.now(),
      expiresAt: null,
      lastUsedAt: null,
    };
    client.secrets.push(secret);
    return secret;
  }

  removeSecret(client: ScalekitClient, secret: ScalekitSecret): void {
    this.#revoke(secret.issued);
    client.secrets.splice(client.secrets.indexOf(secret), 1);
  }

  /** `m2morg_70…`: seventeen digits. */
  id(prefix: string): string {
    const digits = BigInt(`0x${this.#entropy(8).toString('hex')}`) % 10n ** 16n;
    return `${prefix}_7${digits.toString().padStart(16, '0')}`;
  }

  /** Development secrets begin so in the published samples. */
  #secretValue(): string {
    const suffix = this.switches.generatedSecretSuffix;
    const random = this.#entropy(33).toString('base64url');
    return `test_${random.slice(0, 44 - suffix.length)}${suffix}`;
  }

  #issueManagement(value: string | undefined, by: Actor): IssuedSecret {
    const generated = `test_${this.#entropy(33).toString('base64url')}`;
    return this.#issue('management', this.clientId, by, value ?? generated);
  }

  #issue(kind: IssuedSecret['kind'], clientId: string, by: Actor, value: string): IssuedSecret {
    const secret: IssuedSecret = { kind, clientId, value, by, issuedAt: this.clock.now(), revokedAt: null };
    this.#issued.push(secret);
    return secret;
  }

  #revoke(secret: IssuedSecret): void {
    secret.revokedAt ??= this.clock.now();
  }
}
