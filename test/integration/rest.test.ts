import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { brief, isWrite } from '../helpers/recording-proxy.ts';
import { until } from '../helpers/until.ts';
import { Watched } from '../helpers/watched.ts';

test('a restart over healthy objects writes nothing, and in a minute of rest only the lease is written', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world } = watched;
  const first = watched.operator();
  await world.provider();
  const names = Array.from({ length: 200 }, (_, index) => `client-${String(index).padStart(3, '0')}`);
  await Promise.all(names.map((name) => world.client(name, { rotation: { overlap: '0s' } })));
  await until(
    'all are ready',
    async () => {
      const ready = await Promise.all(names.map(async (name) => (await world.get(name)).status));
      return ready.every((status) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      );
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  await watched.quiet();
  expect(watched.upstream.filter((operation) => operation === 'create')).toHaveLength(names.length);
  await first.kill('SIGKILL');

  watched.mark();
  // In real time: whatever would tick once a few seconds shows.
  const second = watched.operator(['--time-scale=1', '--leader-elect=true']);
  await until('the caches are filled and the account was swept', () =>
    second.output.some((line) => line.includes('swept')),
  );
  const begun = watched.proxy.last;
  await sleep(60_000);
  expect(watched.kube.filter(isWrite).map(brief)).toEqual([]);
  // Of everything, events too, the lease alone is written in that minute.
  const written = watched.proxy.calls(begun).filter(isWrite);
  const others = written.filter((call) => call.resource !== 'leases');
  expect(others.map(brief)).toEqual([]);
  expect(written.length).toBeGreaterThan(20);
  expect(watched.upstream).toEqual([]);
  expect(world.simulator.clients()).toHaveLength(names.length);
}, 240_000);
