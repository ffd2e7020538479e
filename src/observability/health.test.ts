import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Health, report, type Watched } from './health.ts';

let clock: ManualClock;
let watches: Watched[];
let oldestWaitMs: number;
let leading: boolean;
let leaseLost: boolean;
let health: Health;
let waitsFor: string | undefined;

beforeEach(() => {
  clock = new ManualClock();
  watches = [{ name: 'secrets', hasSynced: true, problem: undefined, lastEventAt: clock.now() }];
  oldestWaitMs = 0;
  leading = true;
  leaseLost = false;
  waitsFor = undefined;
  health = new Health({
    clock,
    waitsFor: () => waitsFor,
    watches: () => watches,
    oldestWaitMs: () => oldestWaitMs,
    leading: () => leading,
    leaseLost: () => leaseLost,
  });
});
afterEach(() => health[Symbol.dispose]());

const live = () => report(health.live());
const MINUTE_MS = 60_000;

test('all is well: a line for each check', () => {
  expect(live()).toEqual({
    status: 200,
    body: '[+]watches ok\n[+]queue ok\n[+]event-loop ok\n[+]clock ok\n[+]lease ok\nok\n',
  });
});

test('a watch that nothing is heard of is dead; one that cannot connect says so, and is not', () => {
  const [watch] = watches as [Watched];
  clock.advance(16 * MINUTE_MS);
  expect(live()).toMatchObject({ status: 503 });
  expect(live().body).toContain('[-]watches failed: nothing was heard for 900 s of secrets\n');
  watches = [{ ...watch, problem: { message: 'connection refused' } }];
  expect(live().status).toBe(200);
  watches = [{ ...watch, lastEventAt: clock.now() - 14 * MINUTE_MS }];
  expect(live().status).toBe(200);
});

test('a key that waits for ever, where keys are taken', () => {
  oldestWaitMs = 11 * MINUTE_MS;
  expect(live().body).toContain('[-]queue failed: a key has waited for 660 s\n');
  leading = false;
  expect(live().status).toBe(200);
});

test('a loop that stood still, for whoever looks in the half minute after', () => {
  clock.stall(12_000);
  clock.advance(2_000);
  for (const _ of ['kubelet', 'somebody else'])
    expect(live().body).toContain('[-]event-loop failed: the event loop stood still for 11 s\n');
  clock.advance(30_000);
  expect(live().status).toBe(200);
});

test('a wall clock that was moved, in either direction', () => {
  clock.jump(-6 * MINUTE_MS);
  expect(live().body).toContain('[-]clock failed: the wall clock was moved by 360 s since the start\n');
  clock.jump(12 * MINUTE_MS);
  expect(live().status).toBe(503);
  clock.jump(-2 * MINUTE_MS);
  expect(live().status).toBe(200);
});

test('a lost lease', () => {
  leaseLost = true;
  expect(live().body).toContain('[-]lease failed: the lease was lost\n');
});

test('not ready before the caches are filled, and says which are not', () => {
  const [watch] = watches as [Watched];
  const ready = () => report(health.ready());
  expect(ready()).toEqual({ status: 200, body: '[+]start ok\n[+]caches ok\nok\n' });
  watches = [
    watch,
    { ...watch, name: 'machineclients', hasSynced: false, problem: { message: 'Forbidden' } },
  ];
  expect(ready().body).toContain('[-]caches failed: not filled yet: machineclients (Forbidden)\n');
  watches = [];
  expect(ready().body).toContain('[-]start failed: the operator is starting\n');
  waitsFor = 'Unauthorized (401)';
  expect(ready().body).toContain('[-]start failed: waiting for the API server: Unauthorized (401)\n');
});
