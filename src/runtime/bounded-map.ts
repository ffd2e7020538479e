/** Keeps what was made for a key, for the newest keys only: what was made first goes first. Nothing that throws is kept. */
export class BoundedMap<K, V> {
  readonly #made = new Map<K, V>();
  readonly #most: number;

  /** So many keys at most; at least 1. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#made.size;
  }

  /** What was made for the key, or what is made now. */
  getOrMake(key: K, make: () => V): V {
    const found = this.#made.get(key);
    // Undefined may be what was made.
    if (found !== undefined || this.#made.has(key)) return found as V;
    const made = make();
    this.#made.set(key, made);
    if (this.#made.size > this.#most) {
      const [first] = this.#made.keys();
      this.#made.delete(first as K);
    }
    return made;
  }
}
