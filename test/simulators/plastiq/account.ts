import type { Clock } from '../../../src/runtime/clock.ts';
import { ControlError } from '../provider.ts';
import type { Switches } from '../switches.ts';
import type { PlastiqSwitches } from './switches.ts';
import type { Entropy } from '../simulator.ts';

/** Who made a thing: a caller of the API, a person in the console, or the simulator's start. */
type Actor = 'api' | 'console' | 'start';

interface Issued {
  readonly value: string;
  readonly by: Actor;
  /** Milliseconds since the epoch, as all times here. */
  readonly issuedAt: number;
  /** When it ends, or has ended, by itself. */
  expiresAt: number;
  /** When a person took it back; null while nobody did. */
  revokedAt: number | null;
}

export interface ApiKey extends Issued {
  readonly kind: 'management';
}

/** On whose behalf a secret was asked for, as the headers said it. */
export interface EndUser {
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly deviceId: string | null;
}

export interface ClientSecret extends Issued {
  readonly kind: 'client';
  readonly version: 'V1' | 'V2';
  readonly endUser: EndUser;
  readonly traceId: string;
  /** Null: not bound to a payer yet. */
  payerId: string | null;
  /** When it was used first; null while it was not. */
  usedAt: number | null;
}

/** Kept for ever: tests look for it in logs, and check when it was valid. */
export type IssuedSecret = ApiKey | ClientSecret;

export interface Payer {
  readonly id: string;
  readonly createdAt: number;
  readonly by: Actor;
  fields: Readonly<Record<string, unknown>>;
}

interface AccountOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly switches: Switches<PlastiqSwitches>;
  readonly apiKey?: string | undefined;
  readonly payerId?: string | undefined;
}

/** Documented: as many keys may be alive at once. */
const MOST_KEYS = 2;

/** What Plastiq stores for one partner: API keys, payers, client secrets. */
export class PlastiqAccount {
  readonly clock: Clock;
  readonly payers = new Map<string, Payer>();
  /** The payer that is there from the start. */
  readonly firstPayerId: string;
  readonly #entropy: Entropy;
  readonly #switches: Switches<PlastiqSwitches>;
  readonly #issued: IssuedSecret[] = [];
  #newestKey: ApiKey;

  constructor({ clock, entropy, switches, apiKey, payerId }: AccountOptions) {
    this.clock = clock;
    this.#entropy = entropy;
    this.#switches = switches;
    this.#newestKey = this.#addKey(apiKey, 'start');
    this.firstPayerId = this.addPayer({ contact: { email: 'payer@example.com' } }, 'start', payerId).id;
  }

  get switches(): PlastiqSwitches {
    return this.#switches.current;
  }

  get issued(): readonly IssuedSecret[] {
    return this.#issued;
  }

  /** The one that was made last, whether or not it is still good. */
  get newestKey(): ApiKey {
    return this.#newestKey;
  }

  acceptsKey(value: string): boolean {
    return this.#liveKeys().some((key) => key.value === value);
  }

  /** The former one lives on for a while. */
  rotateKey(value: string | undefined): ApiKey {
    const live = this.#liveKeys();
    if (live.length >= MOST_KEYS) throw new ControlError(409, `${MOST_KEYS} API keys are alive already`);
    const ends = this.clock.now() + this.switches.rotatedKeyLifetimeMs;
    for (const key of live) key.expiresAt = Math.min(key.expiresAt, ends);
    this.#newestKey = this.#addKey(value, 'console');
    return this.#newestKey;
  }

  revokeKey(value: string): void {
    const key = this.#liveKeys().find((live) => live.value === value);
    if (key === undefined) throw new ControlError(404, 'no such API key is alive');
    key.revokedAt = this.clock.now();
  }

  addPayer(fields: Payer['fields'], by: Actor, id = this.uuid()): Payer {
    const payer: Payer = { id, createdAt: this.clock.now(), by, fields };
    this.payers.set(id, payer);
    return payer;
  }

  /** The secrets of the payer are of no use any more, for there is nothing to use them for. */
  removePayer(id: string): boolean {
    return this.payers.delete(id);
  }

  addSecret(fields: Pick<ClientSecret, 'version' | 'payerId' | 'endUser' | 'traceId'>): ClientSecret {
    const { secretPrefix, secretLength, lifetimeV1Ms, lifetimeV2Ms } = this.switches;
    const issuedAt = this.clock.now();
    const secret: ClientSecret = {
      kind: 'client',
      value: secretPrefix + this.#entropy(48).toString('base64url').slice(0, secretLength),
      by: 'api',
      issuedAt,
      expiresAt: issuedAt + (fields.version === 'V1' ? lifetimeV1Ms : lifetimeV2Ms),
      revokedAt: null,
      usedAt: null,
      ...fields,
    };
    this.#issued.push(secret);
    return secret;
  }

  findSecret(value: string): ClientSecret | undefined {
    return this.#issued.findLast(
      (secret): secret is ClientSecret => secret.kind === 'client' && secret.value === value,
    );
  }

  /** A version 4 UUID. */
  uuid(): string {
    const bytes = this.#entropy(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  #liveKeys(): ApiKey[] {
    const now = this.clock.now();
    return this.#issued.filter(
      (key): key is ApiKey => key.kind === 'management' && key.revokedAt === null && now < key.expiresAt,
    );
  }

  #addKey(value: string | undefined, by: Actor): ApiKey {
    const issuedAt = this.clock.now();
    const key: ApiKey = {
      kind: 'management',
      value: value ?? `pk_sandbox_${this.#entropy(24).toString('base64url')}`,
      by,
      issuedAt,
      expiresAt: issuedAt + this.switches.apiKeyLifetimeMs,
      revokedAt: null,
    };
    this.#issued.push(key);
    return key;
  }
}
