import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { StytchSimulator } from '../simulators/stytch/simulator.ts';

const listen = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const stop = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

/** Sends the request on, without its hop-by-hop and host headers. */
const forward = (
  from: IncomingMessage,
  to: ServerResponse,
  target: string,
  headers: Readonly<Record<string, string>>,
): void => {
  const { host: _host, connection: _connection, ...kept } = from.headers;
  const onward = request(target, { method: from.method ?? 'GET', headers: { ...kept, ...headers } });
  onward.on('response', (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(to);
  });
  onward.on('error', () => to.destroy());
  from.pipe(onward);
};

/** A gateway that keeps the management credential: it asks for a key of its own, and logs in for the caller. */
export class Gateway implements AsyncDisposable {
  /** The key that callers need now. */
  key: string;
  /** Authorization headers that callers sent to management routes: there should be none. */
  readonly authorizations: string[] = [];
  readonly #server: Server;
  readonly #port: number;
  readonly #prefix: string;

  private constructor(server: Server, port: number, prefix: string, key: string) {
    this.#server = server;
    this.#port = port;
    this.#prefix = prefix;
    this.key = key;
  }

  static async start(simulator: StytchSimulator, prefix: string, key: string): Promise<Gateway> {
    const server = createServer();
    const gateway = new Gateway(server, await listen(server), prefix, key);
    server.on('request', (from, to) => gateway.#serve(simulator, from, to));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#prefix}`;
  }

  #serve(simulator: StytchSimulator, from: IncomingMessage, to: ServerResponse): void {
    const path = from.url ?? '/';
    const refuse = (status: number): void => {
      to.writeHead(status, { 'content-type': 'application/json' });
      to.end(JSON.stringify({ message: 'refused by the gateway' }));
    };
    if (!path.startsWith(`${this.#prefix}/`)) return refuse(404);
    const inner = path.slice(this.#prefix.length);
    if (inner.startsWith('/v1/public/')) return forward(from, to, simulator.url + inner, {});
    if (from.headers.authorization !== undefined) this.authorizations.push(from.headers.authorization);
    if (from.headers['x-gateway-key'] !== this.key) return refuse(401);
    const { projectId, secret } = simulator.credentials;
    const login = Buffer.from(`${projectId}:${secret}`).toString('base64');
    forward(from, to, simulator.url + inner, { authorization: `Basic ${login}` });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return stop(this.#server);
  }
}

/** A forward proxy (RFC 9110, sections 7.3.2 and 9.3.6: absolute form and CONNECT) that counts what went through. */
export class ForwardProxy implements AsyncDisposable {
  /** `host:port` of each tunnel or request. */
  readonly targets: string[] = [];
  /** It takes connections, and answers no CONNECT. */
  hangs = false;
  /** They are none of the server's connections any more. */
  readonly #tunnels = new Set<Duplex>();
  readonly #server: Server;
  readonly #port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
  }

  static async start(): Promise<ForwardProxy> {
    const server = createServer();
    const proxy = new ForwardProxy(server, await listen(server));
    server.on('request', (from, to) => {
      proxy.targets.push(new URL(from.url ?? '').host);
      forward(from, to, from.url ?? '', {});
    });
    server.on('connect', (from, socket) => {
      proxy.#tunnels.add(socket);
      socket.on('close', () => proxy.#tunnels.delete(socket));
      socket.on('error', () => {});
      if (proxy.hangs) return;
      proxy.targets.push(from.url ?? '');
      const [host = '', port = ''] = (from.url ?? '').split(':');
      const onward = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      for (const [side, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        side.on('error', () => {});
        side.on('close', () => other.destroy());
        side.pipe(other);
      }
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    return stop(this.#server);
  }
}
