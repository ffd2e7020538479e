import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/helpers/until.ts';
import { startStytchSimulator, type StytchSimulator } from '../../test/simulators/stytch/simulator.ts';
import { machineClientSpec } from '../api/schema/machine-client.ts';
import { Allowance } from '../runtime/allowance.ts';
import { systemClock } from '../runtime/clock.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Secret } from '../runtime/secret.ts';
import { ProviderHttp } from './http.ts';
import type { Inventory } from './inventory.ts';
import { chosenClientId, makeMark } from './mark.ts';
import type { Member } from './pool-members.ts';
import { Pool } from './pool.ts';
import type { Account } from './provider.ts';
import { stytch } from './stytch/index.ts';
import { offered } from './offered.ts';
import { flat } from '../../test/helpers/flat-account.ts';

const limits = { requestsPerMinute: 600, burst: 20, concurrency: 4 };
const mark = makeMark('inst', 'ns', 'app');
const call = { signal: new AbortController().signal };
let simulator: StytchSimulator;
let clock: ManualClock;
let account: Account;
let pool: Pool;
let stop: AbortController;
let running: Promise<void>;
let troubles: number;
let memory: Allowance;

beforeEach(async () => {
  simulator = await startStytchSimulator();
  const { projectId, secret } = simulator.credentials;
  const http = new ProviderHttp(
    { baseUrl: simulator.url, timeoutMs: 2_000, headers: [], refuseLocal: false },
    4,
    systemClock,
  );
  account = stytch.connect(
    {
      type: 'Stytch',
      stytch: {
        projectId,
        baseUrl: simulator.url,
        auth: { type: 'Secret', secretKeyRef: { name: 'n', key: 'k' } },
      },
    } as Parameters<typeof stytch.connect>[0],
    http,
    new Secret(secret),
    Math.random,
  );
  clock = new ManualClock();
  stop = new AbortController();
  troubles = 0;
  memory = new Allowance(2_000_000, 1_000_000);
  pool = new Pool(
    {
      installation: 'inst',
      clock,
      random: () => 0.5,
      log: pino({ level: 'silent' }),
      scale: (ms) => ms,
      memory,
      onTrouble: () => troubles++,
      onSwept: () => {},
      uses: () => true,
    },
    member(),
  );
  pool.join('one', member());
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  // It ends with the signal, and does not reject.
  await running;
  await account.close();
  await simulator[Symbol.asyncDispose]();
});

const member = (fields: Partial<Member> = {}): Member => ({
  account,
  limits,
  resyncMs: 3_600_000,
  requestTimeoutMs: 2_000,
  ...fields,
});
const inventory = (): Inventory => {
  const connected = pool.connected('one');
  if (!connected) throw new Error('not connected');
  return connected.inventory;
};
const begin = (): void => {
  running = pool.run(stop.signal);
};
const searches = (): number => simulator.requests({ operation: 'search' }).length;
const searched = (count: number) =>
  until(`${count} searches`, () => searches() >= count, { timeoutMs: 3_000, everyMs: 2 });
const swept = (after: number) =>
  until('a sweep', () => (inventory().sweptAt ?? 0) >= after, { timeoutMs: 3_000, everyMs: 2 });
const quiet = () => new Promise((resolve) => setTimeout(resolve, 30));

test('the first sweep begins at once, the next ones at the shortest resync interval', async () => {
  pool.join('two', member({ resyncMs: 600_000 }));
  expect(pool.starting).toBe(true);
  begin();
  await swept(clock.now());
  expect([pool.starting, pool.trouble, searches()]).toEqual([false, undefined, 1]);
  clock.advance(599_999);
  await quiet();
  expect(searches()).toBe(1);
  clock.advance(1);
  await swept(clock.now());
  expect(searches()).toBe(2);
});

test('a sweep that is asked for begins after the wanted moment, however often it is asked for', async () => {
  begin();
  await swept(clock.now());
  const after = clock.now() + 20_000;
  for (let i = 0; i < 5; i++) pool.connected('one')?.requestSweep(after);
  clock.advance(19_999);
  await quiet();
  expect(searches()).toBe(1);
  clock.advance(1);
  await swept(after);
  await quiet();
  expect(searches()).toBe(2);
});

