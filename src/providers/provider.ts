import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { EntryField } from '../api/schema/machine-client-secret.ts';
import type { Reason } from '../api/reasons.ts';
import type { Secret } from '../runtime/secret.ts';
import type { Mark } from './mark.ts';
import type { Outcome } from './outcome.ts';

/** The parts of a credential that are shown once, or made here. */
export const secretFields = ['ClientSecret', 'PrivateKey', 'AccessKey', 'RoleID', 'KeyID'] as const;
export type SecretField = (typeof secretFields)[number];
/** A credential's values. A provider gives some of them, the Secret's entries hold some of those. */
export type SecretValues = Readonly<Partial<Record<SecretField, Secret>>>;

/**
 * How a client's credentials succeed each other.
 *
 *   additive       credentials are added and deleted one by one, each with an id
 *   two-phase      one current, at most one next; it is promoted or cancelled by position
 *   staged         one current, at most one rotated beside it; both are written by content and can be read
 *   ephemeral      issued, and gone by itself; there are no clients
 */
export type StyleName = 'additive' | 'two-phase' | 'staged' | 'ephemeral';

/** A key of the Secret, and what stands under it. */
export type Entries = readonly { readonly key: string; readonly field: EntryField }[];

/** What `decide`, the status and the documentation may know of a provider: data, declared once. Nobody asks for a name. */
export interface Capabilities {
  /** Of a client whose spec chooses no other. */
  readonly style: StyleName;
  /** The caller names the client, so that a repeated creation collides. */
  readonly choosesClientId: boolean;
  /** A creation brings the first credential; else it is one more call. */
  readonly createsCredential: boolean;
  /** Clients can be listed and looked up. */
  readonly canList: boolean;
  /** The list shows one organization at a time, which the spec names. */
  readonly listsByOrganization: boolean;
  /** Clients on one page of the list, at most; undefined: all are on one. */
  readonly pageSize: number | undefined;
  /** Credentials that may be alive at once; undefined: no limit is known. */
  readonly credentialLimit: number | undefined;
  /** The last credential of a client cannot be deleted. */
  readonly keepsLastCredential: boolean;
  /** What is issued carries whose it is, and by which operation it was issued: see `UpstreamCredential.issuedBy`. */
  readonly marksCredentials: boolean;
  /**
   * The credentials of a client are one set, which is written as a whole, by `mint` and by `retire`: such a call puts back
   * what it was made from, whenever it arrives.
   */
  readonly writesKeySet: boolean;
  /** Some fields take a request each, so that `update` may leave differences to the next one. */
  readonly updatesInParts: boolean;
  /**
   * The mark of a client can be written, rewritten and taken away at any time: so a client can be taken over, and let go.
   * Else it is written with the client, and stays.
   */
  readonly marksLater: boolean;
  /** A value tells which of the client's credentials it is: see `identify`. */
  readonly identifiesCredentials: boolean;
  /** How long a new credential may be refused before it counts as broken, in milliseconds. */
  readonly proofTimeMs: number;
  /**
   * How long a client that was just made, or any other change, may be missing from what reads show, in milliseconds: so
   * young a client that is not found is asked for again, and no other one is made in its place.
   */
  readonly readLagMs: number;
  /** What is shown of a credential besides its id. */
  readonly reports: { readonly suffix: boolean; readonly lastUse: boolean; readonly expiry: boolean };
  /** `spec.state: Inactive` can be had. */
  readonly canDeactivate: boolean;
  /** Managed fields of the spec that this provider bears, by their path below `spec`; all others are refused. */
  readonly fields: readonly string[];
  /** Those of them that can be cleared once they were set. */
  readonly clearable: readonly string[];
  /** Characters left to the user, where the mark or the provider takes some. */
  readonly textLimits: { readonly displayName: number; readonly description: number };
  /** What the entries of the Secret may hold of a credential; the first is what they hold where nobody names them. */
  readonly secretFields: readonly SecretField[];
}

/** What a credential carries, where it can carry anything. */
export interface IssuedBy {
  /** The full mark of the object; the short one where it is all that the provider shows. */
  readonly mark: string;
  /** Undefined: it does not say. */
  readonly operation: string | undefined;
}

