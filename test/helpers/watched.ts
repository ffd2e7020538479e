import type { OperatorProcess } from './operator-process.ts';
import { isAside, startRecordingProxy, type KubeCall, type RecordingProxy } from './recording-proxy.ts';
import { until } from './until.ts';
import { StytchUpstream } from './upstreams/stytch.ts';
import type { Joined } from './upstreams/upstream.ts';
import { World } from './world.ts';

/** Everything that one thing costs: the whole list of requests at both sides, and not only the ones looked for. */
export class Watched<U extends Joined = StytchUpstream> implements AsyncDisposable {
  readonly world: World<U>;
  readonly proxy: RecordingProxy;
  #kube = 0;
  #upstream = 0;

  constructor(world: World<U>, proxy: RecordingProxy) {
    this.world = world;
    this.proxy = proxy;
  }

  static async make(kubeconfig: string): Promise<Watched> {
    return await Watched.over(kubeconfig, await StytchUpstream.start());
  }

  static async over<U extends Joined>(kubeconfig: string, upstream: U): Promise<Watched<U>> {
    return new Watched(await World.over(kubeconfig, upstream), await startRecordingProxy(kubeconfig));
  }

  operator(flags: readonly string[] = []): OperatorProcess {
    return this.world.operator(flags, { kubeconfig: this.proxy.kubeconfig });
  }

  mark(): void {
    this.#kube = this.proxy.last;
    this.#upstream = this.world.upstream.simulator.requests().at(-1)?.seq ?? 0;
  }

  /** Since the last mark, without watches and their lists, events and the lease. */
  get kube(): readonly KubeCall[] {
    const isCache = (call: KubeCall): boolean =>
      call.watch || (call.method === 'GET' && call.name === undefined);
    return this.proxy.calls(this.#kube).filter((call) => !isAside(call) && !isCache(call));
  }

  /** Since the last mark; a sweep may come at any time. */
  get upstream(): readonly string[] {
    return this.world.upstream.simulator
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
