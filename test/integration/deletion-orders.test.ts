import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { namespaces, secrets, type KubeObject, type Resource } from '../../src/kube/resource.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** What `kubectl delete -f FILE` does: one deletion after the other, in the order of the file, and none is waited for. */
/** Thirty files at once, on a machine that may be busy. */
const LONG_MS = 240_000;
let cluster: ControlPlane;
beforeAll(async () => {
  cluster = await startControlPlane();
}, 120_000);
afterAll(() => cluster[Symbol.asyncDispose]());

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));

const clients = ['one', 'two'] as const;

/**
 * So many files at a time, as from so many shells. With all of them at once, the requests of one stand in line behind
 * those of all others, and its Secret is deleted longer before the rest than anybody holds it for.
 */
const AT_ONCE = 10;
const inTurns = async <T>(
  all: readonly T[],
  work: (one: T, index: number) => Promise<void>,
): Promise<void> => {
  for (let from = 0; from < all.length; from += AT_ONCE)
    await Promise.all(all.slice(from, from + AT_ONCE).map((one, index) => work(one, from + index)));
};

/** The objects of one file. */
class File {
  readonly #world: World;
  readonly namespace: string;

  constructor(world: World, namespace: string) {
    this.#world = world;
    this.namespace = namespace;
  }

  async make(): Promise<void> {
    const { kube, simulator } = this.#world;
    const { namespace } = this;
    const { projectId, secret } = simulator.credentials;
    await kube.create(namespaces, undefined, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    await kube.create(secrets, namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'management', namespace },
      stringData: { secret },
    });
    const auth = { type: 'Secret', secretKeyRef: { name: 'management', key: 'secret' } };
    await kube.create(identityProviders, namespace, {
      apiVersion,
      kind: 'IdentityProvider',
      metadata: { name: 'stytch', namespace },
      spec: {
        type: 'Stytch',
        stytch: { projectId, baseUrl: simulator.url, auth },
        limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 16 },
      },
    });
    for (const name of clients)
      await kube.create(machineClients, namespace, {
        apiVersion,
        kind: 'MachineClient',
        metadata: { name, namespace },
        spec: { providerRef: { name: 'stytch' }, scopes: ['read:invoices'] },
      });
  }

  /** By what it is called in the table. */
  readonly #deletions: Readonly<Record<string, () => Promise<unknown>>> = {
    Secret: () => this.#delete(secrets, 'management'),
    provider: () => this.#delete(identityProviders, 'stytch'),
    clients: async () => {
      for (const name of clients) await this.#delete(machineClients, name);
    },
    namespace: () => this.#world.kube.delete(namespaces, { name: this.namespace }),
  };

  async delete(order: readonly string[], gapMs: number): Promise<void> {
    for (const what of order) {
      await this.#deletions[what]?.().catch((error: unknown) => {
        // The namespace was faster.
        if (!isNotFound(error)) throw error;
      });
      await sleep(gapMs);
    }
  }

  #delete(resource: Resource, name: string): Promise<void> {
    return this.#world.kube.delete(resource, { namespace: this.namespace, name });
  }

  async left(): Promise<readonly string[]> {
    const found = await Promise.all(
      [machineClients, identityProviders, secrets].map(async (resource) =>
        (await this.#world.kube.list<KubeObject>(resource, { namespace: this.namespace })).map(
          ({ metadata }) => `${resource.kind} ${metadata.name}`,
        ),
      ),
    );
    return found.flat();
  }
}

const orders = [
  ...permutations(['Secret', 'provider', 'clients']),
  ...permutations(['Secret', 'provider', 'clients', 'namespace']),
];

interface Ordered {
  readonly order: readonly string[];
  readonly file: File;
}

const filesOf = (world: World): readonly Ordered[] =>
  orders.map((order, index) => ({ order, file: new File(world, `${world.namespace}-${index}`) }));

const allGone = async (world: World, files: readonly Ordered[]): Promise<void> => {
  for (const { order, file } of files)
    await until(`${order.join(', ')} (${file.namespace})`, async () => (await file.left()).length === 0, {
      timeoutMs: 60_000,
      explain: async () =>
        JSON.stringify([
          await file.left(),
          ...(
            await world.kube.list<KubeObject & { status: object }>(machineClients, {
              namespace: file.namespace,
            })
          ).map(({ status }) => status),
        ]),
    });
};

test(
  'a file ends, in whatever order it names its Secret, its provider, its clients and its namespace',
  async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    // Slow enough that the moment in which a Secret is held is longer than the gaps.
    world.operator(['--watch-namespaces=', '--time-scale=1']);
    const files = filesOf(world);
    await Promise.all(files.map(({ file }) => file.make()));
    await until('all clients are made', () => world.simulator.clients().length === 2 * files.length, {
      timeoutMs: 60_000,
    });
    for (const { file } of files)
      for (const name of clients)
        await until(`${file.namespace}/${name} is published`, () =>
          world.kube.get<KubeObject>(secrets, { namespace: file.namespace, name }),
        );
    // At once, and with the time between two requests of a slow machine.
    await inTurns(files, ({ order, file }, index) => file.delete(order, (index % 3) * 40));
    await allGone(world, files);
    expect(world.simulator.clients()).toEqual([]);
  },
  LONG_MS,
);

test(
  'a file that is deleted while its clients are being made ends, too',
  async () => {
    await using world = await World.make(cluster.kubeconfigPath);
    world.operator(['--watch-namespaces=', '--time-scale=1']);
    const files = Array.from(
      { length: 2 * orders.length },
      (_, index): Ordered => ({
        order: orders[index % orders.length] ?? [],
        file: new File(world, `${world.namespace}-${index}`),
      }),
    );
    await inTurns(files, async ({ order, file }, index) => {
      await file.make();
      // From before anything is seen of it to after all is done.
      await sleep(index * 20);
      await file.delete(order, 0);
    });
    await allGone(world, files);
    expect(world.simulator.clients()).toEqual([]);
  },
  LONG_MS,
);
