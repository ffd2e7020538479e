import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlClient } from '../simulators/control-client.ts';
import { rawRequest } from '../simulators/raw-client.ts';
import { type FaultProxy, type ProxiedApi, startFaultProxy } from './fault-proxy.ts';

/** What the server behind was asked, in the order in which it answered. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

let seen: Seen[];
let server: Server;
let proxy: FaultProxy;

const api: ProxiedApi = {
  name: 'notes',
  calls: [
    { operation: 'list', method: 'GET', path: '/notes' },
    {
      operation: 'create',
      method: 'POST',
      path: '/notes',
      subject: ({ body }) =>
        body.kind === 'json' ? (body.value as { readonly id?: string } | null)?.id : undefined,
    },
    { operation: 'get', method: 'GET', path: '/notes/:client_id' },
  ],
  listOperation: 'list',
  secretFields: ['secret'],
  issuedFields: ['secret', 'token'],
  failure: (operation, status, errorType) => ({
    status,
    body: { errors: [`${operation}: ${errorType ?? status}`] },
  }),
};

/** Answers with what it was asked; with 409 where an id comes a second time. */
const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await text(request);
  const { method = '', url = '', headers } = request;
  const isRepeated = body !== '' && seen.some((one) => one.body === body);
  seen.push({ method, url, host: headers.host, authorization: headers.authorization, body });
  if (url === '/lost') {
    response.destroy();
    return;
  }
  if (url === '/empty') {
    response.writeHead(201, { location: `http://${headers.host}/notes/one` }).end();
    return;
  }
  response
    .writeHead(isRepeated ? 409 : 200, { 'content-type': 'application/json', 'x-number': seen.length })
    .end(
      JSON.stringify({
        number: seen.length,
        padding: 'x'.repeat(200),
        keys: [{ token: `number-${seen.length}` }],
      }),
    );
};

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy(api, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const create = (id: string, signal?: AbortSignal) =>
  rawRequest(`${proxy.url}/notes`, { json: { id }, ...(signal && { signal }) });

const rejected = (work: Promise<unknown>) => expect(work).rejects.toThrow();

describe('without a fault', () => {
  test('request and answer pass as they are, and are logged', async () => {
    const { status, headers, json } = await rawRequest(`${proxy.url}/notes?a=b%20c`, {
      headers: { authorization: 'Bearer something', 'content-type': 'application/json' },
      method: 'POST',
      text: '{ "id": "one", "secret": "s", "attributes": [{ "secret": "t" }] }',
    });
    expect([status, headers['x-number'], json.number]).toEqual([200, '1', 1]);
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/notes?a=b%20c',
        host: new URL(proxy.url).host,
        authorization: 'Bearer something',
        body: '{ "id": "one", "secret": "s", "attributes": [{ "secret": "t" }] }',
      },
    ]);
    expect(proxy.requests()).toMatchObject([
      {
        operation: 'create',
        path: '/notes',
        clientId: 'one',
        authorization: 'Bearer',
        body: { id: 'one', secret: '[secret]', attributes: [{ secret: '[secret]' }] },
        fault: null,
        committed: true,
        status: 200,
        answered: true,
      },
    ]);
    expect(proxy.counters()).toMatchObject({ calls: { create: 1 }, committed: { create: 1 } });
  });

  test('what is done alone waits for what is under way, and lets nothing pass meanwhile', async () => {
    const met: string[] = [];
    const first = create('one').then(() => void met.push('one'));
    await expect.poll(() => seen.length).toBe(1);
    let later: Promise<void> | undefined;
    await proxy.alone(async () => {
      later = create('two').then(() => void met.push('two'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      met.push(`alone, ${seen.length} seen`);
    });
    await Promise.all([first, later]);
    expect(met).toEqual(['one', 'alone, 1 seen', 'two']);
  });

  test('an answer without a body keeps its headers', async () => {
    const { status, headers, text } = await rawRequest(`${proxy.url}/empty`);
    expect([status, headers.location, text]).toEqual([201, `${proxy.url}/notes/one`, '']);
    expect(headers).not.toHaveProperty('content-type');
  });

  test('what no rule can name passes too, and a refusal of the server is not committed', async () => {
    await rawRequest(`${proxy.url}/other`, { method: 'DELETE' });
    await create('one');
    expect((await create('one')).status).toBe(409);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'DELETE /other',
      'POST /notes',
      'POST /notes',
    ]);
    expect(proxy.requests()).toMatchObject([
      { operation: 'unknown', committed: true },
      { operation: 'create', committed: true },
      { operation: 'create', committed: false, status: 409 },
    ]);
  });

  test('a server that is gone gives no answer, and is heard of again when it is back', async () => {
    const { port } = server.address() as AddressInfo;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rejected(create('one'));
    expect(proxy.requests()).toMatchObject([{ committed: false, status: null, answered: false }]);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect((await create('one')).status).toBe(200);
  });
});

