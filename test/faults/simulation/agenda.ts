/** Something that will happen, at a time of the world's own clock (milliseconds since it began). */
class Entry implements Disposable {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;

  constructor(at: number, order: number, run: () => void) {
    this.at = at;
    this.order = order;
    this.run = run;
  }

  [Symbol.dispose](): void {
    this.run = undefined;
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** What happens next in the world: a heap by time. Time moves only when the next thing is taken. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #now = 0;
  #order = 0;

  get now(): number {
    return this.#now;
  }

  /** Disposing prevents it. */
  at(time: number, run: () => void): Disposable {
    const entry = new Entry(Math.max(time, this.#now), this.#order++, run);
    this.#push(entry);
    return entry;
  }

  after(ms: number, run: () => void): Disposable {
    return this.at(this.#now + Math.max(ms, 0), run);
  }

  /** Does the next thing that is due by `until`; false when there is none, and then it is `until`. */
  step(until: number): boolean {
    for (let top = this.#heap[0]; top !== undefined && top.at <= until; top = this.#heap[0]) {
      this.#pop();
      if (!top.run) continue;
      this.#now = top.at;
      top.run();
      return true;
    }
    this.#now = Math.max(this.#now, until);
    return false;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && before(right, heap[child] as Entry)) child++;
      const below = heap[child] as Entry;
      if (!before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}
