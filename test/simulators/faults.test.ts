import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlClient } from './control-client.ts';
import { FaultBook } from './faults.ts';
import type { StytchControl } from './stytch/control-types.ts';
import { type RawAnswer } from './raw-client.ts';
import { managementClient } from './stytch/management-client.ts';
import { type StytchSimulator, startStytchSimulator } from './stytch/simulator.ts';

let simulator: StytchSimulator;
let control: ControlClient<StytchControl>;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  simulator = await startStytchSimulator();
  control = new ControlClient(simulator.controlUrl);
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const clients = '/v1/m2m/clients';
const create = (clientId: string, signal?: AbortSignal): Promise<RawAnswer> =>
  call('POST', clients, { client_id: clientId, scopes: [] }, signal);
const ids = (): string[] => simulator.clients().map((client) => client.clientId);

describe('a dropped connection', () => {
  test('before the work leaves nothing behind', async () => {
    simulator.setFaults([{ fault: 'drop-before', operations: ['create'], times: 1 }]);
    await expect(create('a')).rejects.toThrow();
    expect(ids()).toEqual([]);
    expect(simulator.requests()).toMatchObject([
      {
        operation: 'create',
        clientId: 'a',
        fault: 'drop-before',
        committed: false,
        status: null,
        answered: false,
      },
    ]);
    expect((await create('a')).status).toBe(200);
  });

  test('after the work leaves the client behind', async () => {
    simulator.setFaults([{ fault: 'drop-after', operations: ['create'], times: 1 }]);
    await expect(create('a')).rejects.toThrow();
    expect(ids()).toEqual(['a']);
    expect(simulator.requests()).toMatchObject([
      { committed: true, status: null, answered: false, requestId: expect.any(String) as string },
    ]);
    expect(simulator.counters()).toMatchObject({ calls: { create: 1 }, committed: { create: 1 } });
  });
});

describe('a held request', () => {
  test('goes on when it is released', async () => {
    simulator.setFaults([{ fault: 'hold-before', operations: ['create'] }]);
    const answer = create('a');
    const [held] = await control.untilHeld('create');
    expect(held).toEqual({
      id: expect.any(Number) as number,
      operation: 'create',
      clientId: 'a',
      phase: 'before',
      clientGone: false,
    });
    expect(ids()).toEqual([]);
    await control.release(held?.id ?? 0);
    expect((await answer).status).toBe(200);
    expect(simulator.held()).toEqual([]);
  });

  test('whose caller has hung up is a late request: it is done when it is released', async () => {
    simulator.setFaults([{ fault: 'hold-before', operations: ['create'] }]);
    const abort = new AbortController();
    const answer = create('a', abort.signal);
    answer.catch(() => undefined);
    const [held] = await control.untilHeld('create');
    abort.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => simulator.held()).toMatchObject([{ id: held?.id, clientGone: true }]);
    expect(ids()).toEqual([]);

    await control.release(held?.id ?? 0);
    await expect.poll(ids).toEqual(['a']);
    expect(simulator.requests()).toMatchObject([{ committed: true, answered: false, status: null }]);
  });

  test('can be dropped instead, and then it never happens', async () => {
    simulator.setFaults([{ fault: 'hold-before' }]);
    const answer = create('a');
    answer.catch(() => undefined);
    await control.untilHeld('create');
    expect(await control.releaseAll('drop')).toBe(1);
    await expect(answer).rejects.toThrow();
    expect(ids()).toEqual([]);
  });

  test('after its work has done it already, and is let go when its caller hangs up', async () => {
    simulator.setFaults([{ fault: 'hold-after', operations: ['create'] }]);
    const abort = new AbortController();
    const answer = create('a', abort.signal);
    answer.catch(() => undefined);
    await control.untilHeld('create');
    expect(ids()).toEqual(['a']);
    expect(simulator.requests()).toMatchObject([{ committed: true, durationMs: null }]);
    abort.abort();
    await expect.poll(() => simulator.held()).toEqual([]);
  });

  test('that is unknown cannot be released', async () => {
    await expect(control.release(99)).rejects.toThrow('no request 99 is held');
  });
});