test('what we write while a sweep is under way survives its end', async () => {
  simulator.setFaults([{ operations: ['search'], fault: 'hold-after', times: 1 }]);
  begin();
  const [held] = await until('the held search', () => simulator.held().length > 0 && simulator.held(), {
    everyMs: 2,
  });
  const spec = machineClientSpec.parse({ providerRef: { name: 'p' } });
  const outcome = await flat(account).create(
    { spec, mark, uid: 'u' },
    chosenClientId(mark, 'u', 0),
    undefined,
    call,
  );
  if (outcome.kind !== 'ok') throw outcome.error;
  inventory().put(outcome.value.client);
  simulator.release(held?.id ?? -1);
  await swept(clock.now());
  expect(inventory().byMark(mark.full)).toHaveLength(1);
});

test('a refused credential is trouble at once; the account is probed at growing distances until it is well', async () => {
  simulator.setSwitches({ accountMode: 'unauthorized' });
  begin();
  await until('trouble', () => pool.trouble, { everyMs: 2 });
  expect(pool.trouble?.reason).toBe('CredentialsInvalid');
  expect(troubles).toBe(1);
  for (let probes = 2; probes <= 4; probes++) {
    clock.advance(300_000);
    await searched(probes);
  }
  await quiet();
  // The same trouble is said once.
  expect(troubles).toBe(1);
  simulator.setSwitches({ accountMode: 'normal' });
  clock.advance(300_000);
  await swept(1);
  expect([pool.trouble, troubles]).toEqual([undefined, 2]);
});

test('a person who changed the credential does not wait for the next probe', async () => {
  simulator.setSwitches({ accountMode: 'unauthorized' });
  begin();
  await until('trouble', () => pool.trouble, { everyMs: 2 });
  simulator.setSwitches({ accountMode: 'normal' });
  await quiet();
  expect(searches()).toBe(1);
  pool.probeNow();
  await swept(1);
  expect(pool.trouble).toBeUndefined();
});

test('an object’s call that is told 401 stops the account, and a probe heals it', async () => {
  begin();
  await swept(clock.now());
  simulator.setFaults([{ operations: ['get'], fault: 'status', status: 401, times: 1 }]);
  pool.report(await flat(account).get('x', call));
  expect(pool.trouble?.reason).toBe('CredentialsInvalid');
  clock.advance(1_000);
  await until('well again', () => pool.trouble === undefined, { everyMs: 2 });
});

test('what calls of many kinds meet is said once, and then in the words of the probe', async () => {
  begin();
  await swept(clock.now());
  simulator.setSwitches({ accountMode: 'unauthorized' });
  const clients = flat(account);
  pool.report(await clients.get('x', call));
  const first = pool.trouble;
  pool.report(await clients.remove('x', call));
  pool.report(await clients.get('x', call));
  expect([pool.trouble, troubles]).toEqual([first, 1]);
  clock.advance(1_000);
  await searched(2);
  await until('the words of the probe', () => pool.trouble?.message !== first?.message, { everyMs: 2 });
  const probed = pool.trouble;
  pool.report(await clients.remove('x', call));
  expect([pool.trouble, troubles]).toEqual([probed, 2]);
});

test('requests that were kept back, because their fence was answered too late, are no trouble of the account', async () => {
  begin();
  await swept(clock.now());
  for (let late = 0; late < 20; late++) {
    const outcome = await flat(account).remove('x', { ...call, leaveBy: clock.monotonic() - 1 });
    expect(outcome).toMatchObject({ kind: 'rejected', error: { status: 0, withheld: true } });
    pool.report(outcome);
  }
  expect(pool.budget.open).toBe(false);
  expect(pool.trouble).toBeUndefined();
});

test('a server that says "tomorrow" is asked again within an hour', async () => {
  simulator.setFaults([
    { operations: ['search'], fault: 'status', status: 429, headers: { 'retry-after': '864000' }, times: 1 },
  ]);
  begin();
  await until('trouble', () => pool.trouble, { everyMs: 2 });
  clock.advance(3_600_000);
  // The budget begins again with single requests.
  await quiet();
  clock.advance(60_000);
  await swept(1);
});

test('a sweep that broke off counts for nothing', async () => {
  for (const id of ['a', 'b', 'c']) simulator.act({ action: 'createClient', fields: { client_id: id } });
  simulator.setSwitches({ pageSizeCap: 2 });
  simulator.setFaults([{ operations: ['search'], fault: 'html-502', nth: 2 }]);
  begin();
  await until('the second page', () => searches() >= 2, { everyMs: 2 });
  await quiet();
  // It has answered once: one bad answer is no trouble yet.
  expect(pool.trouble).toBeUndefined();
  expect(inventory().sweptAt).toBeUndefined();
  clock.advance(60_000);
  await swept(1);
  expect(pool.trouble).toBeUndefined();
});

