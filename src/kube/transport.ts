import type { Dispatcher } from 'undici';
import { type Backoff, equalJitter } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { linkAbort, whileAlive } from '../runtime/linked-abort.ts';
import { readObject } from '../runtime/skim.ts';
import { Agents, type AgentTimeouts, type ConnectPool, type Pool } from './agents.ts';
import { SendTracker } from '../net/send-tracker.ts';
import type { Credentials, Endpoint } from './endpoint.ts';
import { detailOf } from './error-detail.ts';
import { type Attempt, KubeError, type LocalReason } from './errors.ts';
import { readList } from './list-stream.ts';
import { resourceName } from './resource.ts';
import { retryAfterMs } from '../net/retry-after.ts';
import { failureOfAnswer } from './status.ts';

export interface Call {
  readonly attempt: Attempt;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: object | undefined;
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of the monotonic clock; see `WriteOptions`. */
  readonly leaveBy?: number | undefined;
}

/** One request that was sent and how it ended: for metrics, and for tests that count writes. */
export interface RequestRecord {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly dryRun: boolean;
  /** 0 without an answer. */
  readonly status: number;
  /** What the API server's clock said when it answered, in whole seconds; milliseconds since the epoch. */
  readonly serverTime: number | undefined;
  readonly durationMs: number;
}

export interface TransportTimeouts extends AgentTimeouts {
  /** A whole call: waiting for a connection, the request, and all of the answer. */
  readonly callMs: number;
}

export interface TransportOptions {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
  readonly timeouts?: Partial<TransportTimeouts> | undefined;
  /** By default real connections. */
  readonly connect?: ConnectPool | undefined;
  /** Between the tries of a read. */
  readonly backoff?: Backoff | undefined;
}

/** A watch that the API server has accepted. Disposing it closes its connection. */
export interface OpenStream extends Disposable {
  readonly chunks: AsyncIterable<Uint8Array>;
}

const TIMEOUTS: TransportTimeouts = { connectMs: 10_000, headersMs: 15_000, bodyMs: 60_000, callMs: 30_000 };
const BACKOFF: Backoff = { firstMs: 200, mostMs: 5_000 };
/** Of a read: the first and three more. */
const TRIES = 4;
/** A server that asks for more patience than this is told on to whoever asked. */
const LONGEST_WAIT_MS = 30_000;

/** The reason of our own deadline, to tell it from the caller's signal. */
class CallTimeout extends Error {}

/** The answer to a list. */
export interface ListAnswer<P> {
  readonly kept: readonly P[];
  /** The list without its items, not looked at yet. */
  readonly rest: unknown;
}

type Read<T> = (body: Dispatcher.ResponseData['body']) => Promise<T>;

/** What one try needs to be understood when it fails. */
interface Try {
  readonly call: Call;
  readonly tracker: SendTracker;
  readonly signal: AbortSignal;
}

