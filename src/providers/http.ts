import type { Dispatcher } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import { linkAbort, whileAlive } from '../runtime/linked-abort.ts';
import { ProxyFailure } from '../runtime/tunnel.ts';
import { answerLimits, pageLimits, readJson, UnreadableAnswer } from './answer.ts';
import { connectProvider, type ConnectProvider, type Connection } from './connection.ts';
import { mergeHeaders } from './headers.ts';
import { ProviderError } from './outcome.ts';
import type { Path } from './path.ts';
import type { Call } from './provider.ts';
import { retryAfterMs } from '../net/retry-after.ts';
import { SendTracker } from '../net/send-tracker.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Joined to the base URL, whose path prefix is kept. */
  readonly path: Path;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What a MachineClient says of its own request: it wins over `spec.connection.headers`. */
  readonly clientHeaders?: Readonly<Record<string, string>> | undefined;
  /** Ours, with the management credential or a gateway's: an Authorization of `spec.connection.headers` goes along. */
  readonly management?: boolean;
  /** What we have named the request to the provider. It is in the headers already. */
  readonly requestId?: string;
  /** It may take no longer than this, where that is less than what the connection allows. */
  readonly timeoutMs?: number;
  /** A page of a list may be larger than other answers. */
  readonly page?: boolean;
  readonly body?: string;
}

/**
 * `failure.left` says whether the request may have reached the provider: false means that it certainly has not.
 */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Parsed; null where there is no body, undefined where it is not JSON. */
      readonly json: unknown;
      readonly retryAfterMs: number | undefined;
      /** As in the request. */
      readonly requestId?: string | undefined;
    }
  | {
      readonly kind: 'failure';
      readonly left: boolean;
      readonly error: ProviderError;
      /** The answer was larger than any that is read. */
      readonly tooMuch?: boolean;
    };

/** A server that says "tomorrow" is asked again sooner. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

class NotSent extends Error {}
/** It would not be the request that was meant. The message is for a sentence. */
class Unsendable extends Error {}

const certificateCodes =
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$|HOSTNAME_MISMATCH)/;

const codeOf = (error: unknown): string => {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return '';
};

/** Of a long id the beginning tells enough. */
const SHOWN_CHARACTERS = 64;

const find = <T extends Error>(thrown: unknown, type: new (...args: never[]) => T): T | undefined => {
  for (let cause: unknown = thrown; cause instanceof Error; cause = cause.cause)
    if (cause instanceof type) return cause;
  return undefined;
};

/** HTTP to one provider account: one request a call, no redirects, no retries, never a body in an error. */
export class ProviderHttp {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  /** Of the base URL, without a slash at its end. */
  readonly #prefix: string;
  #closing: Promise<void> | undefined;

  constructor(
    connection: Connection,
    concurrency: number,
    clock: Clock,
    connect: ConnectProvider = connectProvider,
  ) {
    this.#connection = connection;
    this.#clock = clock;
    const { origin, pathname } = new URL(connection.baseUrl);
    this.#origin = origin;
    this.#prefix = pathname.replace(/\/+$/, '');
    this.#dispatcher = connect(connection, concurrency);
  }

  /** The clock of `Call.leaveBy`, for what runs out between two requests. */
  monotonic(): number {
    return this.#clock.monotonic();
  }

  /** Wall clock, milliseconds: for what is signed here, and for how long it is good. */
  now(): number {
    return this.#clock.now();
  }

