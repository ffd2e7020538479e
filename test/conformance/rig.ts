import { type FlatAccount } from '../helpers/flat-account.ts';

/** The calls of the port that reach the provider. */
export type PortCall =
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'mint'
  | 'retire'
  | 'promote'
  | 'cancel'
  | 'read'
  | 'turn'
  | 'drop'
  | 'remove'
  | 'release'
  | 'prove';

/** What may happen to a call; each is a fault of every simulator (test/simulators/README.md). */
export type PortFault =
  | { readonly fault: 'drop-before' | 'drop-after' | 'truncate' }
  | { readonly fault: 'html-502'; readonly phase: 'before' | 'after' }
  | { readonly fault: 'redirect'; readonly location: string }
  | {
      readonly fault: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: 'json' | 'html';
      readonly phase?: 'before' | 'after';
    };

/** A client as the provider itself knows it, with every secret that works now. */
export interface TrueClient {
  readonly id: string;
  readonly active: boolean;
  readonly displayName: string;
  readonly description: string;
  /** Empty where the provider has none. */
  readonly scopes: readonly string[];
  /** Values of credentials, in a form that `prove` takes; where the provider keeps none of them, their ids. */
  readonly secrets: readonly string[];
}

/** A real server has to be asked. */
type Awaitable<T> = T | Promise<T>;

/** A provider's account, connected to its simulator or to a real server. What the shared suite needs of both. */
export interface Rig extends AsyncDisposable {
  readonly account: FlatAccount;
  clients(): Awaitable<readonly TrueClient[]>;
  /** The next `times` calls of this kind (1), and only those; replaces any earlier fault. */
  fault(call: PortCall, fault: PortFault, times?: number): void;
  /** How many requests of this kind arrived. */
  requests(call: PortCall): number;
  /** A client that somebody made in the console, without a mark. Returns its id: the wanted one where it can be had. */
  addForeign(id: string): Awaitable<string>;
  /** In the console. */
  removeInConsole(id: string): Awaitable<void>;
  /** No page of the list is longer than this. */
  limitPages(size: number): void;
  /** A list does not say where it ends: one call more finds that out. A look-up is a list, too. */
  readonly asksForTheEnd?: true;
  /** How many clients are there from the start, and are shown to nobody: a list reads past them. */
  readonly others?: number;
  /** So many calls of the list in any second; the others are refused. */
  limitLists(perSecond: number): void;
}

/** A simulator knows at once. */
export interface SimulatedRig extends Rig {
  clients(): readonly TrueClient[];
  addForeign(id: string): string;
  removeInConsole(id: string): void;
}