export interface UpstreamCredential {
  /** The provider's id of it; where it has none, the last four characters. */
  readonly id: string;
  readonly suffix: string | undefined;
  /** The client that has it, where a credential is a client of its own; undefined: the one that lists it. */
  readonly clientId?: string | undefined;
  /** Two phases: current or next; staged: current or rotated. */
  readonly position?: 'current' | 'next' | 'rotated' | undefined;
  readonly createdTime?: number | undefined;
  /** When it ends by itself; undefined: never, or the provider does not tell. */
  readonly expiryTime?: number | undefined;
  /** `never`: not since it was made. undefined: the provider does not tell. */
  readonly lastUsedTime?: number | 'never' | undefined;
  /** With `marksCredentials`; undefined: no operator has issued it. */
  readonly issuedBy?: IssuedBy | undefined;
}

/** A client as the provider shows it: never with a secret. */
export interface UpstreamClient {
  readonly id: string;
  /** Whose it is; undefined: not marked by any operator, or only with `shortMark`. */
  readonly mark: Mark | undefined;
  /**
   * The short form of its mark, where no more is shown: a list whose items are summaries. Such a client is read before
   * anything is concluded from it; its fields and credentials are empty.
   */
  readonly shortMark?: string | undefined;
  /** Its list item shows no mark, not in its name either: anybody's. With `mark`: renamed since it was read whole. */
  readonly hidesMark?: boolean | undefined;
  /** It bore a mark, and was let go by `deletionPolicy: Retain`. */
  readonly released: boolean;
  /** The uid of the object that last wrote the mark, where it fits. */
  readonly uid?: string | undefined;
  readonly displayName: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly active: boolean;
  /** The oldest first. */
  readonly credentials: readonly UpstreamCredential[];
  readonly createdTime?: number | undefined;
  /** What only this provider knows, for its own `differences` and `update`. */
  readonly specific: unknown;
}

/** What of a client reaches a token or a right, beside its scopes and audiences: what clientPolicy bounds. */
export interface Powers {
  /** The names of its custom claims. */
  readonly customClaims?: readonly string[] | undefined;
  /** The keys of its custom metadata, without the operator's own. */
  readonly customMetadata?: readonly string[] | undefined;
  /** Undefined: the provider does not show it. */
  readonly accessTokenLifetimeMs?: number | undefined;
  /**
   * The policies of its tokens, where the provider has such, and the field, as `differences` names it, that they are managed
   * by. `not-shown`: the operator may not see them.
   */
  readonly tokenPolicies?:
    | { readonly names: readonly string[] | 'not-shown'; readonly field: string }
    | undefined;
  /** What gives it a right over all users of the account, and the field, as `differences` names it, that it is managed by. */
  readonly impersonation?: { readonly right: string; readonly field: string } | undefined;
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

/** A credential at the one moment at which its values are known. */
export interface NewCredential {
  /** As `UpstreamCredential.id`. */
  readonly id: string;
  readonly values: SecretValues;
  /** Wall clock, milliseconds; undefined: it does not expire, or nobody says when. */
  readonly expiryTime?: number | undefined;
  /** What it was issued for, as `EphemeralCalls.terms` says it. */
  readonly terms?: string | undefined;
  /** The provider did not make it: a user brought it. */
  readonly imported?: boolean | undefined;
  /** Staged: the id of the current credential, beside which it stands and whose place it is to take. */
  readonly previous?: string | undefined;
}

export interface Minted {
  readonly client: UpstreamClient;
  readonly credential: NewCredential;
}

export interface Created {
  readonly client: UpstreamClient;
  /** Undefined where `createsCredential` is false. */
  readonly credential: NewCredential | undefined;
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
  /** Of a write: the operation whose fence it is sent behind. What is issued carries it, with `marksCredentials`. */
  readonly operation?: string | undefined;
  /** Of the account's budget: told of each request that leaves. */
  readonly permit?: { sent(): void } | undefined;
}

/**
 * One account at a provider, connected. Every method that writes sends exactly one request and never repeats it; a
 * management token that has to be renewed is no write. What is done there stands in groups: a provider that has no
 * clients, or a client whose credentials do not succeed each other in this way, has no such group.
 */
export interface Account {
  /** Identity of the account, for example `acme/project-test-…`. */
  readonly id: string;
  readonly type: string;
  readonly capabilities: Capabilities;
  /** Where tokens are asked for; empty: nowhere. */
  readonly tokenUrl: string;
  readonly issuer: string;

  /** The same account within one organization; only with `listsByOrganization`. Pure. */
  within(organization: string): Account;
  /**
   * Whether the account answers and the management credential is good, where there is nothing to list. Not there: its
   * list says it.
   */
  check?(call: Call): Promise<Outcome<void>>;

