import { type Backoff, equalJitter } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import type { KubeClient } from './client.ts';
import { isAlreadyExists, isNamespaceTerminating, isNotFound, KubeError } from './errors.ts';
import { type EventInput, EventSeries, eventObject, type Series, seriesPatch } from './event-series.ts';
import type { KubeLog } from './log.ts';
import { events } from './resource.ts';

export type { EventInput } from './event-series.ts';

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** `machine-client.dev/operator`, and this process. */
  readonly controller: string;
  readonly instance: string;
  readonly log?: KubeLog | undefined;
  readonly backoff?: Backoff | undefined;
}

const BACKOFF: Backoff = { firstMs: 500, mostMs: 10_000 };
const TRIES = 3;
const LONGEST_QUEUE = 1_000;

/**
 * Tells people, through events of Kubernetes, what happened to their objects. It never makes anybody wait and never
 * fails: what cannot be written is dropped and counted, for an event is help and not a record.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series: EventSeries;
  readonly #queue: Series[] = [];
  readonly #stopped = new AbortController();
  #sending: Promise<void> | undefined;
  #accepting = true;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#series = new EventSeries(options.clock, options.random);
  }

  /** Occurrences that nobody will see. */
  get dropped(): number {
    return this.#dropped;
  }

  event(input: EventInput): void {
    if (!this.#accepting) {
      this.#dropped++;
      return;
    }
    try {
      const series = this.#series.occurred(input);
      if (series === 'noisy') this.#dropped++;
      else if (series !== 'counted') this.#enqueue(series);
    } catch (error) {
      this.#dropped++;
      this.#options.log?.warn({ error }, 'event not written');
    }
  }

  /** Resolves when everything queued so far has been written, or given up. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  /** Writes what is left, for at most `withinMs`. Events after this are dropped. */
  async stop(withinMs: number): Promise<void> {
    this.#accepting = false;
    for (const series of this.#series.unwritten()) this.#enqueue(series);
    const deadline = this.#options.clock.timer(withinMs, () => this.#stopped.abort(new Error('stopped')));
    await this.#sending;
    deadline[Symbol.dispose]();
  }

  #enqueue(series: Series): void {
    if (series.queued) return;
    if (this.#queue.length >= LONGEST_QUEUE) {
      this.#dropped++;
      return;
    }
    series.queued = true;
    this.#queue.push(series);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** One after the other: events must not compete with the work that they tell of. */
  async #sendAll(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      series.queued = false;
      await this.#send(series);
    }
  }

  async #send(series: Series): Promise<void> {
    const { clock, random, log, backoff = BACKOFF } = this.#options;
    const { signal } = this.#stopped;
    for (let tries = 1; !signal.aborted; tries++) {
      const { count } = series;
      try {
        await this.#write(series, signal);
        series.writtenCount = count;
        series.writtenAt = clock.now();
        return;
      } catch (error) {
        // Nobody reads events of a namespace that goes away.
        if (isNotFound(error) || isNamespaceTerminating(error)) break;
        if (!mayHeal(error) || tries === TRIES) {
          log?.warn({ error }, 'event not written');
          break;
        }
        const waitMs = Math.max(error.retryAfterMs ?? 0, equalJitter(backoff, tries, random));
        await sleep(clock, waitMs, signal).catch(() => {});
      }
    }
    this.#dropped++;
  }

  async #write(series: Series, signal: AbortSignal): Promise<void> {
    const { client, controller, instance } = this.#options;
    const { namespace, name } = series;
    if (series.writtenCount > 0) {
      try {
        await client.mergePatch(events, { namespace, name }, seriesPatch(series), { signal });
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error; // Expired: it is made again.
      }
    }
    try {
      await client.create(events, namespace, eventObject(series, controller, instance), { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error; // An earlier try did it, and its answer was lost.
    }
  }
}

const mayHeal = (error: unknown): error is KubeError =>
  error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500);
