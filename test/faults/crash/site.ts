import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../helpers/until.ts';
import type { MachineClientWire } from '../../helpers/world.ts';
import { World } from '../../helpers/world.ts';
import type { OperatorProcess } from '../../helpers/operator-process.ts';
import { identityProviders, machineClients } from '../../../src/api/objects.ts';
import { isNotFound } from '../../../src/kube/errors.ts';
import { namespaces, secrets } from '../../../src/kube/resource.ts';
import type { SecretWire } from '../../../src/machine-client/secret-view.ts';
import type { TrueClient, Upstream } from '../../helpers/upstreams/upstream.ts';
import type { Operation } from '../../../src/api/operation.ts';
import { type Call, fencedBy, Reader } from './call.ts';
import { BorrowedClients } from './borrowed.ts';
import { Journal } from './journal.ts';
import type { Neighbour } from './neighbour.ts';
import { Parking } from './parking.ts';
import { type Answer, Relay, writeKubeconfig } from './relay.ts';
import { Watchman } from './watchman.ts';

/** Where the points of calls that belong to no object are kept: lists, watches, sweeps, the lease. */
export const process = 'the process';

/** How long `spec.rotation.overlap` of the objects is, as it is written. */
export const overlap = '2s';
const OVERLAP_MS = 2_000;
/** One within which a late call is sure to arrive, as it is written and as it passes at a two-phase provider. */
export const longOverlap = { spec: '30s', ms: 6_000 } as const;

/** Flags of processes that share the work. */
export const leading: readonly string[] = ['--leader-elect=true'];

/** Which provider, and what divides every wait. */
export interface Place {
  readonly start: () => Promise<Upstream>;
  readonly timeScale: number;
}

/** Everything as it is at one moment. */
export interface Picture {
  readonly objects: ReadonlyMap<string, MachineClientWire>;
  readonly secrets: ReadonlyMap<string, SecretWire>;
  /** Whether the namespace is still there. */
  readonly namespace: boolean;
  /** Whether there is a provider object. */
  readonly provider: boolean;
  readonly style: Upstream['style'];
  /** Upstream clients with the mark of this object that was not released; the one that it borrows, with what was issued. */
  clients(object: string): readonly TrueClient[];
  /** What of a client of somebody else, which this object borrows, is not as its owner left it. */
  harmed(object: string): readonly string[];
  /** The one of this id, whosever it is. */
  client(id: string): TrueClient | undefined;
}

const noneWithoutDefinition = (error: unknown): readonly MachineClientWire[] => {
  if (isNotFound(error)) return [];
  throw error;
};

/** A world whose operators speak to both sides through relays. */
export class Site implements AsyncDisposable {
  readonly world: World<Upstream>;
  /** How long `overlap` lasts, in milliseconds. */
  readonly overlapMs: number;
  readonly #timeScale: number;
  readonly journal = new Journal();
  readonly parking: Parking;
  readonly watchman: Watchman;
  readonly reader: Reader;
  readonly borrowed: BorrowedClients;
  /** Wall clock: when the last operation of each object is settled. */
  readonly settled = new Map<string, number>();
  /** All of them. */
  readonly fences = new Map<string, readonly Operation[]>();
  /** Since when no call about an object has been seen; monotonic. */
  lastCallAt = performance.now();
  /** The same of calls that are about no object. */
  lastOwnCallAt = performance.now();
  /** The operator that was started last has seen the provider's list. */
  swept = false;
  operator: OperatorProcess | undefined;
  /** Of which calls the first answer is lost. */
  loses: string | undefined;
  readonly #lostOnce = new Set<string>();
  /** Whoever shares the account, where anybody does. */
  neighbour: Neighbour | undefined;
  #next: OperatorProcess | undefined;
  #generation = 0;
  #relays: { readonly kube: Relay; readonly provider: Relay } | undefined;
  #kubeconfig: ({ path: string } & AsyncDisposable) | undefined;
  /** The operator that was started last has asked for the objects. */
  #listed = false;

