import type { Dispatcher } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import { connectProvider, type ConnectProvider, type Connection } from './connection.ts';
import { ProviderError } from './outcome.ts';
import type { Call } from './provider.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Joined to the base URL, whose path prefix is kept. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * `failure.left` says whether the request may have reached the provider: false means that it certainly has not.
 */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Parsed; undefined where the body is not JSON. */
      readonly json: unknown;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: 'failure'; readonly left: boolean; readonly error: ProviderError };

/** A page of 1,000 clients is below 1 MiB; nothing honest is larger than this. */
const LARGEST_BODY = 8 * 1024 * 1024;

/** A server that says "tomorrow" is asked again sooner. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

class NotSent extends Error {}

const certificateCodes =
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|EPROTO$|HOSTNAME_MISMATCH)/;

const codeOf = (error: unknown): string => {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return '';
};

const retryAfter = (header: string | string[] | undefined, now: number): number | undefined => {
  if (typeof header !== 'string') return undefined;
  const ms = /^[0-9]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
};

const readBounded = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error('the answer is larger than 8 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** HTTP to one provider account: one request a call, no redirects, no retries, never a body in an error. */
export class ProviderHttp {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
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
    this.#prefix = connection.baseUrl.replace(/\/+$/, '');
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

  async send(what: Request, call: Call): Promise<Exchange> {
    const { timeoutMs, headers } = this.#connection;
    let left = false;
    const late = (): boolean => call.leaveBy !== undefined && this.#clock.monotonic() > call.leaveBy;
    using deadline = linkAbort(this.#clock, call.signal, timeoutMs);
    const dispatcher = this.#dispatcher.compose(
      (dispatch) => (options, handler) =>
        dispatch(options, {
          onRequestStart: (controller, context) => {
            // The last moment before the bytes go out. From here on the request counts as having arrived.
            if (late() || deadline.signal.aborted) {
              controller.abort(new NotSent());
              return;
            }
            left = true;
            handler.onRequestStart?.(controller, context);
          },
          onResponseStart: (...args) => handler.onResponseStart?.(...args),
          onResponseData: (...args) => handler.onResponseData?.(...args),
          onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
          onResponseError: (...args) => handler.onResponseError?.(...args),
        }),
    );
    try {
      if (late()) throw new NotSent();
      const { origin, pathname, search } = new URL(`${this.#prefix}${what.path}`);
      const answer = await dispatcher.request({
        origin,
        path: `${pathname}${search}`,
        method: what.method,
        signal: deadline.signal,
        headers: {
          accept: 'application/json',
          'user-agent': 'machine-client-operator',
          ...what.headers,
          ...Object.fromEntries(headers.map(({ name, value }) => [name, value.reveal()])),
        },
        ...(what.body !== undefined && { body: what.body }),
      });
      const text = await readBounded(answer.body);
      return {
        kind: 'answer',
        status: answer.statusCode,
        json: parse(text),
        retryAfterMs: retryAfter(answer.headers['retry-after'], this.#clock.now()),
      };
    } catch (thrown) {
      return { kind: 'failure', left, error: this.#explain(what, thrown, deadline.signal, call.signal) };
    }
  }

  /** Requests that are under way are answered first. */
  async close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close();
    await this.#closing;
  }

  #explain(what: Request, thrown: unknown, deadline: AbortSignal, caller: AbortSignal): ProviderError {
    const target = `${what.method} ${new URL(this.#prefix).origin}`;
    const failure = (reason: 'ProviderUnreachable' | 'TLSFailed', text: string): ProviderError =>
      new ProviderError(text, { reason, retry: 'soon', status: 0 }, { cause: thrown });
    if (caller.aborted) return failure('ProviderUnreachable', `${target}: cancelled`);
    if (thrown instanceof NotSent)
      return new ProviderError(
        `${target}: no connection was free in time`,
        { reason: 'ProviderUnreachable', retry: 'soon', status: 0, withheld: true },
        { cause: thrown },
      );
    if (deadline.aborted)
      return failure(
        'ProviderUnreachable',
        `${target}: no answer within ${this.#connection.timeoutMs} ms (spec.connection.timeout)`,
      );
    const code = codeOf(thrown);
    if (certificateCodes.test(code))
      return failure(
        'TLSFailed',
        `${target}: TLS failed (${code}); a private authority goes into spec.connection.caBundle`,
      );
    return failure('ProviderUnreachable', `${target}: ${code === '' ? 'the connection broke' : code}`);
  }
}
