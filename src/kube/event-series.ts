import type { Clock } from '../runtime/clock.ts';
import { TokenBucket } from '../runtime/token-bucket.ts';
import { printable } from '../runtime/printable.ts';
import { microTime } from './micro-time.ts';
import { apiVersion, events } from './resource.ts';

export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
}

export interface EventInput {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** One word, upper camel case. */
  readonly reason: string;
  /** What was being done, as a word. */
  readonly action: string;
  readonly note: string;
}

/** One thing that is said of one object, once or again and again: one Event in the cluster. */
export interface Series {
  readonly input: EventInput;
  readonly namespace: string;
  readonly name: string;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** What the cluster knows of; 0 before it is created. */
  writtenCount: number;
  writtenAt: number;
  queued: boolean;
}

/** Repeated within this time it is the same series; the API server keeps an event for an hour after its last write. */
const SERIES_MS = 30 * 60_000;
/** A series is written at its second occurrence, and then at most so often. */
const REWRITE_MS = 60_000;
const MOST_SERIES = 2_048;
const MOST_OBJECTS = 2_048;
/** As in client-go: 25 events about one object, and then one more in five minutes. */
const OBJECT_BURST = 25;
const OBJECT_PER_MINUTE = 0.2;
const LONGEST_NOTE_BYTES = 1024;
const LONGEST_WORD = 128;

/** Decides which occurrences are written: repetitions become a count, and a noisy object is quietened. Bounded. */
export class EventSeries {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The series to write now; `counted`: it is written later; `noisy`: too much is said of that object. */
  occurred(event: EventInput): Series | 'counted' | 'noisy' {
    const input = { ...event, note: printable(event.note, LONGEST_NOTE_BYTES) };
    const now = this.#clock.now();
    const { regarding, type, reason, action, note } = input;
    const key = JSON.stringify([
      regarding.kind,
      regarding.namespace,
      regarding.name,
      regarding.uid,
      type,
      reason,
      action,
      note,
    ]);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt < SERIES_MS) {
      known.count++;
      known.lastAt = now;
      const isDue = known.writtenCount === 1 || now - known.writtenAt >= REWRITE_MS;
      if (known.queued || !isDue) return 'counted';
      return this.#bucket(regarding).take() ? known : 'counted';
    }
    if (!this.#bucket(regarding).take()) return 'noisy';
    const series: Series = {
      input,
      // The API server takes events about cluster-scoped objects in this namespace only.
      namespace: regarding.namespace || 'default',
      name: this.#nameFor(regarding),
      firstAt: now,
      lastAt: now,
      count: 1,
      writtenCount: 0,
      writtenAt: now,
      queued: false,
    };
    putBounded(this.#series, key, series, MOST_SERIES);
    return series;
  }

  /** Those with occurrences that the cluster does not know of. */
  unwritten(): Series[] {
    return [...this.#series.values()].filter(
      (series) => series.writtenCount > 0 && series.count > series.writtenCount,
    );
  }

  #bucket(regarding: Regarding): TokenBucket {
    const key = `${regarding.kind}/${regarding.namespace ?? ''}/${regarding.name}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(OBJECT_PER_MINUTE, OBJECT_BURST, this.#clock);
    putBounded(this.#buckets, key, bucket, MOST_OBJECTS);
    return bucket;
  }

  #nameFor({ name }: Regarding): string {
    const unique = Math.floor(this.#random() * 2 ** 48).toString(16);
    return `${name.slice(0, 220).replace(/[.-]+$/, '')}.${this.#clock.now().toString(16)}${unique.padStart(12, '0')}`;
  }
}

/** The longest unused goes first. */
const putBounded = <V>(map: Map<string, V>, key: string, value: V, most: number): void => {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value as string);
};

/** The object of events.k8s.io/v1 for a series that is not in the cluster yet. */
export const eventObject = (series: Series, controller: string, instance: string): object => {
  const { input, namespace, name } = series;
  return {
    apiVersion: apiVersion(events),
    kind: events.kind,
    metadata: { namespace, name },
    eventTime: microTime(series.firstAt),
    reportingController: controller,
    reportingInstance: instance.slice(0, LONGEST_WORD),
    action: input.action.slice(0, LONGEST_WORD),
    reason: input.reason.slice(0, LONGEST_WORD),
    type: input.type,
    note: cutNote(input.note),
    regarding: input.regarding,
    ...(series.count > 1 ? seriesPatch(series) : {}),
  };
};

export const seriesPatch = ({ count, lastAt }: Series): object => ({
  series: { count, lastObservedTime: microTime(lastAt) },
});

/** Cut at a character, not within one. */
const cutNote = (note: string): string => {
  const bytes = Buffer.from(note);
  if (bytes.length <= LONGEST_NOTE_BYTES) return note;
  const cut = bytes.subarray(0, LONGEST_NOTE_BYTES - 3).toString('utf8');
  return `${cut.replace(/\uFFFD+$/, '')}…`;
};