  /**
   * Whether the wish can be borne at all: fields that mean nothing here, text that looks like a mark. With a client:
   * whether this one can be made so, or holds something that cannot be cleared. Pure.
   */
  refuse(wish: Wish, client?: UpstreamClient): Refusal | undefined;
  /** The style of a client that is made to this wish. Pure. */
  styleOf(wish: Wish): StyleName;
  /**
   * The entries of a Secret whose spec names none. `present`: those that it has now, in their order, for what is upgraded
   * rotates nothing. Pure.
   */
  defaultEntries(spec: MachineClientSpec, present?: Entries): Entries;
  /** What a person should know of a credential made to this wish, beyond that it works; undefined: nothing. Pure. */
  caveat?(wish: Wish): string | undefined;
  close(): Promise<void>;

  readonly clients?: ClientCalls;
  readonly additive?: AdditiveCalls;
  readonly twoPhase?: TwoPhaseCalls;
  readonly staged?: StagedCalls;
  readonly ephemeral?: EphemeralCalls;
}

/** Where there are clients, whatever their style. */
export interface ClientCalls {
  /** Names of the managed fields in which the client differs from the wish; empty when in sync. Pure. */
  differences(wish: Wish, client: UpstreamClient): readonly string[];
  /** Left out: nothing of the kind is shown. Pure. */
  powers?(client: UpstreamClient): Powers;
  /** Which of the client's credentials these values are, as far as they tell. Pure. */
  identify(values: SecretValues, client: UpstreamClient): UpstreamCredential | undefined;

  list(cursor: string | undefined, call: Call): Promise<Outcome<Page>>;
  /** `undefined`: there is none. */
  get(id: string, call: Call): Promise<Outcome<UpstreamClient | undefined>>;
  /** `id`: the chosen one; only with `choosesClientId`. */
  create(
    wish: Wish,
    id: string | undefined,
    importSecret: Secret | undefined,
    call: Call,
  ): Promise<Outcome<Created>>;
  /** Writes every field that differs, and the mark; with `updatesInParts`, as many of them as one request bears. */
  update(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** One more credential beside the others. `client` of the answer: as it is with it, as far as is known. */
  mint(wish: Wish, client: UpstreamClient, call: Call): Promise<Outcome<Minted>>;
  /** Gone already is a success. */
  remove(id: string, call: Call): Promise<Outcome<void>>;
  /** Rewrites the mark to "released": the client is nobody's from then on. */
  release(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** Asks for a token, or what stands for it here. `rejected` with reason CredentialRefused is the answer no. */
  prove(clientId: string, values: SecretValues, call: Call): Promise<Outcome<void>>;
}

/** Beside `ClientCalls`, where credentials go by their id. */
export interface AdditiveCalls {
  /** This credential stops working, for good. Gone already is a success. */
  retire(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>>;
}

/** Beside `ClientCalls`, where credentials go by their position. */
export interface TwoPhaseCalls {
  /** Next becomes current, and the former current one stops working. */
  promote(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
  /** Next stops working. */
  cancel(client: UpstreamClient, call: Call): Promise<Outcome<UpstreamClient>>;
}

/** Beside `ClientCalls`, where a second credential stands beside the current one, and both can be read. */
export interface StagedCalls {
  /** The credential of this id as the provider has it now. undefined: the client does not bear it any more. */
  read(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<NewCredential | undefined>>;
  /**
   * The rotated credential of this id becomes the current one, and the current one as `client` shows it the rotated one: one
   * write, after which both work. Done already is a success; where others stand there, nothing is done.
   */
  turn(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>>;
  /** The rotated credential of this id stops working. Gone already is a success; another one stays. */
  drop(client: UpstreamClient, credentialId: string, call: Call): Promise<Outcome<UpstreamClient>>;
}

/** Where there are secrets alone. */
export interface EphemeralCalls {
  /**
   * What a secret issued to this wish is bound to, short and without anything private. A wish with other terms needs
   * another secret. Pure.
   */
  terms(wish: Wish): string;
  /** A secret that belongs to no client, and ends by itself. */
  issue(wish: Wish, call: Call): Promise<Outcome<NewCredential>>;
}

/** True when the error says that the client has as many credentials as it can have. */
export const credentialLimit = 'credential_limit';
/** True when the error says that nothing can stand beside the present credential of the client. */
export const noOverlap = 'no_overlap';
/** True when the error says that a client of the chosen id is there already. */
export const duplicateClient = 'duplicate_client';
