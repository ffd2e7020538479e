import type { ApiWatch } from './api.ts';
import type { ApiFailure } from './failure.ts';
import type { Kind } from './kind.ts';
import type { LogEntry } from './store.ts';
import { Stored } from './stored.ts';

export interface WatchScope {
  readonly kind: Kind;
  readonly includes: (stored: Stored) => boolean;
  readonly metadataOnly: boolean;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** One open watch: what was sent to it and not yet taken. */
export class MemoryWatch implements ApiWatch {
  readonly resource: string;
  readonly timeoutSeconds: number | undefined;
  onPending: (() => void) | undefined;
  readonly #scope: WatchScope;
  readonly #after: number;
  readonly #onClose: (watch: MemoryWatch) => void;
  /** Made into text when they are taken. */
  #lines: (() => string)[] = [];
  #taken = 0;
  #ended = false;

  /** `after`: only what is newer is told. It may be of a future: then there is silence until that has come. */
  constructor(scope: WatchScope, after: number, onClose: (watch: MemoryWatch) => void) {
    this.resource = scope.kind.plural;
    this.timeoutSeconds = scope.timeoutSeconds;
    this.#scope = scope;
    this.#after = after;
    this.#onClose = onClose;
  }

  get ended(): boolean {
    return this.#ended;
  }

  next(): string | undefined {
    const line = this.#lines[this.#taken];
    if (line === undefined) return undefined;
    this.#taken++;
    if (this.#taken === this.#lines.length) {
      this.#lines = [];
      this.#taken = 0;
    }
    return line();
  }

  /** What there is at the beginning. */
  begin(all: readonly Stored[]): void {
    for (const stored of all) this.#event('ADDED', stored);
  }

  /**
   * What comes into the selection is new to this watch, and what leaves it is gone: then it is told of as it was last
   * seen, with the version of the change.
   */
  changed({ type, revision, stored, previous }: LogEntry): void {
    if (revision <= this.#after) return;
    const { includes } = this.#scope;
    const was = previous !== undefined && includes(previous);
    const is = type !== 'DELETED' && includes(stored);
    if (is) this.#event(was ? 'MODIFIED' : 'ADDED', stored);
    else if (was) this.#event('DELETED', type === 'DELETED' ? stored : withVersion(previous, stored.version));
  }

  bookmark(revision: number, initialEventsEnd = false): void {
    const { kind, bookmarks, metadataOnly } = this.#scope;
    if (!bookmarks || this.#ended || (revision <= this.#after && !initialEventsEnd)) return;
    const metadata = {
      resourceVersion: String(revision),
      ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    const object = metadataOnly
      ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: kind.kind, apiVersion: kind.apiVersion, metadata };
    this.#push(() => `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  /** Once a watch has been accepted, a failure is its last event. */
  fail({ body }: ApiFailure): void {
    this.#push(() => `${JSON.stringify({ type: 'ERROR', object: body })}\n`);
    this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onClose(this);
    this.onPending?.();
  }

  close(): void {
    this.#ended = true;
    this.#lines = [];
    this.#taken = 0;
    this.onPending = undefined;
    this.#onClose(this);
  }

  #event(type: LogEntry['type'], stored: Stored): void {
    const { metadataOnly } = this.#scope;
    this.#push(() => `{"type":"${type}","object":${metadataOnly ? stored.partial : stored.text}}\n`);
  }

  #push(line: () => string): void {
    this.#lines.push(line);
    this.onPending?.();
  }
}

const withVersion = ({ object }: Stored, resourceVersion: string): Stored =>
  new Stored({ ...object, metadata: { ...object.metadata, resourceVersion } });
