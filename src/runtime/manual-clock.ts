import type { Clock } from './clock.ts';

interface Armed {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that stands still until `advance` is called: for tests and simulations. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  #armed = new Set<Armed>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  timer(ms: number, fire: () => void): Disposable {
    const armed: Armed = { due: this.#monotonic + Math.max(ms, 0), order: this.#order++, fire };
    this.#armed.add(armed);
    return { [Symbol.dispose]: () => void this.#armed.delete(armed) };
  }

  /** Moves both clocks on by `ms`, firing what becomes due in the order in which it does. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const next = [...this.#armed]
        .filter((armed) => armed.due <= end)
        .sort((a, b) => a.due - b.due || a.order - b.order)[0];
      if (!next) break;
      this.#armed.delete(next);
      this.#step(Math.max(0, next.due - this.#monotonic));
      next.fire();
    }
    this.#step(end - this.#monotonic);
  }

  /** Time passes in which nothing can run. */
  stall(ms: number): void {
    this.#step(ms);
  }

  /** The wall clock jumps (NTP, a suspended node); the monotonic clock does not. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #step(ms: number): void {
    this.#now += ms;
    this.#monotonic += ms;
  }
}
