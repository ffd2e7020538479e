import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../test/helpers/certificate.ts';
import { ForwardProxy } from '../../test/helpers/gateway.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Connection } from './connection.ts';
import { ProviderHttp } from './http.ts';
import { path } from './path.ts';

/** What a proxy may do to the requests of a provider object: each ends in time, with words that name the proxy. */

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const listen = async (server: Server): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
};

/** A proxy that does what it is told to with each connection. */
const proxyThat = async (handle: (socket: Socket) => void): Promise<string> => {
  const port = await listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      handle(socket);
    }),
  );
  return `http://127.0.0.1:${port}`;
};
const answers = (text: string) => (socket: Socket) => socket.once('data', () => socket.write(text));
const { cert, key } = makeCertificate();
const provider = async (): Promise<string> =>
  `https://127.0.0.1:${await listen(createTlsServer({ cert, key }, (_request, response) => response.end('{}')))}`;
/** Long: what answers does so in the end, however busy the machine is. What hangs gets less. */
const through = (proxyUrl: string, baseUrl: string, fields: Partial<Connection> = {}): ProviderHttp => {
  const connection = { baseUrl, proxyUrl, timeoutMs: 20_000, headers: [], refuseLocal: false, ca: [cert] };
  const http = new ProviderHttp({ ...connection, ...fields }, 1, systemClock);
  open.push(() => http.close());
  return http;
};
const send = (http: ProviderHttp) =>
  http.send({ method: 'POST', path: path`/x`, body: '{}' }, { signal: new AbortController().signal });
const failure = async (http: ProviderHttp) => {
  const exchange = await send(http);
  if (exchange.kind === 'answer') throw new Error(`an answer: ${exchange.status}`);
  return exchange;
};

test('through a proxy there is TLS with the provider itself', async () => {
  await using proxy = await ForwardProxy.start();
  const url = await provider();
  expect(await send(through(proxy.url, url))).toMatchObject({ kind: 'answer', status: 200 });
  expect(proxy.targets).toEqual([new URL(url).host]);
});

describe('it certainly did not arrive', () => {
  test.each([
    ['says nothing', () => {}, 'no connection within 300 ms (spec.connection.timeout)'],
    [
      'says half of a head',
      answers('HTTP/1.1 200 OK\r\nx: '),
      'no connection within 300 ms (spec.connection.timeout)',
    ],
    [
      'says 100 for ever',
      (socket: Socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 10);
        socket.on('close', () => clearInterval(timer));
      },
      'the proxy answered 100 (spec.connection.proxyUrl)',
    ],
    [
      'wants a login',
      answers('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
      'the proxy answered 407 (spec.connection.proxyUrl)',
    ],
    [
      'refuses',
      answers('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno'),
      'the proxy answered 403 (spec.connection.proxyUrl)',
    ],
    [
      'is overloaded',
      answers('HTTP/1.1 503 Service Unavailable\r\n\r\n'),
      'the proxy answered 503 (spec.connection.proxyUrl)',
    ],
    [
      'switches protocols',
      answers('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'the proxy answered 101 (spec.connection.proxyUrl)',
    ],
    [
      'speaks in the tunnel itself',
      answers('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}'),
      'the proxy answered 200 (spec.connection.proxyUrl)',
    ],
    [
      'is no proxy',
      answers('SSH-2.0-hello\r\n'),
      'the proxy: HPE_INVALID_CONSTANT (spec.connection.proxyUrl)',
    ],
    [
      'hangs up',
      (socket: Socket) => socket.once('data', () => socket.end()),
      'the proxy: ECONNRESET (spec.connection.proxyUrl)',
    ],
    [
      'opens a tunnel to nowhere',
      answers('HTTP/1.1 200 OK\r\n\r\n'),
      'no connection within 300 ms (spec.connection.timeout)',
    ],
  ] as const)('when the proxy %s', async (_name, handle, words) => {
    const url = await provider();
    const hangs = words.includes('within 300 ms') && { timeoutMs: 300 };
    const { left, error } = await failure(through(await proxyThat(handle), url, { ...hangs }));
    expect([left, error.reason, error.message]).toEqual([
      false,
      'ProviderUnreachable',
      `POST ${url}: ${words}`,
    ]);
  });

  test('when there is no proxy', async () => {
    const proxy = await ForwardProxy.start();
    await proxy[Symbol.asyncDispose]();
    const { left, error } = await failure(through(proxy.url, await provider()));
    expect([left, error.reason]).toEqual([false, 'ProviderUnreachable']);
    expect(error.message).toMatch(/: the proxy: ECONNREFUSED \(spec\.connection\.proxyUrl\)$/);
  });

  test('when the certificate of an https proxy is not trusted, whatever the environment says', async () => {
    const proxy = createTlsServer({ cert, key });
    let tunnels = 0;
    proxy.on('connect', (_request, socket) => {
      tunnels++;
      socket.destroy();
    });
    const url = `https://127.0.0.1:${await listen(proxy)}`;
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { left, error } = await failure(through(url, await provider()));
      expect([left, error.message]).toEqual([
        false,
        expect.stringMatching(/: the proxy: DEPTH_ZERO_SELF_SIGNED_CERT \(spec\.connection\.proxyUrl\)$/),
      ]);
      expect(tunnels).toBe(0);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('when its name resolves to an address that a URL may not name', async () => {
    await using proxy = await ForwardProxy.start();
    const byName = proxy.url.replace('127.0.0.1', 'localhost');
    const { left, error } = await failure(through(byName, await provider(), { refuseLocal: true }));
    expect([left, error.reason]).toEqual([false, 'ProviderUnreachable']);
    expect(error.message).toMatch(/: the proxy: EREFUSEDADDRESS \(spec\.connection\.proxyUrl\)$/);
    expect(proxy.targets).toEqual([]);
  });
});

test('an account heals as soon as its proxy does', async () => {
  let hangs = true;
  const url = await provider();
  const port = Number(new URL(url).port);
  const proxy = await proxyThat((socket) =>
    socket.once('data', () => {
      if (hangs) return;
      const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.on('error', () => {});
      socket.pipe(onward).pipe(socket);
    }),
  );
  // What is asked afterwards has as long as this, on a machine that may be busy.
  const http = through(proxy, url, { timeoutMs: 5_000 });
  // More than it has connections.
  const before = await Promise.all(Array.from({ length: 5 }, () => failure(http)));
  expect(before.map(({ left }) => left)).toEqual([false, false, false, false, false]);
  hangs = false;
  expect(await send(http)).toMatchObject({ kind: 'answer', status: 200 });
}, 30_000);
