import type { Clock } from '../../../src/runtime/clock.ts';
import type { Switches } from '../switches.ts';
import { StytchFailure } from './errors.ts';
import type { StytchSwitches } from './switches.ts';
import type { Entropy } from '../simulator.ts';
import { isShown } from '../provider.ts';

/** Who made a thing: a caller of the API, a person in the console, or the simulator's start. */
export type Actor = 'api' | 'console' | 'start';

/** A secret that was issued, kept for ever: tests look for it in logs, and check when it was valid. */
export interface IssuedSecret {
  readonly kind: 'management' | 'client';
  readonly clientId: string | null;
  readonly value: string;
  readonly by: Actor;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** When it stopped working; null while it works. An inactive client's secrets are not revoked. */
  revokedAt: number | null;
}

export interface StytchClient {
  /** Order of creation within the account. */
  readonly seq: number;
  readonly clientId: string;
  readonly createdAt: number;
  readonly createdBy: Actor;
  name: string;
  description: string;
  status: 'active' | 'inactive';
  scopes: readonly string[];
  trustedMetadata: Readonly<Record<string, unknown>>;
  current: IssuedSecret;
  /** Not null while a rotation is open; it works from the start of the rotation. */
  next: IssuedSecret | null;
}

interface Project {
  readonly id: string;
  secret: IssuedSecret;
  /** By id, in the order of creation. */
  readonly clients: Map<string, StytchClient>;
  readonly deletedIds: Set<string>;
}

interface AccountOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly switches: Switches<StytchSwitches>;
  readonly projectId?: string | undefined;
  readonly secret?: string | undefined;
}

/** What Stytch stores for one customer: projects (one of them in use), their clients, every secret ever issued. */
export class StytchAccount {
  readonly clock: Clock;
  readonly #entropy: Entropy;
  readonly #switches: Switches<StytchSwitches>;
  readonly #projects = new Map<string, Project>();
  readonly #issued: IssuedSecret[] = [];
  #project: Project;
  #lastSeq = 0;

  constructor(options: AccountOptions) {
    this.clock = options.clock;
    this.#entropy = options.entropy;
    this.#switches = options.switches;
    this.#project = this.#openProject(options.projectId, options.secret, 'start');
  }

  get switches(): StytchSwitches {
    return this.#switches.current;
  }

  get project(): Project {
    return this.#project;
  }

  get issued(): readonly IssuedSecret[] {
    return this.#issued;
  }

  /** Another project from now on: a new and empty one, or one that was in use before, with what it held. */
  switchProject(projectId: string | undefined, secret: string | undefined): Project {
    const known = projectId === undefined ? undefined : this.#projects.get(projectId);
    this.#project = known ?? this.#openProject(projectId, secret, 'console');
    if (known !== undefined && secret !== undefined) this.replaceManagementSecret(secret);
    return this.#project;
  }

  replaceManagementSecret(value: string | undefined): IssuedSecret {
    this.#revoke(this.#project.secret);
    this.#project.secret = this.#issueManagement(value, 'console');
    return this.#project.secret;
  }

  addClient(
    fields: Omit<StytchClient, 'seq' | 'createdAt' | 'current' | 'next'>,
    secret?: string,
  ): StytchClient {
    const client: StytchClient = {
      ...fields,
      seq: ++this.#lastSeq,
      createdAt: this.clock.now(),
      current: this.#issueClient(fields.clientId, fields.createdBy, secret),
      next: null,
    };
    this.#project.clients.set(client.clientId, client);
    return client;
  }

  /** Throws `m2m_client_not_found`. */
  client(clientId: string): StytchClient {
    const client = this.findClient(clientId);
    if (client === undefined) throw new StytchFailure('m2m_client_not_found');
    return client;
  }

  /** As a read finds it. */
  shown(clientId: string): StytchClient {
    const client = this.client(clientId);
    if (isShown(client.createdAt, this.clock.now(), this.switches.readLagMs)) return client;
    throw new StytchFailure('m2m_client_not_found');
  }

  findClient(clientId: string): StytchClient | undefined {
    const client = this.#project.clients.get(clientId);
    if (client !== undefined) this.#expireRotation(client);
    return client;
  }

  *allClients(): Generator<StytchClient> {
    for (const client of this.#project.clients.values()) {
      this.#expireRotation(client);
      yield client;
    }
  }

  removeClient(client: StytchClient): void {
    this.#revoke(client.current);
    this.discardNext(client);
    this.#project.clients.delete(client.clientId);
    this.#project.deletedIds.add(client.clientId);
  }

  addNext(client: StytchClient, by: Actor): IssuedSecret {
    const next = this.#issueClient(client.clientId, by);
    client.next = next;
    return next;
  }

  promoteNext(client: StytchClient, next: IssuedSecret): void {
    this.#revoke(client.current);
    client.current = next;
    client.next = null;
  }

  discardNext(client: StytchClient): void {
    if (client.next !== null) this.#revoke(client.next);
    client.next = null;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const bytes = this.#entropy(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** `test` or `live`: a part of every generated id. */
  get environment(): 'test' | 'live' {
    return this.#project.id.startsWith('project-live-') ? 'live' : 'test';
  }

  requestId(): string {
    return `request-id-${this.environment}-${this.uuid()}`;
  }

  #openProject(projectId: string | undefined, secret: string | undefined, by: Actor): Project {
    const id = projectId ?? `project-test-${this.uuid()}`;
    const project: Project = {
      id,
      secret: this.#issueManagement(secret ?? this.#managementSecret(id), by),
      clients: new Map(),
      deletedIds: new Set(),
    };
    this.#projects.set(id, project);
    return project;
  }

  #managementSecret(projectId: string): string {
    const environment = projectId.startsWith('project-live-') ? 'live' : 'test';
    return `secret-${environment}-${this.#entropy(33).toString('base64url')}`;
  }

  #issueManagement(value: string | undefined, by: Actor): IssuedSecret {
    return this.#issue('management', null, by, value ?? this.#managementSecret(this.#project.id));
  }

  /** The docs show 44 characters of the base64url alphabet. */
  #issueClient(clientId: string, by: Actor, value?: string): IssuedSecret {
    const suffix = this.switches.generatedSecretSuffix;
    const generated = (): string =>
      this.#entropy(33)
        .toString('base64url')
        .slice(0, 44 - suffix.length) + suffix;
    return this.#issue('client', clientId, by, value ?? generated());
  }

  #issue(kind: IssuedSecret['kind'], clientId: string | null, by: Actor, value: string): IssuedSecret {
    const secret: IssuedSecret = { kind, clientId, value, by, issuedAt: this.clock.now(), revokedAt: null };
    this.#issued.push(secret);
    return secret;
  }

  #revoke(secret: IssuedSecret): void {
    secret.revokedAt ??= this.clock.now();
  }

  #expireRotation(client: StytchClient): void {
    const timeout = this.switches.openRotationTimeoutMs;
    if (timeout === 0 || client.next === null) return;
    if (this.clock.now() - client.next.issuedAt >= timeout) this.discardNext(client);
  }
}
