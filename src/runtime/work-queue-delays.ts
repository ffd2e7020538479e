import type { Clock } from './clock.ts';

interface Delay<V> {
  readonly due: number;
  readonly order: number;
  readonly key: string;
  readonly value: V;
}

/**
 * Keys that become due later, each at most once: a binary heap by time, with one timer for the first. A key that is
 * set again leaves its old entry in the heap, which is passed over when its turn comes.
 */
export class WorkQueueDelays<V> {
  readonly #clock: Clock;
  readonly #onDue: (key: string, value: V) => void;
  readonly #live = new Map<string, Delay<V>>();
  #heap: Delay<V>[] = [];
  #order = 0;
  #timer: { readonly due: number; readonly handle: Disposable } | undefined;

  constructor(clock: Clock, onDue: (key: string, value: V) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#live.size;
  }

  /** When the key is due, by the monotonic clock. */
  get(key: string): { readonly due: number; readonly value: V } | undefined {
    return this.#live.get(key);
  }

  set(key: string, due: number, value: V): void {
    const delay = { due, order: this.#order++, key, value };
    this.#live.set(key, delay);
    // Keys that are set over and over would fill the heap with what is passed over.
    if (this.#heap.length > 2 * this.#live.size + 1024) this.#rebuild();
    else this.#up(this.#heap.push(delay) - 1, delay);
    this.#arm();
  }

  clear(): void {
    this.#live.clear();
    this.#heap = [];
    this.#arm();
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let first = this.#first(); first !== undefined && first.due <= now; first = this.#first()) {
      this.#live.delete(first.key);
      this.#pop();
      this.#onDue(first.key, first.value);
    }
    this.#arm();
  }

  #arm(): void {
    const due = this.#first()?.due;
    if (due === this.#timer?.due) return;
    this.#timer?.handle[Symbol.dispose]();
    this.#timer =
      due === undefined
        ? undefined
        : { due, handle: this.#clock.timer(due - this.#clock.monotonic(), () => this.#fire()) };
  }

  #first(): Delay<V> | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#live.get(top.key) === top) return top;
      this.#pop();
    }
    return undefined;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#down(0, last);
  }

  #rebuild(): void {
    // Sorted is a heap.
    this.#heap = [...this.#live.values()].toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #up(at: number, delay: Delay<V>): void {
    let index = at;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent] as Delay<V>;
      if (!isBefore(delay, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = delay;
  }

  #down(at: number, delay: Delay<V>): void {
    let index = at;
    for (;;) {
      let child = 2 * index + 1;
      const left = this.#heap[child];
      if (left === undefined) break;
      const right = this.#heap[child + 1];
      if (right !== undefined && isBefore(right, left)) child++;
      const below = this.#heap[child] as Delay<V>;
      if (!isBefore(below, delay)) break;
      this.#heap[index] = below;
      index = child;
    }
    this.#heap[index] = delay;
  }
}

const isBefore = (a: Delay<unknown>, b: Delay<unknown>): boolean =>
  a.due < b.due || (a.due === b.due && a.order < b.order);
