import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { Reason } from '../api/reasons.ts';
import type { Secret } from '../runtime/secret.ts';
import type { Mark } from './mark.ts';
import type { Outcome } from './outcome.ts';

/** What `decide` may know of a provider: data, declared once. Nobody asks for a provider's name. */
export interface Capabilities {
  /**
   * additive       credentials are added and deleted one by one, each with an id
   * two-phase      one current, at most one next; it is promoted or cancelled by position
   * second-client  no overlap on one client: a second client is registered
   * ephemeral      issued, and gone by itself
   */
  readonly style: 'additive' | 'two-phase' | 'second-client' | 'ephemeral';
  /** The caller names the client, so that a repeated creation collides. */
  readonly choosesClientId: boolean;
  /** Clients can be listed and looked up. */
  readonly canList: boolean;
  /** Credentials that may be alive at once. */
  readonly credentialLimit: number;
  /** How long a new credential may be refused before it counts as broken, in milliseconds. */
  readonly proofTimeMs: number;
}

export interface UpstreamCredential {
  /** The provider's id of it; where it has none, the last four characters. */
  readonly id: string;
  readonly suffix: string | undefined;
  /** Two-phase providers: which position it holds. */
  readonly position: 'current' | 'next';
  readonly createdTime?: number | undefined;
  /** When it ends by itself; undefined: never, or the provider does not tell. */
  readonly expiryTime?: number | undefined;
  /** `never`: not since it was made. undefined: the provider does not tell. */
  readonly lastUsedTime?: number | 'never' | undefined;
}

/** A client as the provider shows it: never with a secret. */
export interface UpstreamClient {
  readonly id: string;
  /** Whose it is; undefined: not marked by any operator. */
  readonly mark: Mark | undefined;
  /** It bore a mark, and was let go by `deletionPolicy: Retain`. */
  readonly released: boolean;
  /** The uid of the object that last wrote the mark, where it fits. */
  readonly uid?: string | undefined;
  readonly displayName: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly active: boolean;
  readonly credentials: readonly UpstreamCredential[];
  readonly createdTime?: number | undefined;
  /** What only this provider knows, for its own `differences` and `update`. */
  readonly specific: unknown;
}

/** What the client should be: the fields of the spec, and who asks. */
export interface Wish {
  readonly spec: MachineClientSpec;
  readonly mark: Mark;
  readonly uid: string;
}

export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}

export interface Minted {
  readonly client: UpstreamClient;
  readonly credentialId: string;
  readonly secret: Secret;
}

export interface Page {
  readonly clients: readonly UpstreamClient[];
  readonly next: string | undefined;
}

/** For one request. */
export interface Call {
  readonly signal: AbortSignal;
  /**
   * The request is not sent any more after this moment of the monotonic clock: it may have to wait for a connection,
   * and a write that leaves late meets a world that others have already changed.
   */
  readonly leaveBy?: number | undefined;
}

/**
 * One account at a provider, connected. Every method that writes sends exactly one request and never repeats it.
 */
export interface Account {
  /** Identity of the account, for example `stytch/project-test-…`. */
  readonly id: string;
  readonly type: string;
  readonly capabilities: Capabilities;
  readonly tokenUrl: string;
  readonly issuer: string;

  /** Whether the wish can be borne at all: fields that mean nothing here, text that looks like a mark. Pure. */
  refuse(wish: Wish): Refusal | undefined;
  /** Names of the managed fields in which the client differs from the wish; empty when in sync. Pure. */
  differences(wish: Wish, client: UpstreamClient): readonly string[];

  list(cursor: string | undefined, call: Call): Promise<Outcome<Page>>;
  /** `undefined`: there is none. */
  get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>>;
  create(
    wish: Wish,
    id: string | undefined,
    importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Minted>>;
  /** Writes every field that differs, and the mark. */
  update(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** One more credential beside the others. */
  mint(client: UpstreamClient, call: Call): Promise<Outcome<Minted>>;
  /** Two-phase: next becomes current, and the former current one stops working. */
  promote(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** Two-phase: next stops working. */
  cancel(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** Gone already is a success. */
  remove(id: string, call: Call): Promise<Outcome<void>>;
  /** Rewrites the mark to "released": the client is nobody's from then on. */
  release(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** Asks the token endpoint for a token. `rejected` with reason CredentialRefused is the answer no. */
  prove(clientId: string, secret: Secret, call: Call): Promise<Outcome<void>>;

  close(): Promise<void>;
}

/** True when the error says that a client of the chosen id is there already. */
export const duplicateClient = 'duplicate_client';
