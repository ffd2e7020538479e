import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { namespaces } from '../../../src/kube/resource.ts';
import { type ControlPlane, startControlPlane } from '../../control-plane/control-plane.ts';
import { FrontDoor } from '../../helpers/front-door.ts';
import type { OperatorProcess } from '../../helpers/operator-process.ts';
import { type RecordingProxy, startRecordingProxy } from '../../helpers/recording-proxy.ts';
import { World } from '../../helpers/world.ts';
import type { Diary } from './diary.ts';
import type { Place, StormWorld } from './place.ts';

/** All waits of the operator are divided by this: the settle time is 2 s, the lease 1.5 s. */
export const TIME_SCALE = 10;

const RESTART_MS = 500;

/** One of the two operators, and its own way to the API server: a door that can be shut, then a proxy that loses and delays. */
export class Replica {
  readonly name: string;
  readonly proxy: RecordingProxy;
  readonly door: FrontDoor;
  readonly #start: () => OperatorProcess;
  readonly #onEnded: (lastLine: string) => void;
  #process: OperatorProcess | undefined;
  #closed = false;
  stopped = false;

  constructor(
    name: string,
    ways: { readonly proxy: RecordingProxy; readonly door: FrontDoor },
    start: () => OperatorProcess,
    onEnded: (lastLine: string) => void,
  ) {
    this.name = name;
    this.proxy = ways.proxy;
    this.door = ways.door;
    this.#start = start;
    this.#onEnded = onEnded;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  start(): void {
    if (this.#process) return;
    const process = this.#start();
    this.#process = process;
    this.stopped = false;
    void process.exited.then(async () => {
      if (this.#process !== process) return;
      // As the kubelet does with a process that has ended without being killed by us.
      this.#process = undefined;
      this.#onEnded(process.output.at(-1) ?? '');
      await sleep(RESTART_MS);
      if (!this.#closed) this.start();
    });
  }

  /** SIGKILL reaches a stopped process too. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    this.stopped = false;
    await process?.kill('SIGKILL');
  }

  /** Killed, and not started any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.kill();
  }

  pause(): void {
    this.#process?.signal('SIGSTOP');
    this.stopped = true;
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
    this.stopped = false;
  }
}

/** A control plane of its own, a provider behind a door, and two replicas with a lease between them. */
export class Site implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly world: StormWorld;
  readonly place: Place;
  readonly providerDoor: FrontDoor;
  readonly replicas: readonly Replica[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    controlPlane: ControlPlane,
    world: StormWorld,
    place: Place,
    providerDoor: FrontDoor,
    replicas: readonly Replica[],
    stack: AsyncDisposableStack,
  ) {
    this.controlPlane = controlPlane;
    this.world = world;
    this.place = place;
    this.providerDoor = providerDoor;
    this.replicas = replicas;
    this.#stack = stack;
  }

  static async make(place: Place, diary: Diary, say: (line: string) => void): Promise<Site> {
    await using stack = new AsyncDisposableStack();
    const controlPlane = stack.use(await startControlPlane({ onProgress: say }));
    const folder = await mkdtemp(join(tmpdir(), 'mco-storm-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const world = stack.use(await World.over(controlPlane.kubeconfigPath, await place.start(stack)));
    // With a leader election the namespace is the installation's business.
    await world.kube.create(namespaces, undefined, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: world.operatorNamespace },
    });
    const providerDoor = stack.use(await FrontDoor.open(world.upstream.url));
    await world.provider({
      ...world.upstream.spec(providerDoor.url),
      resyncInterval: '2m',
      connection: { timeout: place.timeout },
    });
    const replicas: Replica[] = [];
    for (const name of ['replica-a', 'replica-b']) {
      const proxy = stack.use(await startRecordingProxy(controlPlane.kubeconfigPath));
      const door = stack.use(await FrontDoor.open(proxy.url));
      const kubeconfig = join(folder, `${name}.yaml`);
      await writeFile(
        kubeconfig,
        (await readFile(proxy.kubeconfig, 'utf8')).replaceAll(proxy.url, door.url),
        { mode: 0o600 },
      );
      replicas.push(
        new Replica(
          name,
          { proxy, door },
          () =>
            world.operator(['--leader-elect=true', `--time-scale=${TIME_SCALE}`, '--log-level=info'], {
              kubeconfig,
            }),
          (lastLine) => diary.note('*', `ended by itself: ${name}: ${lastLine}`),
        ),
      );
    }
    return new Site(controlPlane, world, place, providerDoor, replicas, stack.move());
  }

  /** Everything runs and every way is open. */
  async calm(): Promise<void> {
    const { simulator } = this.world.upstream;
    simulator.setFaults([]);
    for (const { id } of simulator.held()) simulator.release(id);
    await this.providerDoor.shut();
    await this.providerDoor.open();
    for (const replica of this.replicas) {
      replica.proxy.setHook(undefined);
      await replica.door.shut();
      await replica.door.open();
      if (replica.stopped) replica.resume();
      replica.start();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) await replica.close();
    await this.#stack.disposeAsync();
  }
}