  private constructor(world: World<Upstream>, timeScale: number) {
    this.world = world;
    this.#timeScale = timeScale;
    this.overlapMs = OVERLAP_MS / timeScale;
    this.reader = new Reader(world.namespace, world.upstream);
    this.borrowed = new BorrowedClients(world.upstream);
    this.watchman = new Watchman(world.upstream, (id) => this.reader.objectOfClient(id), this.overlapMs);
    this.parking = new Parking(this.journal, (call) => this.#carryOut(call));
  }

  static async make(kubeconfig: string, { start, timeScale }: Place): Promise<Site> {
    const site = new Site(await World.over(kubeconfig, await start()), timeScale);
    const { world, reader, parking } = site;
    const conduct = (call: Call): Promise<Answer | undefined> => {
      if (call.object !== undefined) site.lastCallAt = performance.now();
      else if (!/ (leases|events)$/.test(call.brief)) site.lastOwnCallAt = performance.now();
      if (/^(LIST|WATCH) machineclients$/.test(call.brief)) site.#listed = true;
      const answer = parking.pass(call, call.object ?? process);
      return site.#losesAnswer(call) ? answer.then(() => undefined) : answer;
    };
    const kube = await Relay.toCluster(kubeconfig, (relayed) => conduct(reader.kube(relayed)));
    const provider = await Relay.toServer(world.upstream.url, (relayed) => conduct(reader.provider(relayed)));
    site.#relays = { kube, provider };
    site.#kubeconfig = await writeKubeconfig(kube.url);
    return site;
  }

  /**
   * The provider behind the relay. Its time-out is longer than it takes to park all, so that nobody gives up before
   * the kill; K.until is that much later (20 s / 5 + W + margin = 6 s).
   */
  async provider(more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.world.provider({
      ...this.world.upstream.spec(this.#relays?.provider.url),
      connection: { timeout: '20s' },
      // What arrives too late is found by the next sweep.
      ...(['additive', 'staged'].includes(this.world.upstream.style) && { resyncInterval: '1m' }),
      limits: { requestsPerMinute: 600_000, burst: 10_000, concurrency: 256 },
      clientPolicy: { adoption: 'Allow' },
      ...(this.neighbour && { orphanPolicy: 'Delete' }),
      ...more,
    });
  }

  start(flags: readonly string[] = []): OperatorProcess {
    this.#generation++;
    this.journal.note(undefined, `operator ${this.#generation} starts`);
    this.#listed = false;
    this.swept = false;
    this.operator = this.world.operator(['--concurrency=64', `--time-scale=${this.#timeScale}`, ...flags], {
      kubeconfig: this.#kubeconfig?.path ?? '',
    });
    return this.operator;
  }

  /** Starts another operator beside the one that leads; resolves when its caches are filled. */
  async standBy(): Promise<void> {
    const { operator } = this;
    this.#next = this.start(leading);
    await this.listed();
    this.operator = operator;
  }

  /** Stops the operator that leads; resolves with it when the one that stood by leads. */
  async fallAsleep(): Promise<OperatorProcess> {
    const former = this.operator;
    const next = this.#next;
    if (!former || !next) throw new Error('one leads, and one stands by');
    this.parking.disarm();
    this.journal.note(undefined, `SIGSTOP of operator ${this.#generation - 1}`);
    former.signal('SIGSTOP');
    this.operator = next;
    await until('another one leads', () => next.output.some((line) => line.includes('started leading')), {
      timeoutMs: 30_000,
    });
    this.journal.note(undefined, `operator ${this.#generation} leads`);
    return former;
  }

  async wake(operator: OperatorProcess): Promise<void> {
    this.journal.note(undefined, 'SIGCONT of the one that led before');
    operator.signal('SIGCONT');
    const ended = await Promise.race([operator.exited.then(() => true), sleep(15_000).then(() => false)]);
    this.journal.note(undefined, ended ? 'it has ended' : 'it goes on, though it does not lead any more');
    if (!ended) throw new Error('a process that lost its lease goes on');
  }

  /** Resolves when the operator that was started last has asked for the objects. */
  async listed(): Promise<void> {
    const { operator } = this;
    await until('the operator asks for the objects', () => this.#listed, {
      timeoutMs: 30_000,
      explain: () => operator?.output.slice(-5).join('\n') ?? 'none runs',
    });
  }

  async kill(): Promise<void> {
    this.parking.disarm();
    this.journal.note(undefined, `SIGKILL of operator ${this.#generation}`);
    await this.operator?.kill('SIGKILL');
    this.operator = undefined;
  }

  async picture(): Promise<Picture> {
    const { kube, namespace, upstream } = this.world;
    const [objects, all, providers, present] = await Promise.all([
      kube.list<MachineClientWire>(machineClients, { namespace }).catch(noneWithoutDefinition),
      kube.list<SecretWire>(secrets, { namespace }),
      kube.list(identityProviders, { namespace }),
      kube.get(namespaces, { name: namespace }, { metadataOnly: true }).then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      ),
    ]);
    const clients = upstream.clients();
    const byOwner = Map.groupBy(clients, ({ owner }) => owner ?? '');
    const names = new Set(objects.map(({ metadata }) => metadata.name));
    return {
      style: upstream.style,
      objects: new Map(objects.map((object) => [object.metadata.name, object])),
      namespace: present,
      provider: providers.length > 0,
      secrets: new Map(all.map((secret) => [secret.metadata.name, secret])),
      clients: (object) =>
        this.borrowed.idOf(object) !== undefined
          ? this.borrowed.of(object, clients, names.has(object))
          : (byOwner.get(`${namespace}/${namespace}/${object}`) ?? []),
      harmed: (object) => this.borrowed.harmed(object, clients),
      client: (id) => clients.find(({ clientId }) => clientId === id),
    };
  }

  /** The answer to the first call of one kind, of each object. */
  #losesAnswer({ brief, object }: Call): boolean {
    if (object === undefined || brief !== this.loses || this.#lostOnce.has(object)) return false;
    this.#lostOnce.add(object);
    this.journal.note(object, `the answer to ${brief} will be lost`);
    return true;
  }

  async #carryOut(call: Call): Promise<Answer> {
    const fence = fencedBy(call);
    if (call.object !== undefined && fence) {
      this.settled.set(call.object, fence.until);
      this.fences.set(call.object, [...(this.fences.get(call.object) ?? []), fence]);
    }
    const late = call.relayed.gone;
    const answer = await call.relayed.forward();
    this.journal.note(
      call.object ?? process,
      `${call.side} ${call.brief}${late ? ' (late)' : ''} → ${answer.status}`,
    );
    this.watchman.sees(call, answer, late);
    if ((call.brief === 'search' || call.brief === 'list') && answer.status === 200 && !late)
      this.swept = true;
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.neighbour?.[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
    await this.#relays?.kube[Symbol.asyncDispose]();
    await this.#relays?.provider[Symbol.asyncDispose]();
    await this.#kubeconfig?.[Symbol.asyncDispose]();
  }
}
