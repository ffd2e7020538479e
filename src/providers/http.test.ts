import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { sleep, systemClock } from '../runtime/clock.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Secret } from '../runtime/secret.ts';
import type { Connection } from './connection.ts';
import { ProviderHttp } from './http.ts';
import { path } from './path.ts';
import { certificate, privateKey } from './testing/self-signed.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const listen = async (server: Server): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
};
const serve = async (handler: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(handler))}`;
const tcp = async (handler: (socket: Socket) => void): Promise<string> =>
  `http://127.0.0.1:${await listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      handler(socket);
    }),
  )}`;

const connect = (baseUrl: string, fields: Partial<Connection> = {}, clock = systemClock as ManualClock) => {
  const connection = { baseUrl, timeoutMs: 2_000, headers: [], refuseLocal: false, ...fields };
  const http = new ProviderHttp(connection, fields.timeoutMs === 1 ? 1 : 4, clock);
  open.push(() => http.close());
  return http;
};
const never = new AbortController().signal;
const get = { method: 'GET', path: path`/x` } as const;
const failed = async (exchange: ReturnType<ProviderHttp['send']>) => {
  const result = await exchange;
  if (result.kind === 'answer') throw new Error(`an answer: ${result.status}`);
  const { message, reason, retry, status } = result.error;
  return { left: result.left, message, reason, retry, status };
};

describe('a request', () => {
  test('goes below the path prefix, with the connection’s headers', async () => {
    let seen: IncomingMessage | undefined;
    const url = await serve((request, response) => {
      seen = request;
      response.end('{"a":1}');
    });
    const http = connect(`${url}/idp/v2/`, {
      headers: [{ name: 'X-Gateway-Key', value: new Secret('let-me-in') }],
    });
    const exchange = await http.send(get, { signal: never });
    expect(exchange).toEqual({ kind: 'answer', status: 200, json: { a: 1 }, retryAfterMs: undefined });
    expect(seen?.url).toBe('/idp/v2/x');
    expect(seen?.headers).toMatchObject({ 'x-gateway-key': 'let-me-in', accept: 'application/json' });
    expect(seen?.headers.authorization).toBeUndefined();
  });

  test('has a body', async () => {
    let body = '';
    const url = await serve((request, response) => {
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => response.end('{}'));
    });
    await connect(url).send({ method: 'POST', path: path`/`, body: '{"b":2}' }, { signal: never });
    expect(body).toBe('{"b":2}');
  });
});

describe('an answer', () => {
  const answer = async (write: (response: ServerResponse) => void) =>
    await connect(await serve((_request, response) => write(response))).send(get, { signal: never });

  test.each([
    ['HTML', '<html>', undefined],
    ['nothing', '', null],
    ['half of a JSON text', '{"a":', undefined],
    ['JSON null', 'null', null],
  ])('%s', async (_name, body, json) => {
    expect(await answer((response) => response.end(body))).toMatchObject({
      kind: 'answer',
      status: 200,
      json,
    });
  });

  test('a redirect is an answer and is not followed', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests++;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await connect(url).send(get, { signal: never })).toMatchObject({ kind: 'answer', status: 307 });
    expect(requests).toBe(1);
  });

  test.each([
    ['7', 7_000],
    ['0', 0],
    ['999999999999', 3_600_000],
    ['9'.repeat(400), 3_600_000],
    ['soon', undefined],
    ['1.5', expect.anything()],
    [new Date(0).toUTCString(), 0],
    [undefined, undefined],
  ])('Retry-After %s', async (header, expected) => {
    const exchange = await answer((response) => {
      if (header !== undefined) response.setHeader('retry-after', header);
      response.writeHead(429).end();
    });
    if (header !== '1.5') expect(exchange).toMatchObject({ status: 429, retryAfterMs: expected });
  });

  test('Retry-After as a date', async () => {
    const at = new Date(Date.now() + 30_000).toUTCString();
    const exchange = await answer((response) => response.writeHead(503, { 'retry-after': at }).end());
    const ms = exchange.kind === 'answer' ? exchange.retryAfterMs : undefined;
    expect(ms).toBeGreaterThan(25_000);
    expect(ms).toBeLessThanOrEqual(30_000);
  });

  test('256 KiB and no more, and 2 MiB of a page of a list', async () => {
    const sized = async (bytes: number, page: boolean) => {
      const url = await serve((_request, response) => response.end(`"${'x'.repeat(bytes - 2)}"`));
      return await connect(url).send({ ...get, page }, { signal: never });
    };
    const [small, large] = [256 * 1024, 2 * 1024 * 1024];
    expect(await sized(small, false)).toMatchObject({ kind: 'answer' });
    expect(await sized(large, true)).toMatchObject({ kind: 'answer' });
    expect(await sized(small + 1, false)).toMatchObject({
      kind: 'failure',
      left: true,
      tooMuch: true,
      error: {
        reason: 'UnexpectedAnswer',
        message: expect.stringMatching(/: the answer is larger than 256 KiB$/),
      },
    });
    expect(await sized(large + 1, true)).toMatchObject({
      error: { message: expect.stringMatching(/: the answer is larger than 2048 KiB$/) },
    });
  });

  test('of an error that is too large the status is known', async () => {
    const exchange = await answer((response) => response.writeHead(503).end('x'.repeat(300_000)));
    expect(exchange).toMatchObject({ kind: 'answer', status: 503, json: undefined });
  });
});

describe('what did certainly not leave', () => {
  test('connection refused', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    open.pop();
    expect(await failed(connect(`http://127.0.0.1:${port}`).send(get, { signal: never }))).toEqual({
      left: false,
      reason: 'ProviderUnreachable',
      retry: 'soon',
      status: 0,
      message: `GET http://127.0.0.1:${port}: ECONNREFUSED`,
    });
  });

  test('a name that there is not', async () => {
    expect(await failed(connect('http://nowhere.invalid').send(get, { signal: never }))).toMatchObject({
      left: false,
      reason: 'ProviderUnreachable',
    });
  });

  test('a name that resolves to loopback, where that is refused', async () => {
    const url = await serve((_request, response) => response.end('{}'));
    const http = connect(url.replace('127.0.0.1', 'localhost'), { refuseLocal: true });
    expect(await failed(http.send(get, { signal: never }))).toMatchObject({
      left: false,
      message: expect.stringContaining('EREFUSEDADDRESS'),
    });
  });

  test('cancelled before', async () => {
    const url = await serve((_request, response) => response.end('{}'));
    const signal = AbortSignal.abort();
    expect(await failed(connect(url).send(get, { signal }))).toMatchObject({
      left: false,
      message: `GET ${url}: cancelled`,
    });
  });

  test('too late already', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests++;
      response.end('{}');
    });
    const call = { signal: never, leaveBy: systemClock.monotonic() - 1 };
    expect(await failed(connect(url).send(get, call))).toMatchObject({
      left: false,
      message: `GET ${url}: no connection was free in time`,
    });
    expect(requests).toBe(0);
  });

  test('too late when a connection became free', async () => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      setTimeout(() => response.end('{}'), 200);
    });
    // Concurrency 1 makes two connections: the third request has to wait for one.
    const http = new ProviderHttp(
      { baseUrl: url, timeoutMs: 5_000, headers: [], refuseLocal: false },
      1,
      systemClock,
    );
    open.push(() => http.close());
    const first = [1, 2].map((n) =>
      http.send({ method: 'GET', path: path`/${String(n)}` }, { signal: never }),
    );
    const late = http.send(
      { method: 'POST', path: path`/late`, body: '{}' },
      { signal: never, leaveBy: systemClock.monotonic() + 50 },
    );
    expect(await failed(late)).toMatchObject({
      left: false,
      message: `POST ${url}: no connection was free in time`,
    });
    expect((await Promise.all(first)).map(({ kind }) => kind)).toEqual(['answer', 'answer']);
    // The connection is as good as before.
    expect(await http.send({ method: 'GET', path: path`/after` }, { signal: never })).toMatchObject({
      kind: 'answer',
    });
    expect(paths.toSorted()).toEqual(['/1', '/2', '/after']);
  });

  test('a certificate of an authority that nobody knows', async () => {
    const server = createTlsServer({ cert: certificate, key: privateKey }, (_request, response) =>
      response.end('{}'),
    );
    const url = `https://127.0.0.1:${await listen(server)}`;
    expect(await failed(connect(url).send(get, { signal: never }))).toMatchObject({
      left: false,
      reason: 'TLSFailed',
      message: `GET ${url}: TLS failed (DEPTH_ZERO_SELF_SIGNED_CERT); a private authority goes into spec.connection.caBundle`,
    });
    expect(await connect(url, { ca: [certificate] }).send(get, { signal: never })).toMatchObject({
      kind: 'answer',
    });
  });

  test('https to a port that speaks http', async () => {
    const url = await serve((_request, response) => response.end('{}'));
    expect(await failed(connect(url.replace('http:', 'https:')).send(get, { signal: never }))).toMatchObject({
      left: false,
      reason: 'TLSFailed',
    });
  });

  test('a header that HTTP does not bear, and its value is not said', async () => {
    const url = await serve((_request, response) => response.end('{}'));
    const http = connect(url, { headers: [{ name: 'X-Key', value: new Secret('a\nsecret') }] });
    const failure = await failed(http.send(get, { signal: never }));
    expect(failure.left).toBe(false);
    expect(failure.message).not.toContain('secret');
  });
});

