import { weightOf } from '../runtime/allowance.ts';
import { share } from '../runtime/share.ts';
import { shortMarkPrefix } from './mark.ts';
import type { UpstreamClient } from './provider.ts';

/** The client, one of whose credentials is gone. */
export const without = (client: UpstreamClient, credentialId: string): UpstreamClient => ({
  ...client,
  credentials: client.credentials.filter(({ id }) => id !== credentialId),
});

/**
 * The clients of one account that bear our mark, as the last complete sweep showed them, kept up by our own writes.
 * It answers look-ups, shows drift, and finds orphans and duplicates without one request per object.
 *
 * A sweep takes a while, and what we write meanwhile may or may not be on its pages: so what was touched after a
 * sweep began survives its end.
 */
export class Inventory {
  readonly #installation: string;
  readonly #prefix: string;
  #clients = new Map<string, UpstreamClient>();
  /** By the full mark; of clients of which a list showed the short one alone, by that. */
  #idsByMark = new Map<string, string | readonly string[]>();
  /** When each was made that hides its mark in the list, and was not known before: it may be ours, renamed. */
  #nameless: ReadonlyMap<string, number | undefined> = new Map();
  /** Those of them that were read since. */
  #readSince = new Set<string>();
  #touched: Map<string, UpstreamClient | undefined> | undefined;
  /** Credentials that went while a sweep is under way, with their clients. */
  #retired: (readonly [clientId: string, credentialId: string])[] = [];
  #sweptAt: number | undefined;
  /** The one that was set last: clients of one account are alike. */
  #last: UpstreamClient | undefined;

  constructor(installation: string) {
    this.#installation = installation;
    this.#prefix = shortMarkPrefix(installation);
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

  /** By the full mark, or the short one of clients of which no more is known. Several: duplicates. */
  byMark(mark: string): readonly UpstreamClient[] {
    return this.#ids(mark).flatMap((id) => this.#clients.get(id) ?? []);
  }

  /**
   * Ids of clients that hide their mark, and were made in this time, of the provider's clock: the first ones of the list,
   * so many at the most, without those of them that were read since. What a read has shown is kept here if it is ours, and
   * a pass that has to wait for its turn goes on where it was.
   */
  nameless(from: number, to: number, most: number): readonly string[] {
    const ids: string[] = [];
    for (const [id, madeAt] of this.#nameless) {
      if (ids.length === most) break;
      if (madeAt === undefined || (madeAt >= from && madeAt <= to)) ids.push(id);
    }
    return ids.filter((id) => !this.#readSince.has(id));
  }

  values(): IterableIterator<UpstreamClient> {
    return this.#clients.values();
  }

  /** Something read live, or answered to a write of ours. */
  put(client: UpstreamClient): void {
    this.#touch(client.id, client);
    this.#set(client);
  }

  remove(id: string): void {
    this.#touch(id, undefined);
    this.#unset(id);
  }

  /**
   * One of its credentials is gone. What else is known of the client stays: it may have changed since, or gone too. So a
   * list that is under way says more of it than what was known before.
   */
  removeCredential(clientId: string, credentialId: string): void {
    if (this.#touched) this.#retired.push([clientId, credentialId]);
    this.#without(clientId, credentialId);
  }

  /**
   * `beganAt`: wall clock. Only what is added before `complete` counts, and only if it is called. `add` says about how
   * many bytes of it are kept.
   */
  beginSweep(beganAt: number): { add(clients: readonly UpstreamClient[]): number; complete(): void } {
    const touched = new Map<string, UpstreamClient | undefined>();
    this.#touched = touched;
    this.#retired = [];
    const found: UpstreamClient[] = [];
    const nameless = new Map<string, number | undefined>();
    return {
      add: (clients) => {
        const kept: unknown[] = [];
        for (const client of clients) {
          const { id, createdTime, hidesMark } = client;
          if (this.#markOf(client) !== undefined || this.#hides(client)) {
            found.push(client);
            kept.push(client);
          } else if (hidesMark) {
            nameless.set(id, createdTime);
            kept.push([id, createdTime]);
          }
        }
        return weightOf(kept);
      },
      complete: () => {
        const [before, idsBefore] = [this.#clients, this.#idsByMark];
        this.#clients = new Map();
        this.#idsByMark = new Map();
        try {
          for (const client of found) this.#set(this.#remembered(client, before.get(client.id)));
          for (const [id, client] of touched) {
            if (client) this.#set(client);
            else this.#unset(id);
          }
          if (this.#touched === touched)
            for (const [id, credential] of this.#retired) this.#without(id, credential);
        } catch (error) {
          // Half of a list would show the others as gone.
          [this.#clients, this.#idsByMark] = [before, idsBefore];
          throw error;
        }
        if (this.#touched === touched) {
          this.#touched = undefined;
          this.#retired = [];
        }
        this.#nameless = nameless;
        this.#readSince = new Set([...touched.keys()].filter((id) => nameless.has(id)));
        this.#sweptAt = beganAt;
      },
    };
  }

  #touch(id: string, client: UpstreamClient | undefined): void {
    this.#touched?.set(id, client);
    if (this.#nameless.has(id)) this.#readSince.add(id);
  }

  #set(client: UpstreamClient): void {
    this.#unset(client.id);
    const mark = this.#markOf(client);
    if (mark === undefined) return;
    this.#last = share(client, this.#last);
    this.#clients.set(this.#last.id, this.#last);
    const { id } = this.#last;
    this.#setIds(mark, [...this.#ids(mark).filter((other) => other !== id), id]);
  }

  #without(clientId: string, credentialId: string): void {
    const client = this.#clients.get(clientId);
    if (client) this.#set(without(client, credentialId));
  }

  #ids(mark: string): readonly string[] {
    const ids = this.#idsByMark.get(mark) ?? [];
    return typeof ids === 'string' ? [ids] : ids;
  }

  /** Of one client, as it should be, no list is kept. */
  #setIds(mark: string, ids: readonly string[]): void {
    const [first] = ids;
    if (first === undefined) this.#idsByMark.delete(mark);
    else this.#idsByMark.set(mark, ids.length === 1 ? first : ids);
  }

  /** Of our installation; undefined: somebody else's. */
  #markOf({ mark, shortMark }: UpstreamClient): string | undefined {
    if (mark) return mark.installation === this.#installation ? mark.full : undefined;
    return shortMark?.startsWith(this.#prefix) ? shortMark : undefined;
  }

  /** One of ours that somebody has renamed, where a list shows names alone: it is still there. */
  #hides({ id, hidesMark }: UpstreamClient): boolean {
    return hidesMark === true && this.#clients.get(id)?.mark !== undefined;
  }

  /**
   * What was once read whole stays known while its list item says nothing else of whose it is. One that has another name
   * now is read again before anything is concluded from it.
   */
  #remembered(item: UpstreamClient, before: UpstreamClient | undefined): UpstreamClient {
    if (item.mark || !before?.mark) return item;
    if (item.hidesMark) return { ...before, hidesMark: true };
    return before.mark.short === item.shortMark ? before : item;
  }

  #unset(id: string): void {
    const present = this.#clients.get(id);
    const mark = present && this.#markOf(present);
    this.#clients.delete(id);
    if (mark === undefined) return;
    this.#setIds(
      mark,
      this.#ids(mark).filter((other) => other !== id),
    );
  }
}
