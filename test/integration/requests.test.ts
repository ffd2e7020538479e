import { expect, inject, test } from 'vitest';
import { brief, isWrite, type KubeCall } from '../helpers/recording-proxy.ts';
import { until } from '../helpers/until.ts';
import { Watched } from '../helpers/watched.ts';

const fence = [
  'metadata.annotations.machine-client.dev/operation',
  'metadata.resourceVersion',
  'metadata.uid',
];

test('a creation, a rotation and a deletion cost exactly these requests', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world } = watched;
  // A busy machine must not make a request leave too late: that, too, is divided.
  watched.operator(['--time-scale=2']);
  await world.provider();
  // The provider takes its finalizer with its first user.
  await world.client('first');
  await world.ready('first');
  await watched.quiet();

  watched.mark();
  await world.client('one', { rotation: { overlap: '4s' } });
  await world.ready('one');
  await watched.quiet();
  expect(watched.kube.map(brief)).toEqual([
    'POST secrets?dryRun=All',
    'PATCH machineclients',
    'POST secrets',
    'PATCH machineclients/status',
  ]);
  expect(watched.kube[1]?.bodyKeys).toEqual([fence[0], 'metadata.finalizers', fence[1], fence[2]]);
  expect(watched.kube[1]?.contentType).toBe('application/merge-patch+json');
  expect(watched.upstream).toEqual(['create']);

  watched.mark();
  await world.patch('one', { metadata: { annotations: { 'machine-client.dev/rotate-requested': 'a' } } });
  await until('the old credential is retired', async () => {
    const { credentials } = (await world.get('one')).status ?? {};
    return watched.upstream.includes('rotate') && (credentials as unknown[]).length === 1;
  });
  await watched.quiet();
  expect(watched.kube.map(brief)).toEqual([
    'GET secrets', //                  live, before the fence
    'PATCH secrets?dryRun=All',
    'PATCH machineclients', //         fence
    'PATCH secrets',
    'PATCH machineclients/status',
    'GET secrets', //                  live, before the fence of the retirement
    'PATCH machineclients', //         fence
    'PATCH machineclients/status',
  ]);
  expect(watched.kube[2]?.bodyKeys).toEqual(fence);
  expect(watched.upstream).toEqual(['get', 'rotateStart', 'token', 'get', 'rotate']);

  watched.mark();
  await world.delete('one');
  await until('the object is gone', () => world.isGone('one'));
  await watched.quiet();
  expect(watched.kube.map(brief)).toEqual([
    'GET customresourcedefinitions', // live: whether anybody meant this object
    'PATCH machineclients',
    'DELETE secrets',
    'PATCH machineclients',
  ]);
  expect(watched.kube[1]?.bodyKeys).toEqual(fence);
  expect(watched.kube[3]?.bodyKeys).toEqual(['metadata.finalizers', fence[1], fence[2]]);
  expect(watched.upstream).toEqual(['delete']);
});

test('killed with the Secret on its way: before it a new credential is minted, after it only status is written', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world, proxy } = watched;
  const first = watched.operator();
  await world.provider();
  const isSecret = (call: KubeCall): boolean =>
    brief(call) === 'POST secrets' && call.namespace === world.namespace;

  const before = proxy.hold(isSecret, 'before');
  await world.client('lost');
  await before.first();
  await first.kill('SIGKILL');
  before.release('drop');
  expect(before.waiting.map(({ status }) => status)).toEqual([null]);
  const second = watched.operator();
  await world.ready('lost', 40_000);
  expect(await world.works('lost')).toBe(true);
  expect(world.simulator.counters().committed).toMatchObject({ create: 1, rotateStart: 1 });

  const after = proxy.hold(isSecret, 'after');
  await world.client('stored');
  await after.first();
  expect(after.waiting.map(({ status, answered }) => ({ status, answered }))).toEqual([
    { status: 201, answered: false },
  ]);
  await second.kill('SIGKILL');
  after.release('drop');
  watched.mark();
  watched.operator();
  await world.ready('stored', 40_000);
  expect(watched.upstream.filter((operation) => operation !== 'get')).toEqual([]);
  expect(await world.works('stored')).toBe(true);
  expect(
    watched.kube
      .filter(isWrite)
      .filter(({ name }) => name === 'stored')
      .map(brief),
  ).toEqual(['PATCH machineclients/status']);
});
