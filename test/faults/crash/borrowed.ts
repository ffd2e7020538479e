import { isDeepStrictEqual } from 'node:util';
import { portraitOf } from '../../helpers/upstreams/portrait.ts';
import type { TrueClient, Upstream } from '../../helpers/upstreams/upstream.ts';

interface Borrowed {
  readonly clientId: string;
  /** The credential that it had before. */
  readonly own: string;
  readonly portrait: unknown;
}

/** Clients that somebody else has made, and on which an object of `managementPolicy: CredentialsOnly` works. */
export class BorrowedClients {
  readonly #upstream: Upstream;
  readonly #byObject = new Map<string, Borrowed>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Somebody makes one for this object. */
  async make(
    object: string,
    wanted: string,
  ): Promise<{ readonly clientId: string; readonly secret: string }> {
    const made = await this.#upstream.createForeign(wanted);
    const client = this.#upstream.clients().find(({ clientId }) => clientId === made.clientId);
    this.#byObject.set(object, {
      clientId: made.clientId,
      own: client?.credentials[0]?.id ?? '',
      portrait: client && portraitOf(client),
    });
    return made;
  }

  /** Of the client that this object borrows; undefined: it borrows none. */
  idOf(object: string): string | undefined {
    return this.#byObject.get(object)?.clientId;
  }

  /**
   * As the clients of an object are shown: with what was issued alone. Nothing is left of an object that is gone where
   * nothing of that lives; in two phases the last secret of a client stays, whoever issued it.
   */
  of(object: string, clients: readonly TrueClient[], isLiving: boolean): readonly TrueClient[] {
    const borrowed = this.#byObject.get(object);
    const client = clients.find(({ clientId }) => clientId === borrowed?.clientId);
    if (!client || !borrowed) return [];
    const credentials = client.credentials.filter(({ id }) => id !== borrowed.own);
    const isLeft = credentials.length > 0 && this.#upstream.style === 'additive';
    return isLiving || isLeft ? [{ ...client, credentials }] : [];
  }

  /** I7: what is not as its owner left it. */
  harmed(object: string, clients: readonly TrueClient[]): readonly string[] {
    const borrowed = this.#byObject.get(object);
    if (!borrowed) return [];
    const client = clients.find(({ clientId }) => clientId === borrowed.clientId);
    if (!client) return ['I7: the client of somebody else is gone'];
    const has = client.credentials.some(({ id }) => id === borrowed.own);
    return [
      ...(isDeepStrictEqual(portraitOf(client), borrowed.portrait)
        ? []
        : ['I7: the client of somebody else was changed']),
      // In two phases a rotation ends it.
      ...(has || this.#upstream.style === 'two-phase' ? [] : ['I7: the credential that it had is gone']),
    ];
  }
}
