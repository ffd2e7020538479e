import { systemClock } from '../../runtime/clock.ts';
import { Secret } from '../../runtime/secret.ts';
import type { Endpoint } from '../endpoint.ts';
import { type RequestRecord, Transport, type TransportOptions } from '../transport.ts';

/** For tests: a transport to a server without TLS, with short waits, that records its requests. */
export const testTransport = (
  server: URL,
  options: Partial<TransportOptions> = {},
): { transport: Transport; records: RequestRecord[]; forgotten: () => number } & AsyncDisposable => {
  let forgotten = 0;
  const tls = { rejectUnauthorized: true };
  const endpoint: Endpoint = {
    server,
    credentials: async () => ({ authorization: new Secret(`Bearer token-${forgotten}`), tls }),
    forget: () => void forgotten++,
  };
  const records: RequestRecord[] = [];
  const transport = new Transport({
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