describe('a dropped connection', () => {
  test('before the request has reached the server', async () => {
    proxy.setFaults([{ fault: 'drop-before', operations: ['create'], times: 1 }]);
    await rejected(create('one'));
    expect(seen).toEqual([]);
    expect(proxy.requests()).toMatchObject([{ fault: 'drop-before', committed: false, status: null }]);
    expect((await create('one')).status).toBe(200);
  });

  test('after the server has done it', async () => {
    proxy.setFaults([{ fault: 'drop-after', clientId: 'one' }]);
    await create('two');
    await rejected(create('one'));
    expect(seen.map(({ body }) => body)).toEqual(['{"id":"two"}', '{"id":"one"}']);
    expect(proxy.requests({ clientId: 'one' })).toMatchObject([
      { committed: true, status: null, answered: false },
    ]);
  });

  test('in the middle of the answer', async () => {
    proxy.setFaults([{ fault: 'truncate' }]);
    await rejected(create('one'));
    expect(seen).toHaveLength(1);
    await expect.poll(() => proxy.requests()).toMatchObject([{ committed: true, answered: false }]);
  });
});

describe('an answer in place of the right one', () => {
  test('429 says when to come again, and the server was not asked', async () => {
    proxy.setFaults([{ fault: 'status', status: 429, headers: { 'retry-after': '7' }, times: 1 }]);
    const { status, headers, json } = await create('one');
    expect([status, headers['retry-after'], json]).toEqual([429, '7', { errors: ['create: 429'] }]);
    expect(seen).toEqual([]);
  });

  test('502 is a page, before or after the work', async () => {
    proxy.setFaults([
      { fault: 'html-502', times: 1 },
      { fault: 'html-502', phase: 'after' },
    ]);
    expect((await create('one')).text).toContain('502 Bad Gateway');
    expect(seen).toEqual([]);
    expect((await create('one')).status).toBe(502);
    expect(seen).toHaveLength(1);
    expect(proxy.requests()).toMatchObject([{ committed: false }, { committed: true, status: 502 }]);
  });

  test('a rate that is too high is refused in the words of the server', async () => {
    proxy.setSwitches({ rateLimit: 1 });
    await create('one');
    expect((await create('two')).json).toEqual({ errors: ['create: 429'] });
    expect(seen).toHaveLength(1);
  });
});

