import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { managementClient } from './management-client.ts';
import { type StytchSimulator, startStytchSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: StytchSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startStytchSimulator({ clock });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const add = (clientId: string, fields: Record<string, unknown> = {}): void => {
  simulator.act({ action: 'createClient', fields: { client_id: clientId, ...fields } });
};

const search = async (body: unknown): Promise<{ ids: string[]; total: number; cursor: string | null }> => {
  const { status, json } = await call('POST', '/v1/m2m/clients/search', body);
  expect(status).toBe(200);
  const ids = (json.m2m_clients as { client_id: string }[]).map((client) => client.client_id);
  return { ids, total: json.results_metadata.total, cursor: json.results_metadata.next_cursor };
};

const refusal = async (body: unknown): Promise<string> =>
  (await call('POST', '/v1/m2m/clients/search', body)).json.error_type;

test('pages follow each other in the order of creation, and the last one has no cursor', async () => {
  for (const id of ['c', 'a', 'b', 'e', 'd']) add(id);
  const first = await search({ limit: 2 });
  expect(first).toMatchObject({ ids: ['c', 'a'], total: 5 });
  const second = await search({ limit: 2, cursor: first.cursor });
  expect(second.ids).toEqual(['b', 'e']);
  expect(await search({ limit: 2, cursor: second.cursor })).toEqual({ ids: ['d'], total: 5, cursor: null });
  expect(await search({ limit: 5 })).toMatchObject({ cursor: null });
});

test('clients deleted between two pages make no other client vanish', async () => {
  for (const id of ['a', 'b', 'c', 'd']) add(id);
  const { cursor } = await search({ limit: 2 });
  await call('DELETE', '/v1/m2m/clients/a');
  await call('DELETE', '/v1/m2m/clients/b');
  expect((await search({ limit: 2, cursor })).ids).toEqual(['c', 'd']);
});

test('the default page has 100 clients, and a cap makes pages shorter than was asked for', async () => {
  for (let index = 0; index < 150; index++) add(`c${index}`);
  expect((await search({})).ids).toHaveLength(100);
  expect((await search({ limit: 1000 })).ids).toHaveLength(150);
  simulator.setSwitches({ pageSizeCap: 40 });
  const capped = await search({ limit: 1000 });
  expect(capped.ids).toHaveLength(40);
  expect(capped.cursor).not.toBeNull();
});

test.each([
  ['client_id', { filter_name: 'client_id', filter_value: ['a', 'c'] }, ['a', 'c']],
  ['client_name, exactly', { filter_name: 'client_name', filter_value: ['two'] }, ['b']],
  ['one or more of the scopes', { filter_name: 'scopes', filter_value: ['x', 'y'] }, ['b', 'c']],
])('filters by %s', async (_name, operand, ids) => {
  add('a', { client_name: 'one' });
  add('b', { client_name: 'two', scopes: ['x', 'z'] });
  add('c', { client_name: 'two and a half', scopes: ['y'] });
  expect((await search({ query: { operator: 'AND', operands: [operand] } })).ids).toEqual(ids);
});

test('operands are joined by AND or OR; none at all match everything', async () => {
  add('a', { client_name: 'n', scopes: ['x'] });
  add('b', { client_name: 'n' });
  add('c');
  const operands = [
    { filter_name: 'client_name', filter_value: ['n'] },
    { filter_name: 'scopes', filter_value: ['x'] },
  ];
  expect((await search({ query: { operator: 'AND', operands } })).ids).toEqual(['a']);
  expect((await search({ query: { operator: 'OR', operands } })).ids).toEqual(['a', 'b']);
  expect((await search({ query: { operator: 'OR', operands: [] } })).ids).toEqual(['a', 'b', 'c']);
});

test('malformed searches have error types of their own', async () => {
  const withOperand = (operand: unknown): unknown => ({ query: { operator: 'AND', operands: [operand] } });
  expect(await refusal({ limit: 1001 })).toBe('bad_request');
  expect(await refusal({ limit: 0 })).toBe('bad_request');
  expect(await refusal({ cursor: 'nonsense' })).toBe('bad_request');
  expect(await refusal({ query: { operator: 'XOR', operands: [] } })).toBe('bad_request');
  expect(await refusal(withOperand({}))).toBe('m2m_search_missing_filter_name');
  expect(await refusal(withOperand({ filter_name: 1 }))).toBe('m2m_search_filter_name_must_be_string');
  expect(await refusal(withOperand({ filter_name: 'status', filter_value: [] }))).toBe(
    'm2m_search_filter_name_not_recognized',
  );
  expect(await refusal(withOperand({ filter_name: 'scopes' }))).toBe('m2m_search_missing_filter_value');
  expect(await refusal(withOperand({ filter_name: 'scopes', filter_value: 'x' }))).toBe(
    'm2m_search_expected_array_of_strings',
  );
});

test('search can lag behind, find nothing, turn the order round and keep totals to itself', async () => {
  add('old');
  clock.advance(5000);
  add('young');
  simulator.setSwitches({ searchLagMs: 3000 });
  expect(await search({})).toMatchObject({ ids: ['old'], total: 1 });
  expect((await call('GET', '/v1/m2m/clients/young')).status).toBe(200);
  clock.advance(3000);
  simulator.setSwitches({ searchOrder: 'newest-first', searchTotals: 'disabled' });
  const first = await search({ limit: 1 });
  expect(first).toMatchObject({ ids: ['young'], total: -1 });
  expect(await search({ limit: 1, cursor: first.cursor })).toMatchObject({ ids: ['old'], cursor: null });
  simulator.setSwitches({ searchFindsNothing: true });
  expect((await search({})).ids).toEqual([]);
});
