import { type Backoff, decorrelatedJitter } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import { type Attempt, KubeError } from './errors.ts';
import { type ListScope, listAll, type RawObject, scopeQuery } from './list-pager.ts';
import { InitialEvents } from './initial-events.ts';
import type { KubeLog } from './log.ts';
import { judge, StreamEnded } from './reflector-failure.ts';
import { collectionPath, objectKey, type ObjectMeta, resourceName } from './resource.ts';
import { onSilence } from './silence.ts';
import type { Store, Stored } from './store.ts';
import type { Transport } from './transport.ts';
import { readWatch, type WatchEvent } from './watch-stream.ts';

export interface ReflectorTimings {
  /** For all objects to arrive in a watch that begins with them; then the list is read in pages instead. */
  readonly initialEventsMs: number;
  /** Without a byte a stream is given up. Bookmarks come about once a minute, but are not promised. */
  readonly staleMs: number;
  /** A watch that ends sooner, without an event, has failed. */
  readonly shortWatchMs: number;
  /** How long the server is asked to keep a watch: at random between the two, so that watches do not end together. */
  readonly watchSeconds: readonly [least: number, most: number];
  readonly backoff: Backoff;
}

export interface ReflectorOptions<T extends Stored> extends ListScope {
  readonly transport: Transport;
  /** Several reflectors may feed one store, each with its namespace. */
  readonly store: Store<T>;
  /** What the store keeps of an object: new values, without `managedFields`. undefined: nothing. */
  readonly project: (raw: RawObject) => T | undefined;
  /** `project` threw; what was known of that object stays, and all others go on. */
  readonly onBadObject?: ((key: string, error: Error) => void) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log?: KubeLog | undefined;
  readonly timings?: Partial<ReflectorTimings> | undefined;
}

const TIMINGS: ReflectorTimings = {
  initialEventsMs: 60_000,
  staleMs: 180_000,
  shortWatchMs: 1_000,
  watchSeconds: [300, 600],
  backoff: { firstMs: 500, mostMs: 30_000 },
};

/** What was last waited for, and how long. */
interface Waited {
  readonly waitMs: number;
  readonly cause: string;
}

/** After so many failed tries to begin with a watch, one list in pages: a proxy may cut long answers. */
const INITIAL_TRIES = 2;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * Keeps a store equal to what the API server has: all objects first, then every change, for ever, through whatever
 * happens to connections, versions and servers. It ends only with its signal.
 */
export class Reflector<T extends Stored> {
  readonly #options: ReflectorOptions<T>;
  readonly #timings: ReflectorTimings;
  readonly #waiting = new Set<() => void>();
  readonly #relists = new Map<string, number>();
  /** Where the next watch goes on from; undefined: begin with all objects. */
  #resourceVersion: string | undefined;
  #relistReason = 'start';
  #watchListWorks = true;
  #initialFailures = 0;
  #hasSynced = false;
  #isWatching = false;
  #problem: KubeError | undefined;
  #lastSyncAt: number | undefined;
  #lastEventAt: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#timings = { ...TIMINGS, ...options.timings };
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** A stream is open that has shown all objects, or goes on from them. It may be half open, until `staleMs` are over. */
  get isWatching(): boolean {
    return this.#isWatching;
  }

  /** Why it cannot list or watch at the moment: a missing CRD (404), a missing permission (403), no connection. */
  get problem(): KubeError | undefined {
    return this.#problem;
  }

  /** Times of the wall clock, for metrics. */
  get lastSyncAt(): number | undefined {
    return this.#lastSyncAt;
  }

  get lastEventAt(): number | undefined {
    return this.#lastEventAt;
  }

  /** How often all objects were read, by reason. */
  get relists(): ReadonlyMap<string, number> {
    return this.#relists;
  }