test('a delay comes before the work or after it', async () => {
  proxy.setFaults([
    { fault: 'delay', ms: 60, times: 1 },
    { fault: 'delay', ms: 60, phase: 'after', times: 1 },
  ]);
  for (const done of [0, 2]) {
    const begun = performance.now();
    const answer = create(`n${done}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(seen).toHaveLength(done);
    await answer;
    expect(performance.now() - begun).toBeGreaterThan(55);
  }
});

describe('a held request', () => {
  const control = () => new ControlClient(proxy.controlUrl);

  test('before the work reaches the server when it is let go, though nobody waits for it any more', async () => {
    proxy.setFaults([{ fault: 'hold-before', operations: ['create'] }]);
    const abort = new AbortController();
    const answer = create('one', abort.signal);
    answer.catch(() => undefined);
    const [held] = await control().untilHeld('create');
    expect([held?.clientId, held?.phase, seen]).toEqual(['one', 'before', []]);
    abort.abort();
    await rejected(answer);
    await expect.poll(() => proxy.held()).toMatchObject([{ clientGone: true }]);
    expect(seen).toEqual([]);
    proxy.release(held?.id ?? 0);
    await expect.poll(() => seen).toHaveLength(1);
    await expect.poll(() => proxy.requests()).toMatchObject([{ committed: true, answered: false }]);
  });

  test('before the work never happens where it is dropped', async () => {
    proxy.setFaults([{ fault: 'hold-before' }]);
    const answer = create('one');
    answer.catch(() => undefined);
    await control().untilHeld('create');
    expect(await control().releaseAll('drop')).toBe(1);
    await rejected(answer);
    expect(seen).toEqual([]);
  });

  test('after the work has been done, and is answered when it is let go', async () => {
    proxy.setFaults([{ fault: 'hold-after', operations: ['create'] }]);
    const answer = create('one');
    await control().untilHeld('create');
    expect(seen).toHaveLength(1);
    await control().releaseAll();
    expect((await answer).status).toBe(200);
  });
});

describe('a repeated request', () => {
  test('is done twice, and the caller hears the first answer', async () => {
    proxy.setFaults([{ fault: 'repeat', operations: ['create'] }]);
    expect((await create('one')).status).toBe(200);
    expect(seen.map(({ body }) => body)).toEqual(['{"id":"one"}', '{"id":"one"}']);
    expect(proxy.requests()).toMatchObject([{ fault: 'repeat', committed: true, status: 200 }]);
  });

  test('or the second one', async () => {
    proxy.setFaults([{ fault: 'repeat', answer: 'second' }]);
    expect((await create('one')).status).toBe(409);
    expect(proxy.requests()).toMatchObject([{ committed: true, status: 409 }]);
    expect((await rawRequest(`${proxy.url}/notes`)).json.number).toBe(4);
    expect(proxy.counters()).toMatchObject({ calls: { list: 1 }, committed: { create: 1, list: 2 } });
  });
});

test('secrets that have passed are kept for who searches for them, whether or not anybody heard the answer', async () => {
  const send = (sent: object) => rawRequest(`${proxy.url}/notes`, sent);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  await send({ json: { attributes: { secret: 'chosen-by-us' }, other: 'not-a-secret' } });
  await send({ text: 'secret=in-a-form', method: 'POST', headers });
  proxy.setFaults([
    { fault: 'drop-after', times: 1 },
    { fault: 'drop-before', times: 1 },
  ]);
  await rejected(send({ json: { secret: 'done-and-lost' } }));
  await rejected(send({ json: { secret: 'never-arrived' } }));
  expect(proxy.issuedSecrets().map(({ value }) => value)).toEqual([
    'chosen-by-us',
    'number-1',
    'in-a-form',
    'number-2',
    'done-and-lost',
    'number-3',
  ]);
  proxy.reset();
  expect(proxy.issuedSecrets()).toEqual([]);
  await rejected(rawRequest(`${proxy.url}/lost`, { json: { secret: 'done-by-the-server-and-lost' } }));
  expect(proxy.issuedSecrets()).toEqual([{ value: 'done-by-the-server-and-lost' }]);
});

test('the control endpoint is that of the simulators, but for the console', async () => {
  const control = new ControlClient<{
    state: object;
    secret: object;
    switches: object;
    switchPatch: object;
    action: object;
    actionResult: object;
  }>(proxy.controlUrl);
  await control.setFaults([{ fault: 'drop-before', operations: ['get'] }]);
  await rejected(rawRequest(`${proxy.url}/notes/one`));
  await rejected(control.setFaults([{ fault: 'drop-before', operations: ['fetch'] }]));
  expect(await control.requests({ operation: 'get' })).toMatchObject([{ clientId: 'one' }]);
  expect(await control.state()).toMatchObject({ provider: 'notes', faults: [{ seen: 1, applied: 1 }] });
  await rejected(control.act({ action: 'anything' }));
  await control.reset();
  expect([await control.faults(), await control.requests()]).toEqual([[], []]);
});
