import type { Clock } from './clock.ts';

/** A bell for one loop: rung at any time, heard at the next `wait`, once however often it was rung. */
export class Wake {
  #rung = false;
  #hear: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#hear?.();
  }

  /** Resolves when rung, or after `ms` (undefined: only when rung), or when the signal is aborted. */
  wait(clock: Clock, ms: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer?.[Symbol.dispose]();
        signal.removeEventListener('abort', done);
        this.#hear = undefined;
        this.#rung = false;
        resolve();
      };
      const timer = ms === undefined ? undefined : clock.timer(ms, done);
      signal.addEventListener('abort', done, { once: true });
      this.#hear = done;
      if (this.#rung || signal.aborted) done();
    });
  }
}
