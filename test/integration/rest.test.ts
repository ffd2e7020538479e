import { expect, inject, test } from 'vitest';
import { brief, isWrite } from '../helpers/recording-proxy.ts';
import { until } from '../helpers/until.ts';
import { Watched } from '../helpers/watched.ts';

test('at rest nothing is written, and a restart over healthy objects writes nothing either', async () => {
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
  const second = watched.operator(['--time-scale=1']);
  await until('the caches are filled and the account was swept', () =>
    second.output.some((line) => line.includes('swept')),
  );
  await watched.quiet(12_000);
  expect(watched.kube.filter(isWrite).map(brief)).toEqual([]);
  expect(watched.upstream).toEqual([]);
  expect(world.simulator.clients()).toHaveLength(names.length);
}, 180_000);
