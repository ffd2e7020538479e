import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderType } from '../../../src/providers/registry.ts';
import type { Mark } from '../../../src/providers/mark.ts';
import type { RunningSimulator } from '../../simulators/simulator.ts';

/** A client as the provider itself knows it; where there are none, what its secrets are bound to (Plastiq: a payer). */
export interface TrueClient {
  readonly clientId: string;
  /** The full mark that it bears; undefined: none, or released. */
  readonly owner: string | undefined;
  readonly name: string;
  readonly createdAt: number;
  /** Those that work now, the oldest first. */
  readonly credentials: readonly TrueCredential[];
  /** All that the provider keeps of it, to be compared to the letter. */
  readonly record: unknown;
}

export interface TrueCredential {
  readonly id: string;
  /** What the Secret holds of it under `valueEntry`. */
  readonly value: string;
  /** Wall clock, milliseconds. */
  readonly createdAt: number;
  /** As status shows it, without the mask. */
  readonly suffix: string;
}

/** A secret that was ever issued. `clientId` is null for those that log an operator in. */
export interface TrueSecret {
  readonly clientId: string | null;
  readonly value: string;
  readonly revokedAt: number | null;
}

/** How a call of the provider's API looks, for who reads along. */
export interface UpstreamRoute {
  readonly method: string;
  /** Its first group, if any, is the id of the client. */
  readonly path: RegExp;
  /** The query names the client by it; without it this is another route. */
  readonly inQuery?: string;
  readonly operation: string;
  readonly writes: boolean;
  /** Asks for a token, or for what stands for it: whether an answer of this status says that the credential is good. */
  readonly proves?: (status: number) => boolean;
}

export const isToken = (status: number): boolean => status < 300;

/** A provider of a test, whatever its style: its simulator, and how an operator reaches it. */
export interface Joined extends AsyncDisposable {
  readonly type: ProviderType;
  readonly url: string;
  /** The member of a provider object's spec; `baseUrl`: where a relay stands in front of it. */
  spec(baseUrl?: string): Readonly<Record<string, unknown>>;
  /** What logs the operator in. */
  managementSecret(): string;
  /** What every MachineClient of it needs. */
  readonly clientSpec: Readonly<Record<string, unknown>>;
  /** Fields of a spec that tests of all providers set, and that mean nothing to this one. */
  readonly without?: readonly string[];
  issuedSecrets(): readonly Pick<TrueSecret, 'value'>[];
  /** What must stand nowhere, where what is issued is no secret: of a key pair made here only the public half is. */
  hidden?(): readonly string[];
  /** What all simulators have. */
  readonly simulator: Pick<RunningSimulator<never, never, unknown, unknown>, 'requests' | 'setFaults'>;
  /** Answers take so long from now on, and what is new is in no list for a while. */
  slow(latencyMs: number, listLagMs: number): void;
  /**
   * Asks for a token, or for what stands for it. `path`: of the token endpoint, where the Secret names it. `privateKey`: what
   * the Secret has to sign with, where the value only names it.
   */
  ask(
    clientId: string,
    value: string,
    path?: string,
    privateKey?: string,
  ): Promise<'accepted' | 'refused' | 'no answer'>;
}

/** What a simulator does at once; a real server has to be asked. */
type Awaitable<T> = T | Promise<T>;

/** One of which tests know what only the provider knows. */
export interface Upstream extends Joined {
  readonly style: 'two-phase' | 'additive' | 'staged' | 'ephemeral';
  /** The entry of a Secret that holds what its consumers use. */
  readonly valueEntry: 'client-secret' | 'access-key' | 'secret-id' | 'key-id';
  /** How many values one credential has, each of which is issued. */
  readonly valuesOfCredential: number;
  clients(): readonly TrueClient[];
  issuedSecrets(): readonly TrueSecret[];
  /** The client that paths name by this id, where they have another one than everybody else. */
  clientOfPath?(id: string): string | undefined;
  readonly routes: readonly UpstreamRoute[];
  /** The operation that writes the credentials of a client as one set, where there is one. */
  readonly writesSet?: string;
  /** Which MachineClient (`<installation>/<namespace>/<name>`) a request that makes a client is for. */
  markIn(body: Readonly<Record<string, unknown>>): string | undefined;
  /** The client that a request names in its body, where its path names none. */
  clientIn(body: Readonly<Record<string, unknown>>): string | undefined;
  /** The client and the secret of a request that proves one; nothing where it is another one. */
  askedWith(request: { readonly body: string; readonly headers: IncomingHttpHeaders }): {
    readonly clientId?: string | undefined;
    readonly value?: string | undefined;
  };
  /** Somebody makes a client in the console; `wanted`: its id, where one can be chosen. */
  createForeign(wanted: string): Awaitable<{ readonly clientId: string; readonly secret: string }>;
  /** Another installation makes a client with its mark. */
  createMarked(mark: Mark): Awaitable<void>;
  deleteClient(clientId: string): Awaitable<void>;
  deleteCredential(clientId: string, id: string): Awaitable<void>;
  /** The management credential is replaced, and the former one refused. */
  rotateManagement(): void;
}
