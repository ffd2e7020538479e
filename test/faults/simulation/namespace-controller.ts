import type { Agenda } from './agenda.ts';
import type { MemoryApiServer } from './api-server/server.ts';

const EVERY_MS = 500;

/** Deletes what is in a namespace that is being deleted, one object each half second, and rests while there is none. */
export class NamespaceController {
  readonly #agenda: Agenda;
  readonly #server: MemoryApiServer;
  #awake = false;

  constructor(agenda: Agenda, server: MemoryApiServer) {
    this.#agenda = agenda;
    this.#server = server;
  }

  /** A namespace has changed, or all of them have. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = this.#server
      .objects('namespaces')
      .some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    if (!this.#awake) return;
    const untilNext = EVERY_MS - (this.#agenda.now % EVERY_MS);
    this.#agenda.after(untilNext, () => {
      this.#server.tick();
      this.#awake = false;
      this.wake();
    });
  }
}
