import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { rawRequest } from '../raw-client.ts';
import { managementClient } from './management-client.ts';
import { type AuthressSimulator, startAuthressSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: AuthressSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startAuthressSimulator({ clock, switches: { managementClientListed: false } });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const add = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `c${index}`).map((clientId) => {
    simulator.act({ action: 'createClient', clientId, fields: { name: clientId, tags: { a: 'b' } } });
    return clientId;
  });

const idsOf = (json: { clients: { clientId: string }[] }): string[] =>
  json.clients.map(({ clientId }) => clientId);

test('one page holds 20 at most, and says how to go on', async () => {
  const ids = add(21);
  const first = (await call('GET', '/v1/clients')).json;
  expect(idsOf(first)).toEqual(ids.slice(0, 20));
  expect(first.links.self.href).toBe(`${simulator.url}/v1/clients`);
  const { cursor } = first.pagination.next as { cursor: string };
  const second = (await call('GET', `/v1/clients?limit=20&cursor=${encodeURIComponent(cursor)}`)).json;
  expect(idsOf(second)).toEqual(ids.slice(20));
  expect([second.pagination, Object.keys(second.links)]).toEqual([{}, ['self']]);
  // The link of the answer leads to the same.
  const linked = await rawRequest(first.links.next.href as string, {
    headers: { authorization: `Bearer ${simulator.credentials.accessKey}` },
  });
  expect(idsOf(linked.json)).toEqual(ids.slice(20));
});

test.each(['0', '21', 'x', '1.5'])('a limit of %s is refused', async (limit) => {
  expect((await call('GET', `/v1/clients?limit=${limit}`)).status).toBe(400);
});

test('a cursor that is none is refused, and a client that went meanwhile does not hide another', async () => {
  add(3);
  expect((await call('GET', '/v1/clients?cursor=x')).status).toBe(400);
  const { pagination } = (await call('GET', '/v1/clients?limit=1')).json;
  simulator.act({ action: 'deleteClient', clientId: 'c0' });
  const rest = await call('GET', `/v1/clients?cursor=${pagination.next.cursor}`);
  expect(idsOf(rest.json)).toEqual(['c1', 'c2']);
});

test('items can be summaries, the newest can come first, and pages can be short', async () => {
  add(3);
  simulator.setSwitches({ listItems: 'summary', listOrder: 'newest-first', pageSizeCap: 2 });
  const first = (await call('GET', '/v1/clients')).json;
  expect(first.clients).toEqual([
    { clientId: 'c2', name: 'c2', createdTime: expect.any(String) as string },
    { clientId: 'c1', name: 'c1', createdTime: expect.any(String) as string },
  ]);
  const rest = await call('GET', `/v1/clients?cursor=${first.pagination.next.cursor}`);
  expect(idsOf(rest.json)).toEqual(['c0']);
});

test.each([
  ['empty', {}],
  ['null', { next: null }],
  ['absent', undefined],
] as const)('the last page’s pagination can be %s', async (lastPage, pagination) => {
  simulator.setSwitches({ lastPage });
  expect((await call('GET', '/v1/clients')).json.pagination).toEqual(pagination);
});

test('the client of the management key is listed as any other, and young clients can be missing', async () => {
  simulator.setSwitches({ managementClientListed: true, listLagMs: 1000 });
  add(1);
  const [management] = simulator.credentials.accessKey.split('.');
  expect(idsOf((await call('GET', '/v1/clients')).json)).toEqual([management]);
  clock.advance(1000);
  expect(idsOf((await call('GET', '/v1/clients')).json)).toEqual([management, 'c0']);
});
