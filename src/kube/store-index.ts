export type Indexers<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** From a value (a Secret's name, a provider's key) to the objects that have it, kept as the store changes. */
export class StoreIndex<T> {
  readonly #indexers: readonly [string, (object: T) => readonly string[]][];
  readonly #keys = new Map<string, Map<string, Set<string>>>();

  constructor(indexers: Indexers<T>) {
    this.#indexers = Object.entries(indexers);
    for (const [name] of this.#indexers) this.#keys.set(name, new Map());
  }

  keys(index: string, value: string): Iterable<string> {
    const values = this.#keys.get(index);
    if (values === undefined) throw new RangeError(`no index "${index}"`);
    return values.get(value) ?? [];
  }

  update(key: string, old: T | undefined, now: T | undefined): void {
    for (const [name, valuesOf] of this.#indexers) {
      const values = this.#keys.get(name) as Map<string, Set<string>>;
      if (old !== undefined) for (const value of valuesOf(old)) remove(values, value, key);
      if (now !== undefined) for (const value of valuesOf(now)) insert(values, value, key);
    }
  }
}

const insert = (values: Map<string, Set<string>>, value: string, key: string): void => {
  const keys = values.get(value);
  if (keys === undefined) values.set(value, new Set([key]));
  else keys.add(key);
};

const remove = (values: Map<string, Set<string>>, value: string, key: string): void => {
  const keys = values.get(value);
  keys?.delete(key);
  if (keys?.size === 0) values.delete(value); // Else names long gone would pile up.
};
