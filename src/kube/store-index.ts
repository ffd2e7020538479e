export type Indexers<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** Most values belong to one object alone, and a set for each takes more than the object's own fields. */
type Keys = string | Set<string>;

/** From a value (a Secret's name, a provider's key) to the objects that have it, kept as the store changes. */
export class StoreIndex<T> {
  readonly #indexers: readonly [string, (object: T) => readonly string[]][];
  readonly #keys = new Map<string, Map<string, Keys>>();

  constructor(indexers: Indexers<T>) {
    this.#indexers = Object.entries(indexers);
    for (const [name] of this.#indexers) this.#keys.set(name, new Map());
  }

  keys(index: string, value: string): Iterable<string> {
    const values = this.#keys.get(index);
    if (values === undefined) throw new RangeError(`no index "${index}"`);
    const keys = values.get(value);
    return typeof keys === 'string' ? [keys] : (keys ?? []);
  }

  /** All indexes or none: an indexer that throws has changed nothing. */
  update(key: string, old: T | undefined, now: T | undefined): void {
    const changes = this.#indexers.map(([name, valuesOf]) => ({
      values: this.#keys.get(name) as Map<string, Keys>,
      gone: old === undefined ? [] : valuesOf(old),
      come: now === undefined ? [] : valuesOf(now),
    }));
    for (const { values, gone, come } of changes) {
      for (const value of gone) remove(values, value, key);
      for (const value of come) insert(values, value, key);
    }
  }
}

const insert = (values: Map<string, Keys>, value: string, key: string): void => {
  const keys = values.get(value);
  // Where both are one text, one copy of it is kept.
  if (keys === undefined) values.set(value === key ? key : value, key);
  else if (typeof keys !== 'string') keys.add(key);
  else if (keys !== key) values.set(value, new Set([keys, key]));
};

const remove = (values: Map<string, Keys>, value: string, key: string): void => {
  const keys = values.get(value);
  if (typeof keys !== 'string') keys?.delete(key);
  // Else names long gone would pile up.
  if (keys === key || (typeof keys === 'object' && keys.size === 0)) values.delete(value);
};