describe('an answer in place of the right one', () => {
  test('is an error in the shape of the provider, with headers', async () => {
    simulator.setFaults([{ fault: 'status', status: 429, headers: { 'retry-after': '7' }, times: 1 }]);
    const answer = await create('a');
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.json).toMatchObject({ status_code: 429, error_type: 'too_many_requests' });
    expect(ids()).toEqual([]);
  });

  test('can come after the work was done', async () => {
    simulator.setFaults([{ fault: 'status', status: 500, phase: 'after', errorType: 'oops' }]);
    const answer = await create('a');
    expect(answer.json).toMatchObject({ status_code: 500, error_type: 'oops' });
    expect(ids()).toEqual(['a']);
    expect(simulator.requests()).toMatchObject([{ status: 500, committed: true, fault: 'status' }]);
  });

  test('has the shape of OAuth at the token endpoint', async () => {
    simulator.setFaults([{ fault: 'status', status: 429 }]);
    const answer = await call('POST', '/v1/public/p/oauth2/token', {});
    expect(answer.json).toMatchObject({ status_code: 429, error: 'too_many_requests' });
  });

  test('can be a page of a proxy', async () => {
    simulator.setFaults([
      { fault: 'html-502', times: 1 },
      { fault: 'status', status: 503, body: 'html' },
    ]);
    const first = await create('a');
    expect([first.status, first.headers['content-type']]).toEqual([502, 'text/html; charset=utf-8']);
    expect(first.text).toContain('502 Bad Gateway');
    expect((await create('a')).text).toContain('503');
  });

  test('can be a redirect', async () => {
    simulator.setFaults([{ fault: 'redirect', location: 'http://127.0.0.1:1/elsewhere' }]);
    const answer = await create('a');
    expect([answer.status, answer.headers.location]).toEqual([307, 'http://127.0.0.1:1/elsewhere']);
  });
});

test('a truncated answer breaks off in the middle, after the work', async () => {
  simulator.setFaults([{ fault: 'truncate' }]);
  await expect(create('a')).rejects.toThrow();
  expect(ids()).toEqual(['a']);
  await expect.poll(() => simulator.requests()).toMatchObject([{ committed: true, answered: false }]);
});

test('a slow body arrives whole in the end', async () => {
  simulator.setFaults([{ fault: 'slow-body', chunkBytes: 100, intervalMs: 20 }]);
  const begin = performance.now();
  expect((await create('a')).json).toMatchObject({ m2m_client: { client_id: 'a' } });
  expect(performance.now() - begin).toBeGreaterThan(50);
});

test('a delay and the latency add up', async () => {
  simulator.setSwitches({ latencyMs: 40 });
  simulator.setFaults([{ fault: 'delay', ms: 40 }]);
  const begin = performance.now();
  await create('a');
  expect(performance.now() - begin).toBeGreaterThan(75);
});

describe('a rule', () => {
  const book = (random = 0): FaultBook => new FaultBook(['create', 'get'], () => random);

  test('strikes at the nth call, once, unless it says how often', () => {
    const faults = book();
    faults.set([{ fault: 'drop-before', nth: 2 }]);
    const strikes = [1, 2, 3].map(() => faults.pick('create', null) !== undefined);
    expect(strikes).toEqual([false, true, false]);
    faults.set({ fault: 'drop-before', nth: 2, times: 2 });
    expect([1, 2, 3, 4].map(() => faults.pick('get', null) !== undefined)).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(faults.list()).toMatchObject([{ seen: 4, applied: 2 }]);
  });

  test('is for the operations and the client that it names', () => {
    const faults = book();
    faults.set([{ fault: 'drop-after', operations: ['get'], clientId: 'a' }]);
    expect(faults.pick('create', 'a')).toBeUndefined();
    expect(faults.pick('get', 'b')).toBeUndefined();
    expect(faults.pick('get', 'a')).toMatchObject({ fault: 'drop-after' });
  });

  test('gives way to an earlier one that strikes', () => {
    const faults = book();
    faults.set([{ fault: 'drop-after', times: 1 }]);
    faults.add([{ fault: 'truncate' }]);
    expect(faults.pick('get', null)?.fault).toBe('drop-after');
    expect(faults.pick('get', null)?.fault).toBe('truncate');
  });

  test('strikes by chance when it has a probability', () => {
    const unlucky = book(0.2);
    unlucky.set([{ fault: 'truncate', probability: 0.3 }]);
    expect(unlucky.pick('get', null)).toBeDefined();
    const lucky = book(0.4);
    lucky.set([{ fault: 'truncate', probability: 0.3 }]);
    expect(lucky.pick('get', null)).toBeUndefined();
  });

  test('that could never strike is refused', () => {
    expect(() => book().set([{ fault: 'truncate', operations: ['crate'] }])).toThrow('"crate"');
    expect(() => book().set([{ fault: 'explode' }])).toThrow();
    expect(() => book().set([{ fault: 'delay' }])).toThrow();
  });
});

test('disposing does not wait for held requests or open connections', async () => {
  simulator.setFaults([{ fault: 'hold-before' }]);
  const answer = create('a');
  answer.catch(() => undefined);
  await control.untilHeld('create');
  await simulator[Symbol.asyncDispose]();
  await expect(answer).rejects.toThrow();
});

test('a port that is taken is an error, not a silent wait', async () => {
  await using stack = new AsyncDisposableStack();
  const other = stack.use(createServer().listen(0, '127.0.0.1'));
  await once(other, 'listening');
  await expect(startStytchSimulator({ port: (other.address() as AddressInfo).port })).rejects.toThrow(
    /EADDRINUSE/,
  );
});