/** Three clients on pages of one. */
const threePages = (): void => {
  for (const id of ['a', 'b', 'c']) simulator.act({ action: 'createClient', fields: { client_id: id } });
  simulator.setSwitches({ pageSizeCap: 1 });
};
const cursors = (): readonly boolean[] =>
  simulator
    .requests({ operation: 'search' })
    .map(({ body }) => Object.hasOwn(body as Record<string, unknown>, 'cursor'));

test('a page that is refused for the moment is asked for again, and what came before it is kept', async () => {
  threePages();
  simulator.setFaults([{ operations: ['search'], fault: 'status', status: 429, nth: 2, times: 2 }]);
  begin();
  const beganAt = clock.now();
  for (let asked = 2; asked <= 3; asked++) {
    await searched(asked);
    await quiet();
    clock.advance(60_000);
  }
  // The pace is remembered: the third page does not follow the second at once.
  await searched(4);
  await quiet();
  expect([searches(), inventory().sweptAt]).toEqual([4, undefined]);
  clock.advance(1_000);
  await swept(1);
  expect(cursors()).toEqual([false, true, true, true, true]);
  // What is concluded counts from the first page.
  expect(inventory().sweptAt).toBe(beganAt);
});

test('a page that fails again and again ends the sweep: the next one begins with the first page', async () => {
  threePages();
  simulator.setFaults([{ operations: ['search'], fault: 'html-502', nth: 2, times: 5 }]);
  begin();
  for (let asked = 2; asked <= 6; asked++) {
    await searched(asked);
    await quiet();
    clock.advance(60_000);
  }
  await swept(1);
  expect(cursors()).toEqual([false, true, true, true, true, true, false, true, true]);
});

test('a list that stood still for hours begins anew', async () => {
  threePages();
  simulator.setFaults([{ operations: ['search'], fault: 'status', status: 429, nth: 2, times: 2 }]);
  begin();
  await searched(2);
  await quiet();
  clock.advance(7_200_001);
  await searched(3);
  await quiet();
  clock.advance(120_000);
  await searched(4);
  expect(cursors()).toEqual([false, true, true, false]);
});

test('what lists take of the memory is given back when a sweep ends without a result', async () => {
  threePages();
  const whole = new Set<boolean>();
  simulator.setFaults([{ operations: ['search'], fault: 'status', status: 401, nth: 2 }]);
  begin();
  await until('trouble', () => pool.trouble, { everyMs: 2 });
  using rest = memory.share();
  whole.add(rest.take(1_000_000));
  using other = memory.share();
  whole.add(other.take(1_000_000));
  expect([...whole]).toEqual([true]);
});

test('an answer that makes our own code throw ends that sweep, and the next one is made', async () => {
  let throws = true;
  const clients = offered(account.clients, 'clients');
  const list = clients.list.bind(clients);
  clients.list = (...args) => {
    if (throws) throw new RangeError('unforeseen');
    return list(...args);
  };
  begin();
  await until('trouble', () => pool.trouble, { everyMs: 2 });
  expect(pool.trouble).toEqual({
    reason: 'UnexpectedAnswer',
    message: 'Stytch list: its answer could not be worked on (RangeError)',
  });
  throws = false;
  clock.advance(300_000);
  await swept(1);
  expect(pool.trouble).toBeUndefined();
});

test('clients that do not fit on a page are asked for on smaller ones', async () => {
  const metadata = { notes: 'x'.repeat(4_000) };
  for (let index = 0; index < 600; index++)
    simulator.act({
      action: 'createClient',
      fields: { client_id: `large-${index}`, trusted_metadata: metadata },
    });
  begin();
  await until('the first page', () => searches() >= 1, { everyMs: 2 });
  await quiet();
  expect(inventory().sweptAt).toBeUndefined();
  clock.advance(60_000);
  await swept(1);
  // One that was too large, and then 600 by 250.
  expect(searches()).toBe(4);
});

test('it ends while it waits for its turn', async () => {
  pool.budget.throttled(60_000);
  begin();
  await quiet();
  stop.abort();
  await running;
  expect(searches()).toBe(0);
});

test('the lower limits of all members win', async () => {
  pool.join('two', member({ limits: { requestsPerMinute: 60, burst: 1, concurrency: 9 } }));
  const ask = () => pool.budget.ask('user', 1);
  expect([ask(), ask()]).toEqual([expect.anything(), undefined]);
  pool.leave('one');
  pool.leave('two');
  expect([pool.empty, pool.connected('one')]).toEqual([true, undefined]);
});
