import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { getCACertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { inSmallReads } from '../net/small-reads.ts';
import type { Secret } from '../runtime/secret.ts';
import { tunnelConnector } from '../runtime/tunnel.ts';
import { refusedAddress } from './addresses.ts';

/** How a provider is reached: `spec.connection`, with every reference already read. */
export interface Connection {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly proxyUrl?: string | undefined;
  /** PEM, with those that are trusted anyhow; undefined: only those. */
  readonly ca?: readonly string[] | undefined;
  readonly headers: readonly { readonly name: string; readonly value: Secret }[];
  /** Names that resolve to what a URL may not name are refused (addresses.ts), also that of the proxy. */
  readonly refuseLocal: boolean;
}

/**
 * What is trusted with a bundle of one's own: it is added, also to the certificates of NODE_EXTRA_CA_CERTS. It is the
 * last one, because the key of an account's pool is made of that.
 */
export const trustedWith = (bundle: string): string[] => [...getCACertificates('default'), bundle];

/** The connections of one provider object. A port: a simulation has none. */
export type ConnectProvider = (connection: Connection, concurrency: number) => Dispatcher;

class RefusedAddress extends Error {
  readonly code = 'EREFUSEDADDRESS';
}

type Resolved = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** A name that was checked may resolve to what its literal address would have been refused for. */
const guardedLookup = (host: string, options: LookupOptions, done: Resolved): void => {
  resolve(host, options, (error, address, family) => {
    const all = typeof address === 'string' ? [address] : (address ?? []).map((entry) => entry.address);
    const [kind] = error ? [] : all.flatMap((one) => refusedAddress(one) ?? []);
    if (kind === undefined) done(error, address, family);
    else done(new RefusedAddress(`the name resolves to ${kind}`), []);
  });
};

export const connectProvider: ConnectProvider = (connection, concurrency) => {
  const { ca, proxyUrl, refuseLocal, timeoutMs } = connection;
  // Said explicitly: what is left out here could be switched off by the environment (NODE_TLS_REJECT_UNAUTHORIZED).
  const tls = { rejectUnauthorized: true, ...(ca && { ca: [...ca] }) };
  const guard = refuseLocal ? { lookup: guardedLookup } : {};
  return new Agent({
    // One connection for each request that the budget lets out at once: nothing queues inside undici.
    connections: concurrency + 1,
    pipelining: 1,
    allowH2: false,
    // Of the whole request; see ProviderHttp.send.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: inSmallReads(
      proxyUrl
        ? tunnelConnector({ proxyUrl: new URL(proxyUrl), timeoutMs, tls, ...guard })
        : buildConnector({ ...tls, ...guard, allowH2: false, timeout: timeoutMs }),
    ),
  });
};
