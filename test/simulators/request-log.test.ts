import { expect, test } from 'vitest';
import { ManualClock } from '../../src/runtime/manual-clock.ts';
import { RequestLog } from './request-log.ts';

const arrival = (operation: string) => ({
  operation,
  method: 'GET',
  path: '/',
  clientId: null,
  authorization: null,
  userAgent: null,
  body: null,
});

test('the ring forgets the oldest, the counters forget nothing', () => {
  const log = new RequestLog(new ManualClock(), ['get', 'create'], 3);
  for (let index = 0; index < 5; index++) log.commit(log.begin(arrival('get')));
  expect(log.list().map((record) => record.seq)).toEqual([3, 4, 5]);
  expect(log.list({ after: 4 }).map((record) => record.seq)).toEqual([5]);
  expect(log.counters()).toEqual({ calls: { get: 5, create: 0 }, committed: { get: 5, create: 0 } });
});

test('after a clear the numbers go on, so that who follows the log misses nothing', () => {
  const log = new RequestLog(new ManualClock(), ['get'], 3);
  log.begin(arrival('get'));
  log.clear();
  log.begin(arrival('get'));
  expect(log.list().map((record) => record.seq)).toEqual([2]);
  expect(log.counters().calls).toEqual({ get: 1 });
});
