import { expect, inject, test } from 'vitest';
import { annotations, leaseName } from '../../src/api/group.ts';
import { type KubeObject, leases, namespaces, pods } from '../../src/kube/resource.ts';
import { type RecordingProxy, startRecordingProxy } from '../helpers/recording-proxy.ts';
import type { OperatorProcess } from '../helpers/operator-process.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** A Lease whose holder was killed, and Pod objects that say where the processes run: docs/decisions/035-*.md. */

interface LeaseWire extends KubeObject {
  readonly spec: {
    readonly holderIdentity?: string;
    readonly acquireTime?: string;
    readonly renewTime?: string;
  };
}

interface Started {
  readonly process: OperatorProcess;
  readonly proxy: RecordingProxy;
  readonly pod: KubeObject;
}

/** The pods of one operator that a test starts and ends as kubelets would. */
class Site implements AsyncDisposable {
  readonly world: World;
  readonly #stack: AsyncDisposableStack;
  readonly #flags: readonly string[];

  private constructor(world: World, flags: readonly string[], stack: AsyncDisposableStack) {
    this.world = world;
    this.#flags = flags;
    this.#stack = stack;
  }

  static async make(timeScale: number): Promise<Site> {
    await using begun = new AsyncDisposableStack();
    const world = begun.use(await World.make(inject('kubeconfig')));
    const metadata = { name: world.operatorNamespace };
    await world.kube.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata });
    return new Site(world, ['--leader-elect=true', `--time-scale=${timeScale}`], begun.move());
  }

  async lease(): Promise<LeaseWire> {
    const { kube, operatorNamespace: namespace } = this.world;
    return await kube.get<LeaseWire>(leases, { namespace, name: leaseName });
  }

  async start(name: string): Promise<Started> {
    const { world } = this;
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'operator', image: 'none' }] },
    };
    // Refused until the namespace has its ServiceAccount, a moment after it was made.
    const pod = await until('a pod', () =>
      world.kube.create<KubeObject>(pods, world.operatorNamespace, body),
    );
    const proxy = this.#stack.use(await startRecordingProxy(world.kubeconfig));
    const environment = { POD_NAME: name, POD_UID: pod.metadata.uid };
    const process = world.operator(this.#flags, { kubeconfig: proxy.kubeconfig, environment });
    await until('caches that are filled', () =>
      process.output.some((line) => line.includes('caches are filled')),
    );
    return { process, proxy, pod };
  }

  async startLeader(name: string): Promise<Started> {
    const started = await this.start(name);
    await this.leads(started);
    const { metadata, spec } = await this.lease();
    expect(JSON.parse(metadata.annotations?.[annotations.holderPod] ?? '')).toEqual({
      holder: spec.holderIdentity,
      name,
      uid: started.pod.metadata.uid,
    });
    return started;
  }

  async leads({ process }: Started): Promise<void> {
    await until('it leads', () => process.output.some((line) => line.includes('started leading')), {
      timeoutMs: 40_000,
      explain: () => process.output.slice(-5).join('\n'),
    });
  }

  /** As when a pod has no node any more: its process and the object are gone. Returns when it last renewed the Lease. */
  async kill({ process }: Started): Promise<number> {
    await process.kill('SIGKILL');
    return Date.parse((await this.lease()).spec.renewTime ?? '');
  }

  async removePod({ pod }: Started): Promise<void> {
    const { kube, operatorNamespace: namespace } = this.world;
    const { name, uid } = pod.metadata;
    await kube.delete(pods, { namespace, name }, { uid });
  }

  async acquiredAt(): Promise<number> {
    return Date.parse((await this.lease()).spec.acquireTime ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Without `--time-scale`: what a lease lasts, and after how long without a renewal its holder's pod is asked for. */
const LEASE_MS = 15_000;
const SILENCE_MS = 3_000;
/**
 * That it does not wait for the expiry: on an idle machine it takes `SILENCE_MS`, and one question later where the answer
 * of the first one came late. What it takes exactly is told with a clock in `src/kube/lease-holder.test.ts`.
 */
const SOONER_MS = LEASE_MS - 5_000;
/** What it was told of which pod. A busy machine may be too late with an answer, which then counts for nothing. */
const askedForPods = ({ proxy }: Started): (readonly [string | undefined, number | null])[] =>
  proxy
    .calls()
    .filter(({ method, resource, status }) => method === 'GET' && resource === 'pods' && status !== null)
    .map(({ name, status }) => [name, status] as const);

test('a standby leads long before the lease of a leader whose pod is gone expires', {
  timeout: 180_000,
}, async () => {
  await using site = await Site.make(1);
  const first = await site.startLeader('operator-a');
  const standby = await site.start('operator-b');
  const renewedAt = await site.kill(first);
  const killedAt = Date.now();
  await site.removePod(first);
  await site.leads(standby);
  const acquiredAt = await site.acquiredAt();
  console.log(
    `after the kill: ${acquiredAt - killedAt} ms; after the last renewal: ${acquiredAt - renewedAt} ms`,
  );
  expect(acquiredAt - killedAt).toBeLessThan(SOONER_MS);
  expect(acquiredAt - renewedAt).toBeGreaterThanOrEqual(SILENCE_MS);
  // Its own, and that of the holder.
  const asked = askedForPods(standby);
  expect([asked.at(0), asked.at(-1)]).toEqual([
    ['operator-b', 200],
    ['operator-a', 404],
  ]);
});

test('so does an operator that is started where the last one left the Lease held, as `helm uninstall` does', {
  timeout: 180_000,
}, async () => {
  await using site = await Site.make(1);
  const first = await site.startLeader('operator-a');
  await site.kill(first);
  await site.removePod(first);
  // A pod that a StatefulSet makes again has the same name, and another uid.
  const next = await site.start('operator-a');
  const filledAt = Date.now();
  await site.leads(next);
  const tookMs = (await site.acquiredAt()) - filledAt;
  console.log(`after its caches were filled: ${tookMs} ms`);
  expect(tookMs).toBeLessThan(SOONER_MS);
  expect(askedForPods(next)).toEqual([
    ['operator-a', 200],
    ['operator-a', 200],
  ]);
});

test('where the pod of a leader that was killed is still there, the Lease expires first', {
  timeout: 180_000,
}, async () => {
  const scale = 3;
  await using site = await Site.make(scale);
  const first = await site.startLeader('operator-a');
  const standby = await site.start('operator-b');
  const renewedAt = await site.kill(first);
  await site.leads(standby);
  expect((await site.acquiredAt()) - renewedAt).toBeGreaterThanOrEqual(LEASE_MS / scale);
  const [own, ...ofHolder] = askedForPods(standby);
  expect(own).toEqual(['operator-b', 200]);
  expect(ofHolder.length).toBeGreaterThan(1);
  for (const each of ofHolder) expect(each).toEqual(['operator-a', 200]);
});
