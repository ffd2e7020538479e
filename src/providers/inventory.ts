import type { UpstreamClient } from './provider.ts';

/**
 * The clients of one account that bear our mark, as the last complete sweep showed them, kept up by our own writes.
 * It answers look-ups, shows drift, and finds orphans and duplicates without one request per object.
 *
 * A sweep takes a while, and what we write meanwhile may or may not be on its pages: so what was touched after a
 * sweep began survives its end.
 */
export class Inventory {
  readonly #installation: string;
  #clients = new Map<string, UpstreamClient>();
  #idsByMark = new Map<string, Set<string>>();
  #touched: Map<string, UpstreamClient | undefined> | undefined;
  #sweptAt: number | undefined;

  constructor(installation: string) {
    this.#installation = installation;
  }

  /** Wall clock at which the last complete sweep began. */
  get sweptAt(): number | undefined {
    return this.#sweptAt;
  }

  get size(): number {
    return this.#clients.size;
  }

  get(id: string): UpstreamClient | undefined {
    return this.#clients.get(id);
  }

  /** Several: duplicates. */
  byMark(full: string): readonly UpstreamClient[] {
    return [...(this.#idsByMark.get(full) ?? [])].flatMap((id) => this.#clients.get(id) ?? []);
  }

  values(): IterableIterator<UpstreamClient> {
    return this.#clients.values();
  }

  /** Something read live, or answered to a write of ours. */
  put(client: UpstreamClient): void {
    this.#touched?.set(client.id, client);
    this.#set(client);
  }

  remove(id: string): void {
    this.#touched?.set(id, undefined);
    this.#unset(id);
  }

  /** `beganAt`: wall clock. Only what is added before `complete` counts, and only if it is called. */
  beginSweep(beganAt: number): { add(clients: readonly UpstreamClient[]): void; complete(): void } {
    const touched = new Map<string, UpstreamClient | undefined>();
    this.#touched = touched;
    const found: UpstreamClient[] = [];
    return {
      add: (clients) => {
        for (const client of clients)
          if (client.mark?.installation === this.#installation) found.push(client);
      },
      complete: () => {
        this.#clients = new Map();
        this.#idsByMark = new Map();
        for (const client of found) this.#set(client);
        for (const [id, client] of touched) {
          if (client) this.#set(client);
          else this.#unset(id);
        }
        if (this.#touched === touched) this.#touched = undefined;
        this.#sweptAt = beganAt;
      },
    };
  }

  #set(client: UpstreamClient): void {
    this.#unset(client.id);
    if (client.mark?.installation !== this.#installation) return;
    this.#clients.set(client.id, client);
    const ids = this.#idsByMark.get(client.mark.full) ?? new Set();
    this.#idsByMark.set(client.mark.full, ids.add(client.id));
  }

  #unset(id: string): void {
    const full = this.#clients.get(id)?.mark?.full;
    this.#clients.delete(id);
    if (full === undefined) return;
    const ids = this.#idsByMark.get(full);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsByMark.delete(full);
  }
}
