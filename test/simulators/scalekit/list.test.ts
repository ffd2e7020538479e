import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/runtime/manual-clock.ts';
import { managementClient } from './management-client.ts';
import { type ScalekitSimulator, startScalekitSimulator } from './simulator.ts';

let clock: ManualClock;
let simulator: ScalekitSimulator;
let call: ReturnType<typeof managementClient>;

beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startScalekitSimulator({ clock, organizations: ['org_1', 'org_2'] });
  call = managementClient(simulator);
});
afterEach(() => simulator[Symbol.asyncDispose]());

const add = (name: string, organizationId?: string) => {
  clock.advance(1);
  return simulator.act({
    action: 'createClient',
    fields: { name },
    ...(organizationId && { organizationId }),
  });
};
const page = async (query = '', organizationId?: string) => {
  const { status, json } = await call('GET', query, undefined, organizationId);
  return {
    status,
    names: json.clients?.map((client: { name: string }) => client.name) as string[] | undefined,
    next: json.next_page_token as string,
    total: json.total_size as number,
  };
};

test('an empty organization', async () => {
  expect((await call('GET', '')).json).toEqual({
    next_page_token: '',
    total_size: 0,
    clients: [],
    prev_page_token: '',
  });
});

test('pages follow each other by a token, each organization has its own clients', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) add(name);
  add('x', 'org_2');
  const first = await page('?page_size=2');
  expect(first).toMatchObject({ names: ['a', 'b'], total: 5 });
  // What is deleted meanwhile hides nothing.
  simulator.act({ action: 'deleteClient', clientId: simulator.clients()[1]?.clientId ?? '' });
  const second = await page(`?page_size=2&page_token=${encodeURIComponent(first.next)}`);
  expect(second.names).toEqual(['c', 'd']);
  const third = await page(`?page_size=2&page_token=${encodeURIComponent(second.next)}`);
  expect(third).toMatchObject({ names: ['e'], next: '' });
  expect((await page('', 'org_2')).names).toEqual(['x']);
});

test('thirty without a size, a hundred at most', async () => {
  for (let count = 0; count < 101; count++) add(`${count}`);
  expect((await page()).names).toHaveLength(30);
  expect((await page('?page_size=500')).names).toHaveLength(100);
  simulator.setSwitches({ defaultPageSize: 7, pageSizeRule: 'enforce' });
  expect((await page()).names).toHaveLength(7);
  expect((await page('?page_size=500')).status).toBe(400);
  simulator.setSwitches({ pageSizeCap: 3 });
  expect((await page('?page_size=50')).names).toHaveLength(3);
});

test('a size or a token that is none', async () => {
  expect((await page('?page_size=many')).status).toBe(400);
  expect((await page('?page_token=x')).status).toBe(400);
});

test('an organization that there is not: not found, or empty', async () => {
  expect((await page('', 'org_3')).status).toBe(404);
  simulator.setSwitches({ unknownOrganizationList: 'empty' });
  expect(await page('', 'org_3')).toMatchObject({ status: 200, names: [], total: 0 });
});

test('newest first, late, and without secrets', async () => {
  for (const name of ['a', 'b', 'c']) add(name);
  simulator.setSwitches({ listOrder: 'newest-first', listSecrets: 'empty' });
  const first = await page('?page_size=2');
  expect(first.names).toEqual(['c', 'b']);
  expect((await page(`?page_token=${encodeURIComponent(first.next)}`)).names).toEqual(['a']);
  expect((await call('GET', '')).json.clients[0].secrets).toEqual([]);
  simulator.setSwitches({ listLagMs: 1_000 });
  expect((await page()).names).toEqual([]);
  clock.advance(1_000);
  expect((await page()).names).toHaveLength(3);
});
