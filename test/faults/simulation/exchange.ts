import { Dispatcher } from 'undici';
import { request } from './body.ts';

/** A request on the wire. */
export interface WireRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** One request of a process, as undici drives it: from the process's side. */
export class Exchange {
  readonly request: WireRequest;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #controller: Dispatcher.DispatchController;
  #reason: Error | null = null;
  #ended = false;
  /** The process is not interested any more; whatever it sent is on its way all the same. */
  onAbort: (() => void) | undefined;

  constructor(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.request = {
      method: options.method,
      path: options.path,
      headers: lowerCase(options.headers),
      body: typeof options.body === 'string' ? options.body : undefined,
    };
    this.#handler = handler;
    const abort = (reason: Error): void => this.#abort(reason);
    const reason = (): Error | null => this.#reason;
    this.#controller = {
      get aborted() {
        return reason() !== null;
      },
      get reason() {
        return reason();
      },
      // What arrives is small, and buffered by the reader.
      paused: false,
      rawHeaders: null,
      abort,
      pause: () => {},
      resume: () => {},
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The last moment before the bytes go out. False: it was held back. */
  start(): boolean {
    if (this.#ended) return false;
    this.#handler.onRequestStart?.(this.#controller, {});
    return this.#reason === null;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (!this.#ended) this.#handler.onResponseStart?.(this.#controller, status, { ...headers }, '');
  }

  data(text: string): void {
    if (!this.#ended) this.#handler.onResponseData?.(this.#controller, Buffer.from(text));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handler.onResponseEnd?.(this.#controller, {});
  }

  fail(code: string): void {
    this.#finish(Object.assign(new Error(`simulated: ${code}`), { code }));
  }

  #abort(reason: Error): void {
    if (this.#ended) return;
    this.#reason = reason;
    this.#finish(reason);
    this.onAbort?.();
  }

  #finish(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handler.onResponseError?.(this.#controller, error);
  }
}

const lowerCase = (headers: unknown): Record<string, string> => {
  const sent = (headers ?? {}) as Record<string, unknown>;
  const read: Record<string, string> = {};
  for (const name of Object.keys(sent)) read[name.toLowerCase()] = String(sent[name]);
  return read;
};

/** Hands every request of a process to `send`: in the place of undici's connections. */
export class SimulatedDispatcher extends Dispatcher {
  readonly #send: (exchange: Exchange) => void;

  constructor(send: (exchange: Exchange) => void) {
    super();
    this.#send = send;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#send(new Exchange(options, handler));
    return true;
  }

  override request<T = null>(options: Dispatcher.RequestOptions<T>): Promise<Dispatcher.ResponseData<T>>;
  override request<T = null>(
    options: Dispatcher.RequestOptions<T>,
    callback: (error: Error | null, data: Dispatcher.ResponseData<T>) => void,
  ): void;
  override request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    return request(this, options);
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    if (!callback) return Promise.resolve();
    callback();
  }

  override destroy(error?: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(): Promise<void> {
    return Promise.resolve();
  }
}
