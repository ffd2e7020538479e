/**
 * So many workers, each of which works until there is nothing more to take. One that has to wait for long steps aside:
 * another one is hired in its place, and when it comes back one of them goes home at the end of what it does.
 */
export class Crew {
  readonly #size: number;
  #working = 0;
  #surplus = 0;
  #ended = Promise.withResolvers<void>();
  #work: ((goesHome: () => boolean) => Promise<void>) | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** `work` takes one thing after the other, and ends when there is none or, after each of them, when it goes home. */
  async run(work: (goesHome: () => boolean) => Promise<void>): Promise<void> {
    this.#work = work;
    this.#surplus = 0;
    this.#ended = Promise.withResolvers();
    for (let worker = 0; worker < this.#size; worker++) this.#hire();
    await this.#ended.promise;
    this.#work = undefined;
  }

  /** Called by what a worker does. */
  async aside<T>(wait: () => Promise<T>): Promise<T> {
    this.#hire();
    try {
      return await wait();
    } finally {
      this.#surplus++;
    }
  }

  #hire(): void {
    const work = this.#work;
    if (!work) return;
    this.#working++;
    const goesHome = (): boolean => {
      if (this.#surplus === 0) return false;
      this.#surplus--;
      return true;
    };
    work(goesHome).then(
      () => {
        if (--this.#working === 0) this.#ended.resolve();
      },
      (error: unknown) => this.#ended.reject(error),
    );
  }
}