  /** Ends within the connection's timeout, whatever the network, a proxy or the provider do. */
  async send(what: Request, call: Call): Promise<Exchange> {
    const late = (): boolean => call.leaveBy !== undefined && this.#clock.monotonic() > call.leaveBy;
    const timeoutMs = Math.min(what.timeoutMs ?? Number.POSITIVE_INFINITY, this.#connection.timeoutMs);
    using deadline = linkAbort(this.#clock, call.signal, timeoutMs);
    // The last moment before the bytes go out. From then on the request counts as having arrived.
    const tracker = new SendTracker(() => (late() || deadline.signal.aborted ? new NotSent() : undefined));
    const dispatcher = tracker.watch(this.#dispatcher);
    const exchange = async (): Promise<Exchange> => {
      if (late()) throw new NotSent();
      call.permit?.sent();
      const answer = await dispatcher.request({
        origin: this.#origin,
        path: this.#pathOf(what),
        method: what.method,
        signal: deadline.signal,
        headers: this.#headersOf(what),
        ...(what.body !== undefined && { body: what.body }),
      });
      return {
        kind: 'answer',
        status: answer.statusCode,
        json: await read(answer, what),
        retryAfterMs: retryAfterMs(answer.headers['retry-after'], this.#clock.now(), LONGEST_RETRY_AFTER_MS),
        ...(what.requestId !== undefined && { requestId: what.requestId }),
      };
    };
    try {
      return await whileAlive(deadline.signal, exchange());
    } catch (thrown) {
      return {
        kind: 'failure',
        left: tracker.left,
        error: this.#explain(what, thrown, tracker.left, deadline.signal, call.signal),
        tooMuch: find(thrown, UnreadableAnswer)?.tooMuch === true,
      };
    }
  }

  /** Requests that are under way are answered first. */
  async close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close();
    await this.#closing;
  }

  /** Exactly the path that is meant, or none: a URL that is resolved once more could lead elsewhere. */
  #pathOf({ path: { pathname, search, refused } }: Request): string {
    if (refused !== undefined)
      throw new Unsendable(
        `"${refused.slice(0, SHOWN_CHARACTERS)}" cannot be a part of a path; choose another id`,
      );
    const meant = `${this.#prefix}${pathname}`;
    if (new URL(`${this.#origin}${meant}${search}`).pathname !== meant)
      throw new Unsendable('the path of the request is not the one that is meant');
    return `${meant}${search}`;
  }

  #headersOf({ headers: own, clientHeaders: client, management = false }: Request): Record<string, string> {
    const merged = mergeHeaders({ own, connection: this.#connection.headers, client, management });
    if (merged.kind === 'refused') throw new Unsendable(`${merged.message} (spec.connection.headers)`);
    return { ...merged.headers };
  }

  #explain(
    what: Request,
    thrown: unknown,
    left: boolean,
    deadline: AbortSignal,
    caller: AbortSignal,
  ): ProviderError {
    const target = `${what.method} ${this.#origin}`;
    const failure = (
      reason: 'ProviderUnreachable' | 'TLSFailed' | 'UnexpectedAnswer',
      text: string,
    ): ProviderError =>
      new ProviderError(
        `${target}: ${text}`,
        { reason, retry: 'soon', status: 0, requestId: what.requestId },
        { cause: thrown },
      );
    if (caller.aborted) return failure('ProviderUnreachable', 'cancelled');
    if (thrown instanceof NotSent)
      return new ProviderError(
        `${target}: no connection was free in time`,
        { reason: 'ProviderUnreachable', retry: 'soon', status: 0, withheld: true },
        { cause: thrown },
      );
    if (thrown instanceof Unsendable)
      return new ProviderError(
        `${target}: ${thrown.message}`,
        { reason: 'RejectedByProvider', retry: 'spec', status: 0, withheld: true },
        { cause: thrown },
      );
    const limit = `within ${this.#connection.timeoutMs} ms (spec.connection.timeout)`;
    if (deadline.aborted)
      return failure('ProviderUnreachable', left ? `no answer ${limit}` : `no connection ${limit}`);
    const unreadable = find(thrown, UnreadableAnswer);
    if (unreadable) return failure('UnexpectedAnswer', unreadable.message);
    const proxy = find(thrown, ProxyFailure);
    if (proxy) return failure('ProviderUnreachable', `${proxy.message} (spec.connection.proxyUrl)`);
    const code = codeOf(thrown);
    if (certificateCodes.test(code))
      return failure(
        'TLSFailed',
        `TLS failed (${code}); a private authority goes into spec.connection.caBundle`,
      );
    return failure('ProviderUnreachable', code === '' ? 'the connection broke' : code);
  }
}

/** A page of an error is of no interest beyond its status, so that one that is too large is none. */
const read = async (
  { statusCode, body }: Dispatcher.ResponseData,
  { page = false }: Request,
): Promise<unknown> => {
  try {
    return await readJson(body, page ? pageLimits : answerLimits);
  } catch (error) {
    if (statusCode >= 300 && error instanceof UnreadableAnswer) return undefined;
    throw error;
  }
};
