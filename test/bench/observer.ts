import { annotations, labels } from '../../src/api/group.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { machineClients } from '../../src/api/objects.ts';
import type { RawObject } from '../../src/kube/list-pager.ts';
import { Reflector, type ReflectorOptions } from '../../src/kube/reflector.ts';
import { secrets } from '../../src/kube/resource.ts';
import { Store, type Stored } from '../../src/kube/store.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { until } from '../helpers/until.ts';
import type { MachineClientWire } from '../helpers/world.ts';

interface Client extends Stored {
  readonly fenced: boolean;
  readonly ready: boolean;
}

const stored = ({ metadata }: RawObject): Stored => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

const WAIT_MS = 300_000;
const WAIT_MS_EACH = 100;

/** Notes when things are first seen on a watch, by name, in the time of `performance.now`. */
export class Observer implements AsyncDisposable {
  readonly fencedAt = new Map<string, number>();
  readonly secretAt = new Map<string, number>();
  readonly readyAt = new Map<string, number>();
  readonly #clients = new Store<Client>({ clock: systemClock });
  readonly #secrets = new Store<Stored>({ clock: systemClock });
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  static async start(transport: Transport, namespace: string): Promise<Observer> {
    const observer = new Observer();
    const reflect = <T extends Stored>(
      rest: Pick<ReflectorOptions<T>, 'resource' | 'store' | 'project' | 'metadataOnly' | 'labelSelector'>,
    ): Reflector<T> =>
      new Reflector<T>({ transport, namespace, clock: systemClock, random: Math.random, ...rest });
    const clients = reflect<Client>({
      resource: machineClients,
      store: observer.#clients,
      project: (raw) => ({
        ...stored(raw),
        fenced: raw.metadata.annotations?.[annotations.operation] !== undefined,
        ready:
          findCondition((raw as unknown as MachineClientWire).status?.conditions, 'Ready')?.status === 'True',
      }),
    });
    const published = reflect<Stored>({
      resource: secrets,
      store: observer.#secrets,
      project: stored,
      metadataOnly: true,
      labelSelector: `${labels.managed}=true`,
    });
    observer.#note();
    const { signal } = observer.#stop;
    observer.#running = Promise.all([clients.run(signal), published.run(signal)]);
    await Promise.all([clients.whenSynced(signal), published.whenSynced(signal)]);
    return observer;
  }

  #note(): void {
    const first = (times: Map<string, number>, name: string): void => {
      if (!times.has(name)) times.set(name, performance.now());
    };
    this.#clients.subscribe(({ new: now }) => {
      if (now?.fenced) first(this.fencedAt, now.name);
      if (now?.ready) first(this.readyAt, now.name);
    });
    this.#secrets.subscribe(({ new: now }) => {
      if (now) first(this.secretAt, now.name);
    });
  }

  /** Resolves when all of these have their Secret and are Ready. */
  async ready(names: readonly string[]): Promise<void> {
    const missing = (): number =>
      names.filter((name) => !this.readyAt.has(name) || !this.secretAt.has(name)).length;
    await until('all clients to be Ready', () => missing() === 0, {
      everyMs: 20,
      timeoutMs: WAIT_MS + names.length * WAIT_MS_EACH,
      explain: () => `${missing()} of ${names.length} are not`,
    });
  }

  /** Resolves when there are so many MachineClients in the namespace and as many Secrets of ours, and no more. */
  async only(count: number): Promise<void> {
    await until(
      `${count} clients to be left`,
      () => this.#clients.size === count && this.#secrets.size === count,
      {
        everyMs: 20,
        timeoutMs: WAIT_MS,
        explain: () => `${this.#clients.size} MachineClients and ${this.#secrets.size} Secrets are there`,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the observer ends'));
    await this.#running;
  }
}
