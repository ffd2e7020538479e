import type { Clock } from '../runtime/clock.ts';
import { deepFreeze, share } from '../runtime/share.ts';
import { objectKey, type ObjectMeta } from './resource.ts';
import { SeenVersions } from './seen-versions.ts';
import { type Indexers, StoreIndex } from './store-index.ts';

/** What a projection must keep of every object. `namespace` is empty for what is cluster-scoped. */
export interface Stored {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export type Change<T> =
  | { readonly type: 'added'; readonly key: string; readonly new: T; readonly old?: undefined }
  | { readonly type: 'updated'; readonly key: string; readonly new: T; readonly old: T }
  | {
      readonly type: 'deleted';
      readonly key: string;
      readonly old: T;
      readonly new?: undefined;
      /** As it was at its end; undefined where no stream has shown that, as after a list in which it is missing. */
      readonly last?: ObjectMeta | undefined;
    };

/** `old`: what was here under this key before; `now`: what is here. */
export type Follower<T> = (key: string, old: T | undefined, now: T | undefined) => void;

export interface StoreOptions<T> {
  readonly clock: Clock;
  /** They see what the projection made. */
  readonly indexers?: Indexers<T> | undefined;
  /** The namespaces that are watched, one reflector each; left out: one reflector for all. */
  readonly namespaces?: readonly string[] | undefined;
  /** How long the stream has to show us our own write. */
  readonly ownWriteMs?: number | undefined;
  /** An object from a stream or a list could not be stored: what was known of it stays, and all others go on. */
  readonly onRefused?: ((key: string, error: unknown) => void) | undefined;
  /** A handler threw. The other handlers, and the stream, go on. */
  readonly onHandlerError?: ((error: unknown) => void) | undefined;
}

/**
 * Our own write, as long as its event has not come by.
 *
 * `seen` is what the stream has said meanwhile: it counts when our event never comes.
 */
interface OwnWrite<T> {
  readonly uid: string;
  /** undefined: we deleted it, and its end is awaited. */
  readonly resourceVersion: string | undefined;
  readonly since: number;
  seen: T | undefined;
}

const OWN_WRITE_MS = 30_000;

/**
 * The objects of one resource as the watch shows them, frozen projections, by key and by index.
 *
 * It shows our own writes at once: `wrote` puts the answer of a write in its place, and until the event of that very
 * version has come by, events of the object are older (the stream is in order, and the write was conditional on the
 * newest copy there was) and are not shown. So a pass never decides on a copy older than its own last write. A
 * version is a name, not a number: it is compared for equality and nothing else.
 *
 * The wait ends when the list is read again, or when the stream moves on for `ownWriteMs` without our event (a write
 * that changed nothing has none): then what the stream said holds.
 */
export class Store<T extends Stored> {
  readonly #clock: Clock;
  readonly #ownWriteMs: number;
  readonly #onRefused: ((key: string, error: unknown) => void) | undefined;
  readonly #onHandlerError: ((error: unknown) => void) | undefined;
  readonly #objects = new Map<string, T>();
  readonly #index: StoreIndex<T>;
  readonly #unsynced: Set<string | undefined>;
  readonly #handlers = new Set<(change: Change<T>) => void>();
  readonly #followers = new Set<Follower<T>>();
  readonly #ownWrites = new Map<string, OwnWrite<T>>();
  readonly #versions = new SeenVersions();
  /** The one that was put last. */
  #last: T | undefined;

