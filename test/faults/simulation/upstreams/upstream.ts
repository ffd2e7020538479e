import type { Reply } from '../../../simulators/provider.ts';
import type { WireRequest } from '../exchange.ts';
import { INSTALLATION, type Schedule } from '../schedule.ts';

export const providerNames = [
  'stytch',
  'scalekit',
  'authress',
  'plastiq',
  'vaultapprole',
  'keycloak',
  'keycloaksecrets',
] as const;
export type ProviderName = (typeof providerNames)[number];

export type Style = 'two-phase' | 'additive' | 'staged' | 'ephemeral';

/** What a request to the provider changes there. */
export type UpstreamWrite =
  | 'create'
  | 'start'
  | 'mint'
  | 'promote'
  | 'cancel'
  | 'retire'
  | 'stage'
  | 'turn'
  | 'drop'
  | 'update'
  | 'delete'
  | 'issue';

/** A request to the provider, as its method, path and body say what it is. */
export interface UpstreamCall {
  readonly kind: UpstreamWrite | 'look' | 'list' | 'login' | 'proof';
  /** The client that it is about; empty: none, or one that it makes. */
  readonly clientId: string;
  /** The credential that it ends. */
  readonly credentialId?: string;
  /** `namespace/name` of the MachineClient that it says it is for. */
  readonly owner?: string | undefined;
  /** The credential of that client of which it shows that it opens something. */
  readonly proves?: string | undefined;
  /** The same call makes a client that is not there: what was sent for one may come after another one of it has made it. */
  readonly isUpsert?: boolean;
}

const writes: readonly string[] = [
  'create',
  'start',
  'mint',
  'promote',
  'cancel',
  'retire',
  'stage',
  'turn',
  'drop',
  'update',
  'delete',
  'issue',
] satisfies UpstreamWrite[];
export const isWrite = (call: UpstreamCall): call is UpstreamCall & { readonly kind: UpstreamWrite } =>
  writes.includes(call.kind);

export interface TrueCredential {
  /** As the provider shows it; with Stytch the last four characters. */
  readonly id: string;
  /** What a Secret holds of it. */
  readonly value: string;
  readonly by: 'api' | 'console' | 'start';
  /** By the provider's clock. */
  readonly createdAt: number;
  /** The operation that it carries, where the provider keeps such a thing with it. */
  readonly issuedBy?: string | undefined;
}

export interface TrueMark {
  /** `namespace/name` of the MachineClient. */
  readonly owner: string;
  readonly released: boolean;
  /** Of the object that wrote it last. */
  readonly uid: string | undefined;
}

/** A client as the provider itself knows it, at one moment. */
export interface TrueClient {
  readonly clientId: string;
  readonly createdAt: number;
  /** Of our installation. */
  readonly mark: TrueMark | undefined;
  /** Undefined: the provider's clients have none. */
  readonly scopes: readonly string[] | undefined;
  readonly active: boolean;
  /** Where the provider lists each by itself. */
  readonly organization?: string;
  /** Without what is ours in it. */
  readonly displayName: string;
  /** All that a person sees of it besides its credentials. */
  readonly fields: string;
  /** Those that live, the oldest first; in two phases the current one, and then the next one. */
  readonly credentials: readonly TrueCredential[];
}

/** What a person does to one client in the console. */
export type ConsoleDeed =
  | 'delete'
  | 'change'
  // In two phases.
  | 'start'
  | 'promote'
  | 'cancel'
  | 'rotate'
  // Staged: a new current one; the rotated one goes; the policy that keeps it is switched on, or off, for all.
  | 'regenerate'
  | 'drop-rotated'
  | 'bind'
  | 'unbind'
  // By addition: one more, as many as there may be; the newest goes, or the oldest.
  | 'add'
  | 'fill'
  | 'drop-newest'
  | 'drop-oldest';

/** What a Secret holds, for a provider that knows what was asked for. */
interface Held {
  readonly clientId: string;
  readonly value: string;
  readonly keys: readonly string[];
}

/** The account at the provider, without an HTTP server: what only the provider knows, and what people do there. */
export interface Upstream {
  readonly name: ProviderName;
  readonly style: Style;
  /** A creation brings the first credential; else it is one more call. */
  readonly createsCredential: boolean;
  /** Its lists show names alone, whatever the switches are. */
  readonly listsNames?: true;
  /** How many credentials a client may have at once. */
  readonly mostCredentials: number;
  /** The member of a provider object's spec. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** What logs the operator in at present. */
  readonly login: string;
  /** What it changes is changed when this returns. */
  handle(request: WireRequest): Reply | Promise<Reply>;
  refuse(status: number): Reply;
  read(request: WireRequest): UpstreamCall;
  clients(): readonly TrueClient[];
  client(id: string): TrueClient | undefined;
  /** It is a credential of this client that lives, though one that was just made may not work everywhere yet. */
  accepts(clientId: string, value: string): boolean;
  /** What is in the Secret is of the kind that the spec asks for. */
  isWhatIsAsked(spec: object, held: Held): boolean;
  /** What stands for it in `clients` for as long as no Secret has shown it: of some, only the public half came here. */
  unshown?(clientId: string, value: string): string | undefined;
  /** Staged: nothing of ours is kept beside the current one any more. */
  keepsRotated?(): boolean;
  /** After so many milliseconds it ends by itself. */
  lifeOf(value: string): number | undefined;
  /** Every secret that was ever issued. */
  issued(): Iterable<string>;
  setSwitches(patch: Readonly<Record<string, unknown>>): void;
  /** Does what can be done at the moment. */
  actOn(clientId: string, deed: ConsoleDeed): void;
  /**
   * A client that a person makes in the console, and what a Secret holds of its first credential, if it has one. It has
   * the wished id where the provider does not choose them. Left out: there are no clients.
   */
  makeByHand?(
    wishedId: string,
    spec: Readonly<Record<string, unknown>>,
  ): { readonly clientId: string; readonly value: string };
  /** One credential is ended in the console. */
  dropCredential(clientId: string, id: string): void;
  /** The login is another one from now on, and the former one is refused. */
  replaceLogin(): void;
  /** Whatever was issued to logins so far is refused: they must log in again. */
  endSessions(): void;
  /** No more clients than that; 0: any number. */
  setQuota(clients: number): void;
  /** What every secret is issued for is gone, or there again. */
  setSubject(present: boolean): void;
}

/** A list shows the name of a client, and no more of it. */
export const listsNames = (world: {
  readonly upstream: Upstream;
  readonly schedule: Pick<Schedule, 'settings'>;
}): boolean =>
  world.upstream.listsNames === true || world.schedule.settings.switches?.['listItems'] === 'summary';

/** Whose a mark says that the client is. */
export const trueMark = (
  full: string | undefined,
  released: boolean,
  uid: string | undefined,
): TrueMark | undefined => {
  const [installation, namespace, name] = (full ?? '').split('/');
  return installation === INSTALLATION ? { owner: `${namespace}/${name}`, released, uid } : undefined;
};
