import type { Dispatcher } from 'undici';

type Answer = Dispatcher.ResponseData;

/**
 * The body of an answer, as far as the operator reads one: piece by piece, or as a whole. undici makes a stream of each,
 * whose bookkeeping costs more than what the operator does with most answers.
 */
class Body implements AsyncIterableIterator<Buffer> {
  readonly #abort: () => void;
  #pieces: Buffer[] = [];
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** `abort`: nobody reads the rest. */
  constructor(abort: () => void) {
    this.#abort = abort;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Pieces that nobody has taken are lost with it. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = { reason };
    this.#pieces = [];
    this.#wake?.();
  }

  destroy(): void {
    if (this.#ended) return;
    this.fail(new Error('nobody reads the rest of the answer'));
    this.#abort();
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#pieces.length === 0 && !this.#ended) await this.#news();
    if (this.#failure) throw this.#failure.reason;
    const [first] = this.#pieces;
    if (first === undefined) return { done: true, value: undefined };
    const value = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    return { done: false, value };
  }

  /** Whoever iterates has seen enough. */
  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.destroy();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async text(): Promise<string> {
    return (await this.#whole()).toString('utf8');
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.#whole();
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  }

  async #whole(): Promise<Buffer> {
    while (!this.#ended) await this.#news();
    if (this.#failure) throw this.#failure.reason;
    return this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
  }

  async #news(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

/** What undici's `request` does, through `dispatcher` and whatever was put around it. */
export const request = (dispatcher: Dispatcher, options: Dispatcher.RequestOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const signal = options.signal as AbortSignal | null | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let body: Body | undefined;
    const reasonOf = (): Error =>
      (signal?.reason as Error | undefined) ?? new Error('the request was aborted');
    const onAbort = (): void => {
      body?.fail(reasonOf());
      controller?.abort(reasonOf());
    };
    const forget = (): void => signal?.removeEventListener('abort', onAbort);
    if (signal && !signal.aborted) signal.addEventListener('abort', onAbort, { once: true });
    dispatcher.dispatch(options, {
      onRequestStart: (started) => {
        if (signal?.aborted === true) started.abort(reasonOf());
        else controller = started;
      },
      onResponseStart: (started, statusCode, headers, statusText) => {
        body = new Body(() => {
          forget();
          started.abort(new Error('nobody reads the rest of the answer'));
        });
        const answer = {
          statusCode,
          statusText: statusText ?? '',
          headers,
          trailers: {},
          opaque: null,
          body,
          context: {},
        };
        resolve(answer as unknown as Answer);
      },
      onResponseData: (_, piece) => body?.push(piece),
      onResponseEnd: () => {
        forget();
        body?.end();
      },
      onResponseError: (_, error) => {
        forget();
        if (body) body.fail(error);
        else reject(error);
      },
    });
  });