  constructor(options: StoreOptions<T>) {
    this.#clock = options.clock;
    this.#ownWriteMs = options.ownWriteMs ?? OWN_WRITE_MS;
    this.#onRefused = options.onRefused;
    this.#onHandlerError = options.onHandlerError;
    this.#index = new StoreIndex(options.indexers ?? {});
    this.#unsynced = new Set(options.namespaces ?? [undefined]);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Throws a RangeError for an index that was not declared. */
  byIndex(index: string, value: string): readonly T[] {
    return Array.from(this.#index.keys(index, value), (key) => this.#objects.get(key) as T);
  }

  /** As `byIndex`, one after the other: for who stops at the first that counts. Nothing may change meanwhile. */
  *eachByIndex(index: string, value: string): Generator<T, void> {
    for (const key of this.#index.keys(index, value)) yield this.#objects.get(key) as T;
  }

  /** Every watched namespace has been listed once. */
  get hasSynced(): boolean {
    return this.#unsynced.size === 0;
  }

  /** Handlers are called in the stream's own turn: they put a key in a queue and return. */
  subscribe(handler: (change: Change<T>) => void): Disposable {
    this.#handlers.add(handler);
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) };
  }

  /**
   * For who keeps count of what is here: called at each change of it, our own writes with the others, and before any
   * handler of `subscribe`. It must not change the store.
   */
  follow(follower: Follower<T>): Disposable {
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }

  /** The answer of our own write. No handler is called: the writer knows. */
  wrote(object: T): void {
    const key = objectKey(object);
    const { uid, resourceVersion } = object;
    const known = this.#objects.get(key);
    // The answer was slower than the stream: what is here is this version or a newer one.
    if (this.#versions.has(key, resourceVersion)) return;
    if (known?.uid === uid && known.resourceVersion === resourceVersion) return;
    this.#put(key, object);
    this.#await(key, { uid, resourceVersion, since: this.#clock.monotonic(), seen: known });
  }

  /** The answer of our own delete. No handler is called before the stream says so too. */
  removed(key: string, uid: string): void {
    const known = this.#objects.get(key);
    if (known?.uid !== uid) return; // The stream has already said so, or there is another one of that name.
    this.#await(key, { uid, resourceVersion: undefined, since: this.#clock.monotonic(), seen: known });
    this.#drop(key);
  }

  /** From a stream: the object is there, in this version. */
  observe(object: T): void {
    const key = objectKey(object);
    this.#remember(key, object.resourceVersion);
    const own = this.#ownWrites.get(key);
    if (own === undefined) {
      this.#guarded(key, () => this.#set(key, object));
      return;
    }
    own.seen = object;
    if (own.uid !== object.uid || own.resourceVersion !== object.resourceVersion) return;
    this.#ownWrites.delete(key);
    this.#guarded(key, () => void this.#put(key, object));
  }

  /** From a stream: the object with that uid is gone, or not selected any more. */
  observeDeleted(last: ObjectMeta): void {
    const { uid, resourceVersion } = last;
    const key = objectKey(last);
    this.#remember(key, resourceVersion);
    const own = this.#ownWrites.get(key);
    // The end of an earlier object of that name says nothing about the one that we have written since.
    if (own !== undefined && own.uid !== uid) own.seen = undefined;
    else this.#guarded(key, () => this.#end(key, own, last));
  }

  /**
   * From a list: these are all objects (of that namespace). `begunAt` is the monotonic time at which it was asked
   * for: what we wrote later need not be in it. `unreadable` are keys that are there, but could not be projected:
   * what is known of them stays.
   */
  replace(
    items: readonly T[],
    from: {
      readonly begunAt: number;
      readonly namespace?: string | undefined;
      readonly unreadable?: ReadonlySet<string>;
    },
  ): void {
    const listed = new Set<string>(from.unreadable);
    for (const item of items) {
      const key = objectKey(item);
      listed.add(key);
      const own = this.#ownWriteSince(key, from.begunAt);
      if (own !== undefined && own.resourceVersion !== item.resourceVersion) {
        own.seen = item;
        continue;
      }
      this.#ownWrites.delete(key);
      this.#guarded(key, () => this.#set(key, item));
    }
    for (const key of [...this.#objects.keys(), ...this.#ownWrites.keys()]) {
      if (listed.has(key) || !isIn(key, from.namespace)) continue;
      const own = this.#ownWriteSince(key, from.begunAt);
      if (own?.resourceVersion === undefined) this.#guarded(key, () => this.#end(key, own));
      else own.seen = undefined;
    }
    this.#unsynced.delete(from.namespace);
  }

  /** From a stream, after each piece: it lives, so events of writes that are long past should have come. */
  progressed(namespace?: string): void {
    for (const [key, own] of this.#ownWrites) {
      // The oldest come first.
      if (this.#clock.monotonic() - own.since < this.#ownWriteMs) return;
      if (!isIn(key, namespace)) continue;
      this.#ownWrites.delete(key);
      const { seen } = own;
      this.#guarded(key, () => (seen === undefined ? this.#unset(key) : this.#set(key, seen)));
    }
  }

  /** One object that cannot be stored or indexed is its own trouble: the stream, and all others, go on. */
  #guarded(key: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onRefused?.(key, error);
    }
  }

  #await(key: string, own: OwnWrite<T>): void {
    const earlier = this.#ownWrites.get(key);
    // Several writes before any event: the last one is awaited, and it stands last in the order of time.
    this.#ownWrites.delete(key);
    this.#ownWrites.set(key, earlier === undefined ? own : { ...own, seen: earlier.seen });
  }

  #ownWriteSince(key: string, begunAt: number): OwnWrite<T> | undefined {
    const own = this.#ownWrites.get(key);
    return own !== undefined && own.since >= begunAt ? own : undefined;
  }

  #remember(key: string, resourceVersion: string): void {
    const known = this.#objects.get(key);
    if (known !== undefined && !this.#ownWrites.has(key)) this.#versions.add(key, known.resourceVersion);
    this.#versions.add(key, resourceVersion);
  }

  #set(key: string, object: T): void {
    const old = this.#objects.get(key);
    if (old?.uid === object.uid && old.resourceVersion === object.resourceVersion) return;
    const now = this.#put(key, object);
    if (old === undefined) this.#tell({ type: 'added', key, new: now });
    else this.#tell({ type: 'updated', key, old, new: now });
  }

  /** Gone, and the stream says so. Of our own delete, handlers hear now: it was dropped without a word. */
  #end(key: string, own: OwnWrite<T> | undefined, last?: ObjectMeta): void {
    this.#ownWrites.delete(key);
    if (this.#objects.has(key)) this.#unset(key, last);
    else if (own?.seen !== undefined) this.#tell({ type: 'deleted', key, old: own.seen, last });
  }

  #unset(key: string, last?: ObjectMeta): void {
    const old = this.#drop(key);
    if (old !== undefined) this.#tell({ type: 'deleted', key, old, last });
  }

  /** All of it or nothing: what throws here throws before anything is changed. */
  #put(key: string, object: T): T {
    const old = this.#objects.get(key);
    // Without an older copy the one before it will do: lists are sorted, and neighbours are alike.
    const frozen = deepFreeze(share(object, old ?? this.#last));
    this.#index.update(key, old, frozen);
    this.#last = frozen;
    this.#objects.set(key, frozen);
    this.#lead(key, old, frozen);
    return frozen;
  }

  #drop(key: string): T | undefined {
    const old = this.#objects.get(key);
    this.#index.update(key, old, undefined);
    this.#objects.delete(key);
    if (old !== undefined) this.#lead(key, old, undefined);
    return old;
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) this.#call(() => handler(change));
  }

  #lead(key: string, old: T | undefined, now: T | undefined): void {
    for (const follower of this.#followers) this.#call(() => follower(key, old, now));
  }

  #call(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onHandlerError?.(error);
    }
  }
}

const isIn = (key: string, namespace: string | undefined): boolean =>
  namespace === undefined || key.startsWith(`${namespace}/`);
