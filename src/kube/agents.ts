import { Agent, type Dispatcher } from 'undici';
import { tunnelConnector } from '../runtime/tunnel.ts';
import type { Endpoint, Tls } from './endpoint.ts';

/**
 * Three sorts of connections that must not wait for each other: ordinary requests; watches, each of which holds one
 * for minutes; and the lease, whose renewal must not stand in a queue behind anything.
 */
export type Pool = 'api' | 'watch' | 'lease';

export interface AgentTimeouts {
  readonly connectMs: number;
  /** From the request to the head of the answer, and between two pieces of its body. */
  readonly headersMs: number;
  readonly bodyMs: number;
}

const API_CONNECTIONS = 24;
const LEASE_CONNECTIONS = 2;
/** Below the 90 s after which the API server closes an idle connection: else a write may meet a closing one. */
const KEEP_ALIVE_MS = 30_000;

/**
 * HTTP/1.1 only. With HTTP/2 every request shares the fate of one connection: one that died silently stalls them all
 * until the headers time out, while here only its own request notices.
 */
const agentOptions = (pool: Pool, timeouts: AgentTimeouts): Agent.Options => ({
  allowH2: false,
  pipelining: 1,
  // A watch holds its connection, so there are as many as watches; the reflector has its own deadline for silence.
  ...(pool === 'watch' ? {} : { connections: pool === 'api' ? API_CONNECTIONS : LEASE_CONNECTIONS }),
  keepAliveTimeout: KEEP_ALIVE_MS,
  headersTimeout: timeouts.headersMs,
  bodyTimeout: pool === 'watch' ? 0 : timeouts.bodyMs,
});

/** The connections of one pool. A port: a simulation has none. */
export type ConnectPool = (
  pool: Pool,
  tls: Tls,
  proxyUrl: URL | undefined,
  timeouts: AgentTimeouts,
) => Dispatcher;

export const connectPool: ConnectPool = (pool, tls, proxyUrl, timeouts) => {
  const connect = {
    ...Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const timeoutMs = timeouts.connectMs;
  return new Agent({
    ...agentOptions(pool, timeouts),
    connect:
      proxyUrl === undefined
        ? { ...connect, timeout: timeoutMs }
        : tunnelConnector({ proxyUrl, timeoutMs, tls: connect }),
  });
};

/**
 * The agents of an endpoint, made again when its CA or client certificate has changed. The old ones finish what they
 * carry; watches move over when they next reconnect.
 */
export class Agents {
  readonly #endpoint: Endpoint;
  readonly #timeouts: AgentTimeouts;
  readonly #connect: ConnectPool;
  #tls: Tls | undefined;
  #current = new Map<Pool, Dispatcher>();
  #closing = new Set<Dispatcher>();

  constructor(endpoint: Endpoint, timeouts: AgentTimeouts, connect: ConnectPool = connectPool) {
    this.#endpoint = endpoint;
    this.#timeouts = timeouts;
    this.#connect = connect;
  }

  for(pool: Pool, tls: Tls): Dispatcher {
    if (tls !== this.#tls) {
      this.#retire();
      this.#tls = tls;
    }
    let dispatcher = this.#current.get(pool);
    if (dispatcher === undefined) {
      dispatcher = this.#connect(pool, tls, this.#endpoint.proxyUrl, this.#timeouts);
      this.#current.set(pool, dispatcher);
    }
    return dispatcher;
  }

  /** Ends every connection at once, also those in use. */
  async destroy(): Promise<void> {
    this.#retire();
    await Promise.all([...this.#closing].map((dispatcher) => dispatcher.destroy()));
  }

  #retire(): void {
    for (const dispatcher of this.#current.values()) {
      this.#closing.add(dispatcher);
      const forget = (): void => void this.#closing.delete(dispatcher);
      dispatcher.close().then(forget, forget);
    }
    this.#current = new Map();
  }
}
