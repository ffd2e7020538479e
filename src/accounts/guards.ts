import { providerKeyOf, type MachineClient, type Provider } from '../api/objects.ts';
import { objectKey } from '../kube/resource.ts';
import type { Follower, Store } from '../kube/store.ts';
import type { SecretView } from '../machine-client/secret-view.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Counting } from './counting.ts';
import { isMassDeletion } from './deletion-guard.ts';
import { holdsDeletions } from './holds.ts';
import type { AccountListener, AccountRegistry, SharedPool } from './registry.ts';
import { keyOfProvider, type NamespaceView, type Serving } from './serving.ts';

export interface GuardsOptions {
  readonly clock: Clock;
  readonly scale: (ms: number) => number;
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  readonly providers: Store<Provider>;
  readonly clusterProviders: Store<Provider>;
  readonly namespaces: Store<NamespaceView>;
  readonly registry: AccountRegistry;
  readonly serving: Serving;
  readonly counting: Counting;
  readonly wakeClients: (key: string) => void;
}

/** A burst of lost Secrets is one event, not one for each. */
const JUDGE_EVERY_MS = 500;

/** When an account was judged, and whether something has changed since. */
interface Round {
  judgedAt: number;
  hasChanged: boolean;
  timer: Disposable | undefined;
}

/**
 * Drives the guards of all accounts. An object is recounted when it or its Secret changes, when a pass begins with it and
 * when a pass has read its client; several are when a list is finished that shows them, or when their provider object
 * changes. What has been counted is judged after each list, and by a timer, at most twice a second. Looking changes
 * nothing here.
 */
export class Guards implements AccountListener, Disposable {
  readonly #options: GuardsOptions;
  readonly #rounds = new Map<SharedPool, Round>();
  /** Whether deletions were held of an account when its objects were last counted. */
  readonly #holding = new WeakMap<SharedPool, boolean>();
  readonly #following = new DisposableStack();

  constructor(options: GuardsOptions) {
    this.#options = options;
    const { machineClients, secrets, providers, clusterProviders, namespaces } = options;
    this.#following.use(machineClients.follow(this.#onObject));
    this.#following.use(secrets.follow(this.#onSecret));
    for (const store of [providers, clusterProviders]) this.#following.use(store.follow(this.#onProvider));
    this.#following.use(namespaces.follow(this.#onNamespace));
  }

  /** A pass begins with the object of this key: it is to find what is known by now. */
  begin(key: string): void {
    const shared = this.#countKey(key);
    const round = shared && this.#rounds.get(shared);
    if (shared && round?.hasChanged && this.#dueIn(round) <= 0) this.#judge(shared);
  }

  /** A pass has read the object's client, or has changed it. */
  shown(key: string): void {
    this.#countKey(key);
  }

  joined(shared: SharedPool, provider: Provider): void {
    const { massChange } = provider.status;
    (massChange && isMassDeletion(massChange) ? shared.deletions : shared.mass).recall(massChange);
    this.#recountOf(shared, keyOfProvider(provider));
  }

  left(shared: SharedPool, key: string): void {
    for (const one of this.#keysOf(key)) this.#drop(shared, one);
    this.#recountOf(shared, undefined);
  }

  listed(shared: SharedPool, organization: string | undefined): void {
    const { tally } = shared;
    // Of those that may not use it, only a mark in some list says whether their deletion counts.
    const others =
      organization === undefined || !holdsDeletions(this.#options.serving, shared) ? [] : tally.in(undefined);
    this.#recount(shared, [...tally.in(organization), ...others]);
    this.#judge(shared);
  }

  closed(shared: SharedPool): void {
    this.#rounds.get(shared)?.timer?.[Symbol.dispose]();
    this.#rounds.delete(shared);
  }

  [Symbol.dispose](): void {
    this.#following.dispose();
    for (const shared of [...this.#rounds.keys()]) this.closed(shared);
  }

  readonly #onObject: Follower<MachineClient> = (key, old, now) => {
    const { registry } = this.#options;
    const before = old && registry.shared(providerKeyOf(old));
    const shared = now && registry.shared(providerKeyOf(now));
    if (before && before !== shared) this.#drop(before, key);
    if (shared) this.#count(shared, key, now);
  };

  readonly #onSecret: Follower<SecretView> = (_key, old, now) => {
    const owners = [old, now].flatMap((secret) => secret?.owner ?? []);
    for (const key of new Set(owners.map(objectKey))) this.#countKey(key);
  };

  /** Its spec says what its objects may do, and what is held of the account. */
  readonly #onProvider: Follower<Provider> = (_key, old, now) => {
    if (old?.uid === now?.uid && old?.generation === now?.generation) return;
    const provider = now ?? old;
    const key = provider && keyOfProvider(provider);
    const shared = key === undefined ? undefined : this.#options.registry.shared(key);
    if (shared) this.#recountOf(shared, key);
  };

  readonly #onNamespace: Follower<NamespaceView> = (key, old, now) => {
    if (JSON.stringify(old?.labels) === JSON.stringify(now?.labels)) return;
    const { machineClients, registry } = this.#options;
    for (const object of machineClients.eachByIndex('byNamespace', key)) {
      const shared = registry.shared(providerKeyOf(object));
      if (shared) this.#count(shared, objectKey(object), object);
    }
  };

  #countKey(key: string): SharedPool | undefined {
    const { machineClients, registry } = this.#options;
    const object = machineClients.get(key);
    const shared = object && registry.shared(providerKeyOf(object));
    if (object && shared) this.#count(shared, key, object);
    return shared;
  }

