/** Beyond this many the older half is forgotten: about 2 MB, and far more than happens within one request. */
const HALF = 10_000;

/**
 * Which versions of which objects went by lately. An answer to a write can come later than the watch event of it,
 * and even later than the event of the next change; only who remembers can tell that from an event yet to come.
 */
export class SeenVersions {
  #young = new Set<string>();
  #old = new Set<string>();

  add(key: string, resourceVersion: string): void {
    if (this.#young.size >= HALF) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(`${key}@${resourceVersion}`);
  }

  has(key: string, resourceVersion: string): boolean {
    const entry = `${key}@${resourceVersion}`;
    return this.#young.has(entry) || this.#old.has(entry);
  }
}
