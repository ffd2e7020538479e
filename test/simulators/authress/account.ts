import type { Clock } from '../../../src/runtime/clock.ts';
import type { Switches } from '../switches.ts';
import { AuthressFailure } from './errors.ts';
import { type KeyPair, keyPairOf, publicHalf } from './key-pair.ts';
import type { AuthressSwitches } from './switches.ts';
import type { Entropy } from '../simulator.ts';
import { isShown } from '../provider.ts';

/** Who made a thing: a caller of the API, a person in the console, or the simulator's start. */
export type Actor = 'api' | 'console' | 'start';

/** A secret that was issued, kept for ever: tests look for it in logs, and check when it was valid. */
export interface IssuedSecret {
  readonly kind: 'management' | 'client';
  readonly form: 'accessKey' | 'clientSecret';
  readonly clientId: string;
  readonly keyId: string;
  readonly value: string;
  readonly by: Actor;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** When it stopped working; null while it works. */
  revokedAt: number | null;
}

export interface AuthressKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly by: Actor;
  readonly generatedAt: number;
  /** Null where the caller brought the public half: then nobody here knows a secret. */
  readonly accessKey: IssuedSecret | null;
  readonly clientSecret: IssuedSecret | null;
}

export interface RateLimitSetting {
  readonly duration: string;
  readonly quota: number | null;
}

/** What an API call may write of a client. */
export interface ClientFields {
  name: string | null;
  options: { readonly grantUserPermissionsAccess: boolean; readonly grantTokenGeneration: boolean };
  rateLimits: readonly RateLimitSetting[];
  tags: Readonly<Record<string, string>>;
}

export interface AuthressClient extends ClientFields {
  /** Order of creation within the account. */
  readonly seq: number;
  readonly clientId: string;
  readonly createdAt: number;
  readonly createdBy: Actor;
  /** The oldest first. */
  keys: readonly AuthressKey[];
}

interface AccountOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly switches: Switches<AuthressSwitches>;
  /** The management access key; default: a new one of a new account. */
  readonly accessKey?: string | undefined;
}

export const noFields: ClientFields = {
  name: null,
  options: { grantUserPermissionsAccess: false, grantTokenGeneration: false },
  rateLimits: [],
  tags: {},
};

