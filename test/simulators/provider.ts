import type { IncomingHttpHeaders } from 'node:http';
import type { ServerSwitches, Switches } from './switches.ts';

/** A request body, read whole. `malformed`: neither JSON nor a form, or too big. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly value: URLSearchParams }
  | { readonly kind: 'malformed' };

/** One call of the provider's API, as a route's handler sees it. */
export interface Call {
  readonly operation: string;
  /** Path parameters, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  /** Where the call comes from. */
  readonly address: string;
  /** The gateway in front has logged in for the caller: no credentials of the provider are asked for. */
  readonly vouchedFor: boolean;
}

/** A request as it came, for a server that is behind this one. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, without the gateway's path prefix. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What goes back: a JSON value, a text with its own content type, or nothing (undefined). */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The provider's id of the request, for the log. */
  readonly requestId?: string;
}

export interface Route {
  readonly operation: string;
  readonly method: string;
  /** `/v1/things/:thing_id`: a segment that begins with a colon is a parameter. */
  readonly path: string;
  /** `public` routes ask for no management credentials, so a gateway may let them through. */
  readonly access: 'management' | 'public';
  /** The id of the client that the call is about, where it is not the path parameter `client_id`. */
  subject?(call: Call): string | undefined;
  /** Does the work at once: what it changes is committed when it returns. Resolves with the answer. */
  handle(call: Call): Reply | Promise<Reply>;
}

/** A provider as the common HTTP server and the control endpoint see it. */
export interface SimulatedProvider {
  readonly name: string;
  readonly routes: readonly Route[];
  /**
   * Where another server does the work: every request is its to answer, also one that no route takes, and the routes only
   * name them. Rejects with NoAnswer when none came.
   */
  passOn?(request: WireRequest): Promise<Reply>;
  readonly switches: Switches<ServerSwitches>;
  /** The operation that lists clients; undefined: there is none. */
  readonly listOperation?: string;
  /** Names of body fields that are not written to the request log. */
  readonly secretFields: readonly string[];
  /** An error in the shape that this operation answers with; `errorType` defaults by the status. */
  failure(operation: string | undefined, status: number, errorType?: string): Reply;
  /** Everything there is, secrets included: tests compare with it. */
  state(): Record<string, unknown>;
  /** Every secret ever issued, valid or not. */
  secrets(): readonly unknown[];
  /** What a person does in the provider's console. Throws a ControlError when it cannot be done. */
  act(action: unknown): unknown;
  reset(): void;
}

/** Whether reads show it, with this lag (`readLagMs`, or a list's own where that is longer). */
export const isShown = (createdAt: number, now: number, lagMs: number): boolean =>
  lagMs === 0 || createdAt <= now - lagMs;

/** Whoever asked gets none either. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** A refusal of the control endpoint; the text is for the author of the test. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}
