import { annotations } from '../../../src/api/group.ts';
import type { TrueClient, Upstream } from '../../helpers/upstreams/upstream.ts';
import { valueEntry } from '../../helpers/value-entry.ts';
import { type Call, parsed } from './call.ts';
import type { Answer } from './relay.ts';

/** A credential that stands in a Secret, as its last write by an operator left it. */
interface Published {
  readonly object: string;
  readonly clientId: string;
  readonly value: string;
  /** Wall clock. */
  readonly at: number;
}

export interface Breach {
  readonly object: string;
  readonly text: string;
}

/** A Secret of an ephemeral provider names no client. */
const accepts = (clients: readonly TrueClient[], { clientId, value }: Published): boolean =>
  clients.some(
    (client) =>
      (clientId === '' || client.clientId === clientId) &&
      client.credentials.some((one) => one.value === value),
  );

const decode = (value: unknown): string =>
  typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';

/**
 * Sees every commit at both sides at the moment at which it happens, and knows all secrets: what a prober would meet
 * only by luck.
 *
 *   I3   what stands in a Secret is accepted upstream, at every commit from its publication on
 *   I4   a credential is retired only when its successor was published, proven, and the overlap has passed
 */
export class Watchman {
  readonly #upstream: Upstream;
  readonly #objectOfClient: (id: string) => string | undefined;
  readonly #overlapMs: number;
  readonly #overlaps = new Map<string, number>();
  readonly #published = new Map<string, Published>();
  readonly #everPublished = new Set<string>();
  readonly #proven = new Set<string>();
  readonly #revoked = new Set<string>();
  readonly #released = new Set<string>();
  readonly #frozen = new Set<string>();
  readonly #breaches: Breach[] = [];

  constructor(upstream: Upstream, objectOfClient: (id: string) => string | undefined, overlapMs: number) {
    this.#upstream = upstream;
    this.#objectOfClient = objectOfClient;
    this.#overlapMs = overlapMs;
  }

  /** It is being deleted, or its client was killed by a person: I3 and I4 do not bind for what it has published. */
  release(object: string): void {
    this.#released.add(object);
  }

  /** From its next publication on they bind again. */
  forget(object: string): void {
    for (const [secret, { object: owner }] of this.#published)
      if (owner === object) this.#published.delete(secret);
    this.#revokedSince(object);
  }

  /** Somebody uses it since before: as what was published, it goes when the overlap has passed. */
  guards(value: string): void {
    this.#everPublished.add(value);
  }

  /** Its overlap is another one than everybody's. */
  setOverlap(object: string, ms: number): void {
    this.#overlaps.set(object, ms);
  }

  /** Milliseconds. */
  overlapOf(object: string): number {
    return this.#overlaps.get(object) ?? this.#overlapMs;
  }

  /** While it is frozen nothing may be written upstream for it. */
  freeze(object: string, frozen: boolean): void {
    if (frozen) this.#frozen.add(object);
    else this.#frozen.delete(object);
  }

  /** What was breached since the last time that somebody asked. */
  take(): readonly Breach[] {
    return this.#breaches.splice(0);
  }

  sees(call: Call, answer: Answer, late: boolean): void {
    if (call.provenWith !== undefined && call.proves?.(answer.status)) this.#proven.add(call.provenWith);
    if (answer.status >= 300) return;
    if (call.side === 'kube') this.#seesKube(call, answer, late);
    else this.#seesProvider(call, late);
  }

  #seesKube(call: Call, answer: Answer, late: boolean): void {
    const { relayed, brief, writes } = call;
    if (!writes || !/^(POST|PATCH|PUT|DELETE) secrets$/.test(brief)) return;
    if (relayed.method === 'DELETE') {
      const owner = this.#published.get(relayed.path)?.object;
      if (owner !== undefined && this.#frozen.has(owner) && !late)
        this.#breach(owner, 'it was to be left alone, and still its Secret was deleted');
      this.#published.delete(relayed.path);
      return;
    }
    const { value, metadata } = parsed(answer.body);
    const path = relayed.method === 'POST' ? `${relayed.path}/${metadata.name}` : relayed.path;
    const own = metadata.annotations ?? {};
    const data = (value['data'] ?? {}) as Record<string, unknown>;
    const object = own[annotations.owner]?.split('/')[2];
    if (object === undefined) {
      this.#published.delete(path);
      return;
    }
    const published: Published = {
      object,
      // Not each provider has its clients log in with their id.
      clientId: decode(data['client-id']) || (own[annotations.clientId] ?? ''),
      value: decode(data[valueEntry(data)]),
      at: Date.parse(own[annotations.publishedAt] ?? ''),
    };
    this.#published.set(path, published);
    this.#everPublished.add(published.value);
    this.#checkGap(object, `after ${call.brief}`);
  }

  #seesProvider(call: Call, late: boolean): void {
    const { object, brief, writes } = call;
    if (object === undefined || !writes) return;
    if (this.#frozen.has(object) && !late)
      this.#breach(object, `it was to be left alone, and still ${brief} was called upstream`);
    this.#checkRetired(object, brief);
    this.#checkGap(object, `after ${brief}`);
  }

  #breach(object: string, text: string): void {
    this.#breaches.push({ object, text });
  }

  /** Credentials that stopped working since the last look. */
  #revokedSince(object: string): readonly string[] {
    const fresh = this.#upstream
      .issuedSecrets()
      .filter(
        ({ clientId, value, revokedAt }) =>
          clientId !== null &&
          revokedAt !== null &&
          !this.#revoked.has(value) &&
          this.#objectOfClient(clientId) === object,
      )
      .map(({ value }) => value);
    for (const value of fresh) this.#revoked.add(value);
    return fresh;
  }

  /** I4, at each call by which a credential stopped working. */
  #checkRetired(object: string, brief: string): void {
    const now = Date.now();
    const revoked = this.#revokedSince(object);
    const published = [...this.#published.values()].filter((one) => one.object === object);
    if (this.#released.has(object) || published.length === 0) return;
    for (const value of revoked) {
      if (brief === 'rotateCancel') {
        if (this.#everPublished.has(value))
          this.#breach(object, 'I4: a cancel retired a credential that was published');
        continue;
      }
      // By id, what never stood in a Secret can go at any time; by position, it was the current one.
      if (this.#upstream.style === 'additive' && !this.#everPublished.has(value)) continue;
      const clients = this.#upstream.clients();
      const successor = published.find((one) => accepts(clients, one));
      if (!successor) this.#breach(object, `I4: ${brief} retired a credential without a published successor`);
      // What never stood in a Secret is in nobody's hands: its successor must be proven, and that is all.
      else if (this.#everPublished.has(value) && now - successor.at < this.overlapOf(object))
        this.#breach(
          object,
          `I4: ${brief} retired a credential ${now - successor.at} ms after its successor was published`,
        );
      else if (!this.#proven.has(successor.value))
        this.#breach(object, `I4: ${brief} retired a credential whose successor was never proven`);
    }
  }

  /** I3, of all Secrets of the object. */
  #checkGap(object: string, when: string): void {
    if (this.#released.has(object)) return;
    const clients = this.#upstream.clients();
    for (const [path, published] of this.#published) {
      if (published.object !== object) continue;
      if (!accepts(clients, published))
        this.#breach(object, `I3: ${when} the credential in ${path.split('/').at(-1)} is not accepted`);
    }
  }
}
