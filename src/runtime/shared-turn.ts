/**
 * One piece of work for all who ask for it at the same time, and never one that began before it was asked for: who asks
 * while one is under way shares the next one, which begins when everybody who shares it has asked. Nothing is kept of it.
 */
export class SharedTurn<T> {
  readonly #work: () => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  take(): Promise<T> {
    if (!this.#running) return this.#begin();
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  async #after(running: Promise<T>): Promise<T> {
    // How it ended is told to those who asked for it.
    await running.catch(() => {});
    this.#next = undefined;
    return await this.#begin();
  }

  #begin(): Promise<T> {
    const running = this.#work().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