/**
 * Requests to the API server over shared connections. Knows HTTP and the `Status` object, nothing else of Kubernetes.
 *
 * There is no client-side rate limit: the API server's priority and fairness does that, and its 429 is honoured.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #timeouts: TransportTimeouts;
  readonly #agents: Agents;
  readonly #prefix: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.#agents = new Agents(options.endpoint, this.#timeouts, options.connect);
    this.#prefix = options.endpoint.server.pathname.replace(/\/+$/, '');
  }

  /** The parsed answer. Only a GET over the `api` pool is tried again; the lease has its own rhythm. */
  async json(call: Call, pool: Pool): Promise<unknown> {
    const { largestBytes = Number.POSITIVE_INFINITY } = call.attempt.resource;
    return await this.#patiently(call, pool, async (body) =>
      readObject(new Uint8Array(await body.arrayBuffer()), largestBytes),
    );
  }

  /** Of a list what `keep` keeps of its items, each of which it is given alone; tried again as `json` is. */
  async list<P>(call: Call, pool: Pool, keep: (item: unknown) => P | undefined): Promise<ListAnswer<P>> {
    const { largestBytes = Number.POSITIVE_INFINITY } = call.attempt.resource;
    return await this.#patiently(call, pool, async (body) => {
      const kept: P[] = [];
      const rest = await readList(body, this.#options.clock, (bytes) => {
        const one = keep(readObject(bytes, largestBytes));
        if (one !== undefined) kept.push(one);
      });
      return { kept, rest };
    });
  }

  async #patiently<T>(call: Call, pool: Pool, read: Read<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(call, pool, read);
      } catch (error) {
        const waitMs =
          call.method === 'GET' && pool === 'api' && tries < TRIES
            ? this.#waitBeforeRetry(error, tries)
            : undefined;
        if (waitMs === undefined) throw error;
        await this.#sleep(call, waitMs);
      }
    }
  }

  /** Opens a stream; what arrives on it and how long it may be silent is the caller's business. */
  async stream(call: Call, pool: Pool): Promise<OpenStream> {
    const link = linkAbort(this.#options.clock, call.signal);
    const deadline = this.#options.clock.timer(this.#timeouts.callMs, () => link.abort(new CallTimeout()));
    const one = this.#begin(call, link.signal);
    try {
      const response = await this.#recorded(call, whileAlive(link.signal, this.#send(one, pool)));
      if (response.statusCode !== 200) {
        const text = await whileAlive(link.signal, response.body.text());
        throw this.#refused(call, response, text);
      }
      return {
        chunks: this.#chunks(one, response.body),
        [Symbol.dispose]: () => {
          link[Symbol.dispose]();
          response.body.destroy();
        },
      };
    } catch (error) {
      // Before the abort: after it every failure would look like one that the caller asked for.
      const failure = this.#asKubeError(one, error);
      link.abort(new Error('not opened'));
      link[Symbol.dispose]();
      throw failure;
    } finally {
      deadline[Symbol.dispose]();
    }
  }

  /** Ends every connection at once. */
  async destroy(): Promise<void> {
    await this.#agents.destroy();
  }

  async #once<T>(call: Call, pool: Pool, read: Read<T>): Promise<T> {
    using link = linkAbort(this.#options.clock, call.signal, this.#timeouts.callMs, () => new CallTimeout());
    const one = this.#begin(call, link.signal);
    try {
      const answer = async () => {
        const response = await this.#send(one, pool);
        return response.statusCode >= 300
          ? { ...response, refusal: await response.body.text() }
          : { ...response, value: await read(response.body) };
      };
      const response = await this.#recorded(call, whileAlive(link.signal, answer()));
      if ('refusal' in response) throw this.#refused(call, response, response.refusal);
      return response.value;
    } catch (error) {
      throw this.#asKubeError(one, error);
    }
  }

  #begin(call: Call, signal: AbortSignal): Try {
    const { clock } = this.#options;
    const tracker = new SendTracker(() => {
      if (signal.aborted) return signal.reason as Error;
      const late = call.leaveBy !== undefined && clock.monotonic() > call.leaveBy;
      return late ? this.#error(one, 'TooLate') : undefined;
    });
    const one: Try = { call, tracker, signal };
    return one;
  }

  async #send(one: Try, pool: Pool): Promise<Dispatcher.ResponseData> {
    const { call, tracker, signal } = one;
    const { endpoint, userAgent } = this.#options;
    const credentials = await endpoint.credentials().catch((cause: unknown) => {
      throw this.#error(one, 'AuthenticationFailed', cause);
    });
    return tracker.watch(this.#agents.for(pool, credentials.tls)).request({
      origin: endpoint.server.origin,
      path: `${this.#prefix}${call.path}`,
      method: call.method,
      headers: headersOf(call, credentials, userAgent),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      // Else undici closes the connection after each DELETE that has a body, as all with preconditions do. That is for
      // servers that take no such body, and would read it as the beginning of the next request.
      reset: false,
      signal,
    });
  }

  async #recorded<T extends Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>>(
    call: Call,
    work: Promise<T>,
  ): Promise<T> {
    const { clock, onRequest } = this.#options;
    const begun = clock.monotonic();
    let status = 0;
    let serverTime: number | undefined;
    try {
      const response = await work;
      status = response.statusCode;
      const date = Date.parse(String(response.headers['date']));
      serverTime = Number.isNaN(date) ? undefined : date;
      return response;
    } finally {
      const { verb, resource, subresource } = call.attempt;
      const dryRun = call.dryRun === true;
      const durationMs = clock.monotonic() - begun;
      onRequest?.({
        verb,
        resource: resourceName(resource),
        subresource,
        dryRun,
        status,
        serverTime,
        durationMs,
      });
    }
  }

  async *#chunks(one: Try, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw this.#asKubeError(one, error);
    }
  }

  #refused(call: Call, { statusCode, headers }: Dispatcher.ResponseData, text: string): KubeError {
    // Tokens are renewed on disk and by plugins: the next call asks for them again.
    if (statusCode === 401) this.#options.endpoint.forget();
    const header = headers['retry-after'];
    const waitMs = retryAfterMs(Array.isArray(header) ? header[0] : header, this.#options.clock.now());
    return new KubeError(
      call.attempt,
      failureOfAnswer(call.attempt, { status: statusCode, text, retryAfterMs: waitMs }, mutates(call)),
    );
  }

  #asKubeError(one: Try, error: unknown): KubeError {
    if (error instanceof KubeError) return error;
    if (one.signal.aborted) {
      const reason = one.signal.reason instanceof CallTimeout ? 'Timeout' : 'Aborted';
      return this.#error(one, reason, one.signal.reason);
    }
    if (error instanceof SyntaxError) return this.#error(one, 'BadAnswer'); // Its message quotes the text.
    if (!one.tracker.left) return this.#error(one, 'ConnectionFailed', error);
    const code = (error as { code?: unknown } | null)?.code;
    const timedOut = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
    return this.#error(one, timedOut ? 'Timeout' : 'ConnectionLost', error);
  }

  #error({ call, tracker }: Try, reason: LocalReason, cause?: unknown): KubeError {
    const outcome = tracker.left && mutates(call) ? 'unknown' : 'rejected';
    // Of a connection that broke it says nothing, and not the same twice.
    const detail = tracker.left ? undefined : detailOf(cause);
    return new KubeError(
      call.attempt,
      { status: 0, reason, outcome, detail },
      cause === undefined ? undefined : { cause },
    );
  }

  #waitBeforeRetry(error: unknown, tries: number): number | undefined {
    if (!(error instanceof KubeError)) return undefined;
    const { status, reason, retryAfterMs } = error;
    // The credentials have just been forgotten: one more try with fresh ones.
    if (status === 401) return tries === 1 ? 0 : undefined;
    const mayHeal =
      status === 429 || status >= 500 || reason === 'ConnectionFailed' || reason === 'ConnectionLost';
    if (!mayHeal || (retryAfterMs ?? 0) > LONGEST_WAIT_MS) return undefined;
    const { random, backoff = BACKOFF } = this.#options;
    const waitMs = equalJitter(backoff, tries, random);
    return retryAfterMs === undefined ? waitMs : retryAfterMs + waitMs;
  }

  async #sleep(call: Call, ms: number): Promise<void> {
    try {
      await sleep(this.#options.clock, ms, call.signal);
    } catch (cause) {
      throw new KubeError(call.attempt, { status: 0, reason: 'Aborted', outcome: 'rejected' }, { cause });
    }
  }
}

const mutates = (call: Call): boolean => call.method !== 'GET' && call.dryRun !== true;

const headersOf = (
  call: Call,
  credentials: Credentials,
  userAgent: string,
): Record<string, string | string[]> => ({
  accept: call.accept ?? 'application/json',
  'user-agent': userAgent,
  ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
  ...(credentials.authorization === undefined ? {} : { authorization: credentials.authorization.reveal() }),
  ...credentials.impersonate,
});