  /** One object. What it has lost may be lost in every organization: so the others are listed, too. */
  #count(shared: SharedPool, key: string, object: MachineClient): void {
    const { organization, since } = this.#set(shared, key, object) ?? {};
    if (since !== undefined) shared.pool.wantListedSince(since, { organization });
  }

  /** Returns where and since when, if its client is newly known to be gone. */
  #set(
    shared: SharedPool,
    key: string,
    object: MachineClient,
  ): { readonly organization: string | undefined; readonly since: number } | undefined {
    const { clock, counting, serving } = this.#options;
    const { tally, deletions } = shared;
    const now = clock.now();
    const before = tally.get(key)?.marked;
    const counted = counting.of(shared, object);
    const { marked, namespace, organization } = counted;
    const change = tally.set(key, counted, now);
    if (before !== undefined && before !== marked) deletions.unmark(before);
    if (marked !== undefined && holdsDeletions(serving, shared))
      deletions.mark({ uid: marked, namespace }, now);
    if (change !== 'same') this.#changed(shared);
    return change === 'gone' ? { organization, since: now } : undefined;
  }

  /** The objects of a provider object; all of the account, where it says whether deletions are held. */
  #recountOf(shared: SharedPool, key: string | undefined): void {
    const holds = holdsDeletions(this.#options.serving, shared);
    const isNews = (this.#holding.get(shared) ?? false) !== holds;
    this.#holding.set(shared, holds);
    const keys = isNews ? shared.members : key === undefined ? [] : [key];
    for (const member of keys) this.#recount(shared, this.#keysOf(member));
    this.#changed(shared);
  }

  #recount(shared: SharedPool, keys: Iterable<string>): void {
    const gone = new Map<string | undefined, number>();
    for (const key of keys) {
      const object = this.#options.machineClients.get(key);
      const lost = object && this.#set(shared, key, object);
      if (lost) gone.set(lost.organization, lost.since);
    }
    const [first, ...others] = gone.keys();
    if (gone.size === 0) return;
    const except = others.length > 0 ? undefined : { organization: first };
    shared.pool.wantListedSince(Math.max(...gone.values()), except);
  }

  #drop(shared: SharedPool, key: string): void {
    const { marked } = shared.tally.get(key) ?? {};
    if (marked !== undefined) shared.deletions.unmark(marked);
    if (shared.tally.set(key, undefined, this.#options.clock.now()) !== 'same') this.#changed(shared);
  }

  /** Of the objects of one provider object. */
  #keysOf(key: string): readonly string[] {
    return this.#options.machineClients.byIndex('byProvider', key).map(objectKey);
  }

  #changed(shared: SharedPool): void {
    const { clock } = this.#options;
    if (this.#following.disposed) return;
    const round = this.#rounds.get(shared) ?? {
      judgedAt: Number.NEGATIVE_INFINITY,
      hasChanged: true,
      timer: undefined,
    };
    this.#rounds.set(shared, round);
    round.hasChanged = true;
    round.timer ??= clock.timer(Math.max(0, this.#dueIn(round)), () => this.#judge(shared));
  }

  #dueIn({ judgedAt }: Round): number {
    const { clock, scale } = this.#options;
    return judgedAt + scale(JUDGE_EVERY_MS) - clock.monotonic();
  }

  #judge(shared: SharedPool): void {
    const { clock, serving, registry, wakeClients } = this.#options;
    const round = this.#rounds.get(shared);
    if (!round) return;
    round.timer?.[Symbol.dispose]();
    Object.assign(round, { timer: undefined, hasChanged: false, judgedAt: clock.monotonic() });
    const { pool, tally, mass, deletions, members, key } = shared;
    const now = clock.now();
    // Before the first complete list an empty inventory says nothing, and a hold that is recalled stays.
    const losses = pool.swept ? mass.assess(tally, key, now) : 'same';
    // Whether something of an object that may not use it is there, a list says; where there is none, nothing is.
    const isWhole = pool.swept || pool.account?.capabilities.canList === false;
    const marks = holdsDeletions(serving, shared)
      ? deletions.assess(tally.removable, key, now, isWhole)
      : 'same';
    if (losses === 'same' && marks === 'same') return;
    registry.changed(shared);
    if (losses === 'ended' || marks === 'begun') for (const member of members) wakeClients(member);
  }
}