describe('what may have arrived', () => {
  test('no answer in time', async () => {
    const url = await serve(() => {});
    expect(await failed(connect(url, { timeoutMs: 100 }).send(get, { signal: never }))).toEqual({
      left: true,
      reason: 'ProviderUnreachable',
      retry: 'soon',
      status: 0,
      message: `GET ${url}: no answer within 100 ms (spec.connection.timeout)`,
    });
  });

  test('headers in time, and the rest of the body not', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"a":');
    });
    expect(await failed(connect(url, { timeoutMs: 100 }).send(get, { signal: never }))).toMatchObject({
      left: true,
    });
  });

  test('reset before the answer', async () => {
    const url = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await failed(connect(url).send(get, { signal: never }))).toMatchObject({
      left: true,
      reason: 'ProviderUnreachable',
    });
  });

  test('closed before the answer', async () => {
    const url = await tcp((socket) => socket.once('data', () => socket.end()));
    expect(await failed(connect(url).send(get, { signal: never }))).toMatchObject({ left: true });
  });

  test('reset in the middle of the body', async () => {
    const url = await tcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":', () => socket.resetAndDestroy());
      }),
    );
    expect(await failed(connect(url).send(get, { signal: never }))).toMatchObject({ left: true });
  });

  test('no HTTP at all', async () => {
    const url = await tcp((socket) => socket.once('data', () => socket.end('SSH-2.0-hello\r\n')));
    expect(await failed(connect(url).send(get, { signal: never }))).toMatchObject({ left: true });
  });

  test('cancelled while it was under way', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort());
    expect(await failed(connect(url).send(get, { signal: controller.signal }))).toMatchObject({
      left: true,
      message: `GET ${url}: cancelled`,
    });
  });

  test('an idle connection that the server closes is not used for a second try', async () => {
    let requests = 0;
    const url = await tcp((socket) =>
      socket.on('data', () => {
        requests++;
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        else socket.destroy();
      }),
    );
    const http = connect(url);
    expect(await http.send(get, { signal: never })).toMatchObject({ kind: 'answer' });
    expect(await failed(http.send({ ...get, method: 'POST' }, { signal: never }))).toMatchObject({
      left: true,
    });
    expect(requests).toBe(2);
  });
});

test('nothing is left behind', async () => {
  const url = await serve((_request, response) => response.end('{}'));
  const clock = new ManualClock();
  const controller = new AbortController();
  const http = connect(url, {}, clock);
  await http.send(get, { signal: controller.signal });
  controller.abort();
  clock.advance(60_000);
  await sleep(systemClock, 1);
  expect(await http.send(get, { signal: never })).toMatchObject({ kind: 'answer' });
});
