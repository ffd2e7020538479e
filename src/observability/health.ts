import type { Clock } from '../runtime/clock.ts';

/** One thing that is looked at: what is wrong with it, or undefined. */
export interface Check {
  readonly name: string;
  readonly trouble: string | undefined;
}

export interface Watched {
  readonly name: string;
  readonly hasSynced: boolean;
  /** Of one of several namespaces, in which the operator may not look: the others are served all the same. */
  readonly isRefused?: boolean | undefined;
  /** Why it cannot list or watch at the moment. */
  readonly problem: { readonly message: string } | undefined;
  /** Wall clock. */
  readonly lastEventAt: number | undefined;
}

export interface HealthSources {
  readonly clock: Clock;
  /** What the start waits for, before anything is watched. */
  readonly waitsFor: () => string | undefined;
  /** What is watched; nothing before the caches are made. */
  readonly watches: () => readonly Watched[];
  /** Milliseconds that the key has waited that waits longest, of all queues. */
  readonly oldestWaitMs: () => number;
  readonly leading: () => boolean;
  readonly leaseLost: () => boolean;
}

/** The API server sends a bookmark about once a minute, and ends a watch after ten at the latest. */
const SILENT_WATCH_MS = 15 * 60_000;
const OLDEST_ITEM_MS = 10 * 60_000;
const TICK_MS = 1_000;
const STALL_MS = 10_000;
/** One stall that passed is not worth a restart; a loop that stalls again and again within this time is. */
const STALL_SHOWN_MS = 30_000;
const CLOCK_JUMP_MS = 5 * 60_000;

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

/**
 * Whether a restart would help (`live`), and whether this replica could lead (`ready`). An API server or a provider that
 * does not answer is neither: a restart would only lose the caches.
 */
export class Health implements Disposable {
  readonly #vitals: HealthSources;
  /** Between the two clocks, at the start. */
  readonly #offset: number;
  #lastTick: number;
  /** Of late, by monotonic time, so that each prober sees it, and none for ever. */
  #stall = { ms: 0, at: Number.NEGATIVE_INFINITY };
  #timer: Disposable;

  constructor(vitals: HealthSources) {
    const { clock } = vitals;
    this.#vitals = vitals;
    this.#offset = clock.now() - clock.monotonic();
    this.#lastTick = clock.monotonic();
    this.#timer = clock.timer(TICK_MS, this.#tick);
  }

  /** A loop that stands still answers no probe; that it stood still since the last one shows only here. */
  readonly #tick = (): void => {
    const { clock } = this.#vitals;
    const now = clock.monotonic();
    const ms = now - this.#lastTick - TICK_MS;
    if (ms > STALL_MS) this.#stall = { ms, at: now };
    this.#lastTick = now;
    this.#timer = clock.timer(TICK_MS, this.#tick);
  };

  live(): readonly Check[] {
    const { clock, watches, oldestWaitMs, leading, leaseLost } = this.#vitals;
    const now = clock.now();
    const silent = watches().filter(
      ({ problem, lastEventAt }) =>
        problem === undefined && lastEventAt !== undefined && now - lastEventAt > SILENT_WATCH_MS,
    );
    const recent = clock.monotonic() - this.#stall.at < STALL_SHOWN_MS ? this.#stall.ms : 0;
    const stall = Math.max(recent, clock.monotonic() - this.#lastTick - TICK_MS);
    const moved = Math.abs(now - clock.monotonic() - this.#offset);
    // Nobody takes anything out of a standby's queue.
    const oldest = leading() ? oldestWaitMs() : 0;
    const when = (bad: boolean, trouble: string): string | undefined => (bad ? trouble : undefined);
    return [
      {
        name: 'watches',
        trouble: when(
          silent.length > 0,
          `nothing was heard for ${seconds(SILENT_WATCH_MS)} of ${silent.map(({ name }) => name).join(', ')}`,
        ),
      },
      { name: 'queue', trouble: when(oldest > OLDEST_ITEM_MS, `a key has waited for ${seconds(oldest)}`) },
      {
        name: 'event-loop',
        trouble: when(stall > STALL_MS, `the event loop stood still for ${seconds(stall)}`),
      },
      {
        name: 'clock',
        trouble: when(moved > CLOCK_JUMP_MS, `the wall clock was moved by ${seconds(moved)} since the start`),
      },
      { name: 'lease', trouble: when(leaseLost(), 'the lease was lost') },
    ];
  }

  ready(): readonly Check[] {
    const watches = this.#vitals.watches();
    const waitsFor = this.#vitals.waitsFor();
    const starting =
      waitsFor === undefined ? 'the operator is starting' : `waiting for the API server: ${waitsFor}`;
    const unfilled = watches.filter(({ hasSynced, isRefused }) => !hasSynced && isRefused !== true);
    const why = unfilled
      .map(({ name, problem }) => (problem ? `${name} (${problem.message})` : name))
      .join(', ');
    return [
      { name: 'start', trouble: watches.length === 0 ? starting : undefined },
      { name: 'caches', trouble: unfilled.length === 0 ? undefined : `not filled yet: ${why}` },
    ];
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}

/** As the API server writes its own health: a line for each check. */
export const report = (checks: readonly Check[]): { readonly status: number; readonly body: string } => {
  const good = checks.every(({ trouble }) => trouble === undefined);
  const lines = checks.map(({ name, trouble }) =>
    trouble === undefined ? `[+]${name} ok` : `[-]${name} failed: ${trouble}`,
  );
  return { status: good ? 200 : 503, body: `${[...lines, good ? 'ok' : 'failed'].join('\n')}\n` };
};