const lowerAlphanumerics = 'abcdefghijklmnopqrstuvwxyz0123456789';
const alphanumerics = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${lowerAlphanumerics}`;

/** What Authress stores for one customer: clients with their keys, one of which manages the others. */
export class AuthressAccount {
  readonly clock: Clock;
  readonly accountId: string;
  /** Of the tokens of the token endpoint. */
  readonly tokenKey: KeyPair;
  /** The client of the management key. */
  readonly management: AuthressClient;
  readonly #entropy: Entropy;
  readonly #switches: Switches<AuthressSwitches>;
  /** By id, in the order of creation. */
  readonly #clients = new Map<string, AuthressClient>();
  readonly #issued: IssuedSecret[] = [];
  readonly #lastKeyAt = new Map<string, number>();
  #managementKey: IssuedSecret;
  #lastSeq = 0;

  constructor({ clock, entropy, switches, accessKey }: AccountOptions) {
    this.clock = clock;
    this.#entropy = entropy;
    this.#switches = switches;
    const [clientId, keyId, accountId, privateKey] = accessKey?.split('.') ?? [];
    if (accessKey !== undefined && accessKey.split('.').length !== 4)
      throw new Error('accessKey is clientId.keyId.accountId.privateKey');
    this.accountId = accountId ?? `acc-${this.text(12, lowerAlphanumerics)}`;
    this.tokenKey = keyPairOf(entropy(32));
    this.management = this.addClient({ ...noFields, name: 'Management' }, 'start', clientId);
    const key = this.#addGenerated(this.management, 'start', {
      keyId,
      pair: privateKey === undefined ? undefined : { privateKey, publicKey: publicHalf(privateKey) },
    });
    this.#managementKey = key.accessKey;
  }

  get switches(): AuthressSwitches {
    return this.#switches.current;
  }

  get issued(): readonly IssuedSecret[] {
    return this.#issued;
  }

  /** The one that works now. */
  get managementKey(): string {
    return this.#managementKey.value;
  }

  /** A new management key; the old one is refused at once. */
  replaceManagementKey(): string {
    if (!this.#clients.has(this.management.clientId)) throw new AuthressFailure('NotFound');
    const [old] = this.management.keys;
    if (old) this.removeKey(this.management, old);
    this.#managementKey = this.#addGenerated(this.management, 'console').accessKey;
    return this.#managementKey.value;
  }

  addClient(fields: ClientFields, by: Actor, clientId = `sc_${this.text(22)}`): AuthressClient {
    const client: AuthressClient = {
      ...fields,
      seq: ++this.#lastSeq,
      clientId,
      createdAt: this.clock.now(),
      createdBy: by,
      keys: [],
    };
    this.#clients.set(clientId, client);
    return client;
  }

  /** Throws `NotFound`. */
  client(clientId: string): AuthressClient {
    const client = this.#clients.get(clientId);
    if (client === undefined) throw new AuthressFailure('NotFound');
    return client;
  }

  /** As a read finds it. */
  shown(clientId: string): AuthressClient {
    const client = this.client(clientId);
    if (isShown(client.createdAt, this.clock.now(), this.switches.readLagMs)) return client;
    throw new AuthressFailure('NotFound');
  }

  findClient(clientId: string): AuthressClient | undefined {
    return this.#clients.get(clientId);
  }

  /** All but the one that manages the others. */
  managed(): readonly AuthressClient[] {
    return [...this.#clients.values()].filter((client) => client !== this.management);
  }

  removeClient(client: AuthressClient): void {
    for (const key of client.keys) this.removeKey(client, key);
    this.#clients.delete(client.clientId);
    this.#lastKeyAt.delete(client.clientId);
  }

  /** `publicKey`: the caller has made the pair. */
  addKey(client: AuthressClient, by: Actor, publicKey?: string): AuthressKey {
    if (publicKey === undefined) return this.#addGenerated(client, by);
    return this.#add(client, {
      keyId: this.#freeKeyId(client),
      publicKey,
      by,
      generatedAt: this.clock.now(),
      accessKey: null,
      clientSecret: null,
    });
  }

  removeKey(client: AuthressClient, key: AuthressKey): void {
    for (const secret of [key.accessKey, key.clientSecret])
      if (secret !== null) secret.revokedAt ??= this.clock.now();
    client.keys = client.keys.filter(({ keyId }) => keyId !== key.keyId);
  }

  /** Milliseconds until this client may have another key; 0: now. */
  keyWait({ clientId }: AuthressClient): number {
    const last = this.#lastKeyAt.get(clientId);
    if (last === undefined || this.switches.keyWindowMs === 0) return 0;
    return Math.max(0, last + this.switches.keyWindowMs - this.clock.now());
  }

  /** The keys of a client that the service accepts by now. */
  workingKeys(client: AuthressClient): readonly AuthressKey[] {
    if (client === this.management) return client.keys;
    const newest = this.clock.now() - this.switches.keyDelayMs;
    return client.keys.filter(({ generatedAt }) => generatedAt <= newest);
  }

  errorId(): string {
    return `err_${this.text(16)}`;
  }

  text(length: number, alphabet = alphanumerics): string {
    return Array.from(this.#entropy(length), (byte) => alphabet[byte % alphabet.length]).join('');
  }

  #addGenerated(
    client: AuthressClient,
    by: Actor,
    given: { readonly keyId?: string | undefined; readonly pair?: KeyPair | undefined } = {},
  ): AuthressKey & { readonly accessKey: IssuedSecret } {
    const pair = given.pair ?? keyPairOf(this.#entropy(32));
    const keyId = given.keyId ?? this.#freeKeyId(client);
    const { clientSecrets } = this.switches;
    const issue = (form: IssuedSecret['form'], value: string): IssuedSecret =>
      this.#issue({ form, value, by, clientId: client.clientId, keyId });
    const key = {
      keyId,
      publicKey: pair.publicKey,
      by,
      generatedAt: this.clock.now(),
      accessKey: issue('accessKey', [client.clientId, keyId, this.accountId, pair.privateKey].join('.')),
      clientSecret:
        clientSecrets === 'absent' || client === this.management
          ? null
          : issue('clientSecret', clientSecrets === 'separate' ? this.text(43) : pair.privateKey),
    };
    this.#add(client, key);
    return key;
  }

  #add(client: AuthressClient, key: AuthressKey): AuthressKey {
    client.keys = [...client.keys, key];
    this.#lastKeyAt.set(client.clientId, key.generatedAt);
    return key;
  }

  #freeKeyId(client: AuthressClient): string {
    for (;;) {
      const keyId = this.text(4);
      if (!client.keys.some((key) => key.keyId === keyId)) return keyId;
    }
  }

  #issue(facts: Pick<IssuedSecret, 'form' | 'clientId' | 'keyId' | 'value' | 'by'>): IssuedSecret {
    const kind = facts.clientId === this.management.clientId ? 'management' : 'client';
    const secret: IssuedSecret = { kind, ...facts, issuedAt: this.clock.now(), revokedAt: null };
    this.#issued.push(secret);
    return secret;
  }
}
