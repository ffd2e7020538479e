import { objectKey } from '../../../../src/kube/resource.ts';
import { deepFreeze } from './json.ts';
import { Stored, type StoredObject } from './stored.ts';

/** One change, as watches are told of it. */
export interface LogEntry {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly key: string;
  readonly stored: Stored;
  readonly previous: Stored | undefined;
}

/** All that etcd held at one moment. It may be restored any number of times. */
export interface Snapshot {
  readonly revision: number;
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Stored>>;
}

/** The objects of one resource. */
interface Table {
  readonly objects: Map<string, Stored>;
  readonly log: LogEntry[];
  /** In the order of keys; undefined after a change. */
  sorted: readonly Stored[] | undefined;
}

/** A fresh cluster has seen many writes; and 1 must be a version that is long gone. */
const FIRST_REVISION = 1_000;

/**
 * etcd: the objects by resource and key, one revision for all of them, and the changes since the last compaction.
 */
export class Store {
  readonly #tables: Map<string, Table>;
  readonly #onCommit: (resource: string, entry: LogEntry) => void;
  #revision = FIRST_REVISION;
  #compacted = FIRST_REVISION;

  constructor(resources: readonly string[], onCommit: (resource: string, entry: LogEntry) => void) {
    this.#tables = new Map(
      resources.map((resource) => [resource, { objects: new Map(), log: [], sorted: undefined }]),
    );
    this.#onCommit = onCommit;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Changes up to this one are forgotten. */
  get compacted(): number {
    return this.#compacted;
  }

  get(resource: string, key: string): Stored | undefined {
    return this.#table(resource).objects.get(key);
  }

  list(resource: string): readonly Stored[] {
    const table = this.#table(resource);
    table.sorted ??= inOrder(table.objects);
    return table.sorted;
  }

  /** As of an earlier revision, which must not be compacted. */
  listAt(resource: string, revision: number): readonly Stored[] {
    const { objects, log } = this.#table(resource);
    if (log.every((entry) => entry.revision <= revision)) return this.list(resource);
    const then = new Map(objects);
    for (const entry of log.toReversed()) {
      if (entry.revision <= revision) break;
      if (entry.previous === undefined) then.delete(entry.key);
      else then.set(entry.key, entry.previous);
    }
    return inOrder(then);
  }

  changesAfter(resource: string, revision: number): readonly LogEntry[] {
    const { log } = this.#table(resource);
    const first = log.findIndex((entry) => entry.revision > revision);
    return first === -1 ? [] : log.slice(first);
  }

  /** Stores the object, with its version, in place of what was there. */
  put(resource: string, object: StoredObject, incomplete = false): Stored {
    const table = this.#table(resource);
    const stored = this.#next(object, incomplete);
    const key = objectKey(object.metadata);
    const previous = table.objects.get(key);
    table.objects.set(key, stored);
    this.#log(resource, previous === undefined ? 'ADDED' : 'MODIFIED', key, stored, previous);
    return stored;
  }

  /** `last`: the object as it is told of for the last time. */
  remove(resource: string, last: StoredObject): void {
    const table = this.#table(resource);
    const stored = this.#next(last, false);
    const key = objectKey(last.metadata);
    const previous = table.objects.get(key);
    table.objects.delete(key);
    this.#log(resource, 'DELETED', key, stored, previous);
  }

  compact(): void {
    for (const table of this.#tables.values()) table.log.length = 0;
    this.#compacted = this.#revision;
  }

  snapshot(): Snapshot {
    const tables = [...this.#tables].map(([resource, { objects }]) => [resource, new Map(objects)] as const);
    return { revision: this.#revision, tables: new Map(tables) };
  }

  /** The revision goes back too. What has been since then is as if it had never been. */
  restore({ revision, tables }: Snapshot): void {
    for (const [resource, table] of this.#tables) {
      table.objects.clear();
      for (const [key, stored] of tables.get(resource) ?? []) table.objects.set(key, stored);
      table.log.length = 0;
      table.sorted = undefined;
    }
    this.#revision = revision;
    this.#compacted = revision;
  }

  #table(resource: string): Table {
    const table = this.#tables.get(resource);
    if (table === undefined) throw new Error(`${resource} is not served`);
    return table;
  }

  #next(object: StoredObject, incomplete: boolean): Stored {
    this.#revision++;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    return new Stored(deepFreeze({ ...object, metadata }), incomplete);
  }

  #log(
    resource: string,
    type: LogEntry['type'],
    key: string,
    stored: Stored,
    previous: Stored | undefined,
  ): void {
    const table = this.#table(resource);
    table.sorted = undefined;
    const entry: LogEntry = { type, revision: this.#revision, key, stored, previous };
    table.log.push(entry);
    this.#onCommit(resource, entry);
  }
}

const inOrder = (objects: ReadonlyMap<string, Stored>): readonly Stored[] =>
  [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored);