  /** Resolves once all objects have been seen; rejects with the signal's reason. */
  whenSynced(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(onSynced);
        reject(signal.reason as Error);
      };
      const onSynced = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      if (this.#hasSynced) resolve();
      else if (signal.aborted) reject(signal.reason as Error);
      else {
        this.#waiting.add(onSynced);
        signal.addEventListener('abort', onAbort, { once: true });
      }
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let [waitMs, cause] = [0, ''];
    while (!signal.aborted) {
      const begunAt = clock.monotonic();
      const initial = this.#resourceVersion === undefined;
      const streams = !initial || (this.#watchListWorks && this.#initialFailures < INITIAL_TRIES);
      try {
        if (streams) await this.#watch(signal);
        else await this.#list(signal);
        waitMs = 0;
      } catch (error) {
        if (error instanceof KubeError && error.reason === 'Aborted') return;
        // A connection that is cut once in a while (an idle timeout on the way) is no reason to wait ever longer.
        const wentWell = clock.monotonic() - begunAt > this.#timings.backoff.mostMs;
        const failed = this.#failed(error, initial && streams, wentWell ? undefined : { waitMs, cause });
        [waitMs, cause] = [failed.waitMs, failed.cause];
        await sleep(clock, waitMs, signal).catch(() => {});
      }
    }
  }

  /** How long to wait before the next step. What failed for another reason before has got further: that begins anew. */
  #failed(error: unknown, initialWatch: boolean, before: Waited | undefined): Waited {
    const { resource, namespace, random, log } = this.#options;
    const next = judge(error, initialWatch);
    if (initialWatch && this.#resourceVersion === undefined) this.#initialFailures++;
    if (next.withoutWatchList) this.#watchListWorks = false;
    if (next.relist) {
      this.#resourceVersion = undefined;
      this.#relistReason = next.reason;
    }
    const previousMs = before?.cause === next.reason ? before.waitMs : 0;
    const { firstMs, mostMs } = this.#timings.backoff;
    const backoff = { firstMs, mostMs: Math.min(mostMs, next.mostMs) };
    const waitMs = next.atOnce
      ? 0
      : Math.round(Math.max(next.notBeforeMs, decorrelatedJitter(backoff, previousMs, random)));
    log?.info(
      { resource: resourceName(resource), namespace, reason: next.reason, waitMs, error },
      'watch interrupted',
    );
    return { waitMs, cause: next.reason };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { transport, clock, store, namespace } = this.#options;
    const begunAt = clock.monotonic();
    const unreadable = new Set<string>();
    const listed = await this.#noting(
      listAll(transport, { ...this.#options, pool: 'api', signal }, (raw) => this.#project(raw, unreadable)),
    );
    store.replace(listed.items, { begunAt, namespace, unreadable });
    this.#synced(listed.resourceVersion);
  }

  /** One watch, from its request to its end. Throws unless the server ended it in good order. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { transport, clock, resource, namespace, metadataOnly } = this.#options;
    const { initialEventsMs, staleMs, shortWatchMs } = this.#timings;
    const attempt: Attempt = { verb: 'watch', resource, namespace };
    const begunAt = clock.monotonic();
    using link = linkAbort(clock, signal);
    try {
      using stream = await this.#noting(
        transport.stream(
          {
            attempt,
            method: 'GET',
            path: `${collectionPath(resource, namespace)}?${this.#watchQuery()}`,
            accept: metadataOnly ? METADATA_ONLY : undefined,
            signal: link.signal,
          },
          'watch',
        ),
      );
      using initial =
        this.#resourceVersion === undefined
          ? new InitialEvents<T>(clock, initialEventsMs, () =>
              link.abort(new StreamEnded('initial-events-missing')),
            )
          : undefined;
      this.#isWatching = initial === undefined;
      using silence = onSilence(clock, staleMs, () => link.abort(new StreamEnded('stale')));
      let events = 0;
      await readWatch(stream.chunks, attempt, clock, {
        event: (event) => {
          events++;
          this.#lastEventAt = clock.now();
          if (initial === undefined || initial.complete) this.#apply(event);
          else this.#collect(initial, event, begunAt);
        },
        chunk: () => {
          silence.heard();
          this.#options.store.progressed(namespace);
        },
      });
      const short = events === 0 && clock.monotonic() - begunAt < shortWatchMs;
      if (short || (initial !== undefined && !initial.complete)) throw new StreamEnded('short-watch');
    } catch (error) {
      // Our own deadline ended it: that is the reason, and the broken stream only its consequence.
      throw link.signal.reason instanceof StreamEnded ? link.signal.reason : error;
    } finally {
      this.#isWatching = false;
    }
  }

  #watchQuery(): string {
    const [least, most] = this.#timings.watchSeconds;
    const seconds = Math.round(least + this.#options.random() * (most - least));
    return new URLSearchParams({
      ...scopeQuery(this.#options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      ...(this.#resourceVersion === undefined
        ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion: this.#resourceVersion }),
    }).toString();
  }

  /** Of a stream that began with all objects: they go into the store together, when the last has come. */
  #collect(initial: InitialEvents<T>, event: WatchEvent, begunAt: number): void {
    if (event.type === 'BOOKMARK') {
      if (!event.initialEventsEnd) return;
      const { store, namespace } = this.#options;
      const { unreadable } = initial;
      store.replace(initial.end(), { begunAt, namespace, unreadable });
      this.#synced(event.resourceVersion);
      this.#isWatching = true;
      return;
    }
    const key = objectKey(event.object.metadata);
    const kept = event.type === 'DELETED' ? undefined : this.#project(event.object, initial.unreadable);
    if (kept === undefined) initial.objects.delete(key);
    else initial.objects.set(key, kept);
  }

  #apply(event: WatchEvent): void {
    const { store } = this.#options;
    if (event.type !== 'BOOKMARK') {
      const unreadable = new Set<string>();
      const { metadata } = event.object;
      const kept =
        event.type === 'DELETED'
          ? undefined
          : (this.#echoOf(metadata) ?? this.#project(event.object, unreadable));
      if (kept !== undefined) store.observe(kept);
      else if (unreadable.size === 0) store.observeDeleted(metadata);
      this.#resourceVersion = metadata.resourceVersion;
    } else this.#resourceVersion = event.resourceVersion;
  }

  /** Most events are the echo of our own write, whose answer has been projected already. */
  #echoOf(metadata: ObjectMeta): T | undefined {
    const known = this.#options.store.get(objectKey(metadata));
    const { uid, resourceVersion } = metadata;
    return known?.uid === uid && known.resourceVersion === resourceVersion ? known : undefined;
  }

  #project(raw: RawObject, unreadable: Set<string>): T | undefined {
    try {
      return this.#options.project(raw);
    } catch (error) {
      const key = objectKey(raw.metadata);
      unreadable.add(key);
      this.#options.onBadObject?.(key, asError(error));
      return undefined;
    }
  }

  #synced(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    this.#initialFailures = 0;
    this.#relists.set(this.#relistReason, (this.#relists.get(this.#relistReason) ?? 0) + 1);
    this.#lastSyncAt = this.#options.clock.now();
    this.#hasSynced = true;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** A list or the opening of a watch shows whether we may and can. */
  async #noting<V>(work: Promise<V>): Promise<V> {
    try {
      const result = await work;
      this.#problem = undefined;
      return result;
    } catch (error) {
      if (error instanceof KubeError && error.reason !== 'Aborted') this.#problem = error;
      throw error;
    }
  }
}
