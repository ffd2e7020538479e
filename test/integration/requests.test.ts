import { expect, inject, test } from 'vitest';
import type { OperatorProcess } from '../helpers/operator-process.ts';
import {
  brief,
  isAside,
  isWrite,
  startRecordingProxy,
  type KubeCall,
  type RecordingProxy,
} from '../helpers/recording-proxy.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** Everything that one thing costs: the whole list of requests at both sides, and not only the ones looked for. */
class Watched implements AsyncDisposable {
  readonly world: World;
  readonly proxy: RecordingProxy;
  #kube = 0;
  #upstream = 0;

  constructor(world: World, proxy: RecordingProxy) {
    this.world = world;
    this.proxy = proxy;
  }

  static async make(): Promise<Watched> {
    const kubeconfig = inject('kubeconfig');
    return new Watched(await World.make(kubeconfig), await startRecordingProxy(kubeconfig));
  }

  operator(flags: readonly string[] = []): OperatorProcess {
    return this.world.operator(flags, { kubeconfig: this.proxy.kubeconfig });
  }

  mark(): void {
    this.#kube = this.proxy.last;
    this.#upstream = this.world.simulator.requests().at(-1)?.seq ?? 0;
  }

  /** Since the last mark, without watches and their lists, events and the lease. */
  get kube(): readonly KubeCall[] {
    const isCache = (call: KubeCall): boolean =>
      call.watch || (call.method === 'GET' && call.name === undefined);
    return this.proxy.calls(this.#kube).filter((call) => !isAside(call) && !isCache(call));
  }

  /** Since the last mark; a sweep may come at any time. */
  get upstream(): readonly string[] {
    return this.world.simulator
      .requests({ after: this.#upstream })
      .map(({ operation }) => operation)
      .filter((operation) => operation !== 'search');
  }

  /** Until nothing has been asked of the API server for `ms`. */
  async quiet(ms = 1_000): Promise<void> {
    let seen = -1;
    let since = 0;
    await until('silence', () => {
      const { last } = this.proxy;
      if (last !== seen) [seen, since] = [last, performance.now()];
      return performance.now() - since > ms;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}

const fence = [
  'metadata.annotations.machine-client.dev/operation',
  'metadata.resourceVersion',
  'metadata.uid',
];

test('a creation, a rotation and a deletion cost exactly these requests', async () => {
  await using watched = await Watched.make();
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
  expect(watched.kube.map(brief)).toEqual(['PATCH machineclients', 'DELETE secrets', 'PATCH machineclients']);
  expect(watched.kube[0]?.bodyKeys).toEqual(fence);
  expect(watched.kube[2]?.bodyKeys).toEqual(['metadata.finalizers', fence[1], fence[2]]);
  expect(watched.upstream).toEqual(['delete']);
});

test('at rest nothing is written, and a restart over healthy objects writes nothing either', async () => {
  await using watched = await Watched.make();
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
