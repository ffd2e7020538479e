import type { Clock } from '../runtime/clock.ts';

/** What a stream has shown before it said that this is all; `fire` is called when that takes too long. */
export class InitialEvents<T> implements Disposable {
  readonly objects = new Map<string, T>();
  readonly unreadable = new Set<string>();
  readonly #deadline: Disposable;
  #complete = false;

  constructor(clock: Clock, withinMs: number, fire: () => void) {
    this.#deadline = clock.timer(withinMs, fire);
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Gives them, and keeps none: the stream goes on for minutes, and they change meanwhile. */
  end(): T[] {
    this.#complete = true;
    this.#deadline[Symbol.dispose]();
    const all = [...this.objects.values()];
    this.objects.clear();
    return all;
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }
}
