import type { Clock } from '../../src/runtime/clock.ts';

/** One call of the provider's API, from its arrival on; filled in while the call goes on. */
export interface RequestRecord {
  /** Rises by one for each request and never starts again: what to poll with. */
  readonly seq: number;
  /** `unknown` when no route took it. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly clientId: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The scheme of the Authorization header: `Basic`, `Bearer`. Never its value. */
  readonly authorization: string | null;
  readonly userAgent: string | null;
  /** The body, parsed; secrets in it are masked. */
  readonly body: unknown;
  /** The kind of the fault that it met. */
  fault: string | null;
  /** The provider took it and answered (or would have answered) with less than 400. */
  committed: boolean;
  committedAt: number | null;
  requestId: string | null;
  /** What was sent; null while it goes on and when nothing was sent. */
  status: number | null;
  /** The whole answer was handed over before the caller was gone (true from when it begins to be sent). */
  answered: boolean;
  durationMs: number | null;
}

export interface Counters {
  /** Calls that arrived, by operation. */
  readonly calls: Record<string, number>;
  /** Calls that were committed, by operation. */
  readonly committed: Record<string, number>;
}

export interface RequestFilter {
  /** Only requests with a greater `seq`. */
  readonly after?: number | undefined;
  readonly operation?: string | undefined;
  readonly clientId?: string | undefined;
}

type Arrival = Pick<
  RequestRecord,
  'operation' | 'method' | 'path' | 'clientId' | 'authorization' | 'userAgent' | 'body'
>;

/** The last `capacity` requests in a ring (slot = seq modulo capacity) and exact counters of all of them. */
export class RequestLog {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #operations: readonly string[];
  readonly #ring: RequestRecord[] = [];
  #counters: Counters;
  #first = 1;
  #next = 1;

  constructor(clock: Clock, operations: readonly string[], capacity = 20_000) {
    this.#clock = clock;
    this.#operations = operations;
    this.#capacity = capacity;
    this.#counters = this.#zeros();
  }

  begin(arrival: Arrival): RequestRecord {
    const record: RequestRecord = {
      seq: this.#next++,
      at: this.#clock.now(),
      ...arrival,
      fault: null,
      committed: false,
      committedAt: null,
      requestId: null,
      status: null,
      answered: false,
      durationMs: null,
    };
    this.#ring[record.seq % this.#capacity] = record;
    this.#add(this.#counters.calls, record.operation);
    return record;
  }

  commit(record: RequestRecord): void {
    record.committed = true;
    record.committedAt = this.#clock.now();
    this.#add(this.#counters.committed, record.operation);
  }

  list(filter: RequestFilter = {}): RequestRecord[] {
    const found: RequestRecord[] = [];
    const from = Math.max(this.#first, this.#next - this.#capacity, (filter.after ?? 0) + 1);
    for (let seq = from; seq < this.#next; seq++) {
      const record = this.#ring[seq % this.#capacity];
      if (record === undefined) continue;
      if (filter.operation !== undefined && record.operation !== filter.operation) continue;
      if (filter.clientId !== undefined && record.clientId !== filter.clientId) continue;
      found.push(record);
    }
    return found;
  }

  counters(): Counters {
    return { calls: { ...this.#counters.calls }, committed: { ...this.#counters.committed } };
  }

  clear(): void {
    this.#first = this.#next;
    this.#ring.length = 0;
    this.#counters = this.#zeros();
  }

  #add(counts: Record<string, number>, operation: string): void {
    counts[operation] = (counts[operation] ?? 0) + 1;
  }

  #zeros(): Counters {
    const zeros = (): Record<string, number> => Object.fromEntries(this.#operations.map((name) => [name, 0]));
    return { calls: zeros(), committed: zeros() };
  }
}
