import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Secret } from '../runtime/secret.ts';
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

/** The connections of one provider object. A port: a simulation has none. */
export type ConnectProvider = (connection: Connection, concurrency: number) => Dispatcher;

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

export const connectProvider: ConnectProvider = (connection, concurrency) => {
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
  return connection.proxyUrl
    ? new ProxyAgent({ ...options, uri: connection.proxyUrl, requestTls: tls })
    : new Agent({
        ...options,
        connect: {
          ...tls,
          timeout: connection.timeoutMs,
          ...(connection.refuseLocal && { lookup: guardedLookup }),
        },
      });
};
