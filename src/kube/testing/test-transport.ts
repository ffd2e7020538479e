import { systemClock } from '../../runtime/clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Pool } from '../agents.ts';
import {
  type Call,
  type OpenStream,
  type RequestRecord,
  Transport,
  type TransportOptions,
} from '../transport.ts';

/** A transport that knows how many of its requests wait for an answer; an open stream has had its answer. */
class CountingTransport extends Transport {
  waiting = 0;
  /** Pieces of streams with a bookmark in them. */
  bookmarks = 0;

  override json(call: Call, pool: Pool): Promise<unknown> {
    return this.#counted(super.json(call, pool));
  }

  override async stream(call: Call, pool: Pool): Promise<OpenStream> {
    const stream = await this.#counted(super.stream(call, pool));
    return { chunks: this.#heard(stream.chunks), [Symbol.dispose]: () => stream[Symbol.dispose]() };
  }

  async *#heard(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      if (Buffer.from(chunk).includes('BOOKMARK')) this.bookmarks++;
      yield chunk;
    }
  }

  async #counted<T>(request: Promise<T>): Promise<T> {
    this.waiting++;
    try {
      return await request;
    } finally {
      this.waiting--;
    }
  }
}

interface TestTransport extends AsyncDisposable {
  readonly transport: CountingTransport;
  readonly records: RequestRecord[];
  readonly forgotten: () => number;
}

/** For tests: a transport to a server without TLS, with short waits, that records its requests. */
export const testTransport = (server: URL, options: Partial<TransportOptions> = {}): TestTransport => {
  let forgotten = 0;
  const tls = { rejectUnauthorized: true };
  const endpoint: Endpoint = {
    server,
    credentials: async () => ({ authorization: new Secret(`Bearer token-${forgotten}`), tls }),
    forget: () => void forgotten++,
  };
  const records: RequestRecord[] = [];
  const transport = new CountingTransport({
    endpoint,
    clock: systemClock,
    random: () => 0.5,
    userAgent: 'test',
    onRequest: (record) => void records.push(record),
    backoff: { firstMs: 5, mostMs: 20 },
    ...options,
  });
  return { transport, records, forgotten: () => forgotten, [Symbol.asyncDispose]: () => transport.destroy() };
};
