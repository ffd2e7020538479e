import { setTimeout as sleep } from 'node:timers/promises';
import { machineClients } from '../../../src/api/objects.ts';
import { type KubeObject, secrets } from '../../../src/kube/resource.ts';
import { fullMark, makeMark } from '../../../src/providers/mark.ts';
import { neighbourOf } from '../../helpers/neighbours.ts';
import { until } from '../../helpers/until.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import type { World } from '../../helpers/world.ts';

const READY_MS = 60_000;
const QUIET_MS = 300;

/** What there is of one object: `its client`, `its Secret` and so on, each to the letter. */
type Portrait = ReadonlyMap<string, string>;

const differences = (before: Portrait, now: Portrait | undefined): readonly string[] =>
  [...before].filter(([part, text]) => now?.get(part) !== text).map(([part]) => part);

/** In another cluster: there, the very same namespace and names are. */
const elsewhere = 'elsewhere';

/**
 * Two other installations on the same account: one with an operator that lives here, and objects of the same names; and
 * one far away, whose clients are for objects of the same names in a namespace of the same name. Each removes what is an
 * orphan in its eyes; nothing of the others may change, on either side.
 */
export class Neighbour implements AsyncDisposable {
  readonly #world: World<Upstream>;
  /** Of those whose neighbour it is. */
  readonly #theirs: string;
  #before: ReadonlyMap<string, Portrait> = new Map();

  private constructor(world: World<Upstream>, theirs: string) {
    this.#world = world;
    this.#theirs = theirs;
  }

  static async make(world: World<Upstream>): Promise<Neighbour> {
    const own = await neighbourOf(world);
    own.operator(['--time-scale=5']);
    await own.provider({ orphanPolicy: 'Delete', resyncInterval: '1m' });
    return new Neighbour(own, world.namespace);
  }

  /** Objects of these names too, at rest. */
  async join(names: readonly string[]): Promise<void> {
    for (const name of names)
      await this.#world.upstream.createMarked(makeMark(elsewhere, this.#theirs, name));
    await Promise.all(names.map((name) => this.#world.client(name)));
    await Promise.all(names.map((name) => this.#world.ready(name, READY_MS)));
    this.#before = await until('the neighbour is at rest', async () => {
      const first = await this.#portraits();
      await sleep(QUIET_MS);
      const second = await this.#portraits();
      return [...first].every(([name, one]) => differences(one, second.get(name)).length === 0) && second;
    });
  }

  /** I7: what is not as it was. */
  async harmed(): Promise<readonly string[]> {
    const now = await this.#portraits();
    return [...this.#before].flatMap(([name, before]) =>
      differences(before, now.get(name)).map((part) => `I7: of the neighbour's ${name}, ${part} was changed`),
    );
  }

  async #portraits(): Promise<ReadonlyMap<string, Portrait>> {
    const { kube, namespace, upstream } = this.#world;
    const [objects, published] = await Promise.all([
      kube.list<KubeObject>(machineClients, { namespace }),
      kube.list<KubeObject>(secrets, { namespace }),
    ]);
    const byOwner = Map.groupBy(upstream.clients(), ({ owner }) => owner ?? '');
    return new Map(
      objects.map((object) => {
        const { name } = object.metadata;
        const parts: [string, unknown][] = [
          ['the object', object],
          ['its Secret', published.find(({ metadata }) => metadata.name === name)],
          ['its client', byOwner.get(fullMark(namespace, namespace, name))],
          ['the client from elsewhere', byOwner.get(fullMark(elsewhere, this.#theirs, name))],
        ];
        return [name, new Map(parts.map(([part, value]) => [part, JSON.stringify(value)]))];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#world[Symbol.asyncDispose]();
  }
}
