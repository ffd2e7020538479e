import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { request, Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import type { Secret } from '../runtime/secret.ts';
import { ProviderError } from './outcome.ts';
import type { Call } from './provider.ts';
import { isLocalAddress } from './url-policy.ts';

/** How a provider is reached: `spec.connection`, with every reference already read. */
export interface Connection {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly proxyUrl?: string | undefined;
  /** PEM, the system's roots included; undefined: the system's roots. */
  readonly ca?: readonly string[] | undefined;
  readonly headers: readonly { readonly name: string; readonly value: Secret }[];
  /** Names that resolve to loopback or link-local addresses are refused. */
  readonly refuseLocal: boolean;
}

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

class LocalAddress extends Error {
  readonly code = 'ELOCALADDRESS';
}

type Resolved = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** A name that was checked may resolve to what its literal address would have been refused for. */
const guardedLookup = (host: string, options: LookupOptions, done: Resolved): void => {
  resolve(host, options, (error, address, family) => {
    const all = typeof address === 'string' ? [address] : (address ?? []).map((entry) => entry.address);
    if (!error && all.some(isLocalAddress))
      done(new LocalAddress('the name resolves to a local address'), []);
    else done(error, address, family);
  });
};

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

  constructor(connection: Connection, concurrency: number, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#prefix = connection.baseUrl.replace(/\/+$/, '');
    const options = {
      // One connection for each request that the budget lets out at once: nothing queues inside undici, where an
      // aborted request would wait for its turn before it noticed.
      connections: concurrency + 1,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const tls = connection.ca ? { ca: [...connection.ca] } : {};
    this.#dispatcher = connection.proxyUrl
      ? new ProxyAgent({ ...options, uri: connection.proxyUrl, requestTls: tls })
      : new Agent({
          ...options,
          connect: {
            ...tls,
            timeout: connection.timeoutMs,
            ...(connection.refuseLocal && { lookup: guardedLookup }),
          },
        });
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
      const answer = await request(`${this.#prefix}${what.path}`, {
        method: what.method,
        dispatcher,
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
      return failure('ProviderUnreachable', `${target}: no connection was free in time`);
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
