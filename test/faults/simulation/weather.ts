import type { Agenda } from './agenda.ts';
import type { Chance } from './chance.ts';
import type { Act, Loss, Settings, Target } from './schedule.ts';

type Storm = Extract<Act, { do: 'storm' | 'outage' | 'loss' | 'slow' }>;

/** What becomes of one request. */
export interface Fate {
  readonly refused: boolean;
  /** How long it waits for a connection before it can leave. */
  readonly queueMs: number;
  readonly outMs: number;
  readonly backMs: number;
  readonly loss: Loss | undefined;
  /** The loss is told by a reset after so long; undefined: by silence. */
  readonly resetMs: number | undefined;
}

/** A webhook, or an etcd, that is slow. */
const SLOW_MS = 6_000;

/** What is wrong with the network and the servers at the moment. */
export class Weather {
  readonly #agenda: Agenda;
  readonly #settings: Settings;
  #storms: { readonly until: number; readonly act: Storm }[] = [];
  #lags: { readonly until: number; readonly resource: string; readonly lagMs: number }[] = [];
  #calm = false;
  /** Called when a storm of a kind that is counted meets its first request. */
  onMet: (fault: string) => void = () => {};
  #troubleUntil = Number.NEGATIVE_INFINITY;
  readonly #met = new Set<Storm>();

  constructor(agenda: Agenda, settings: Settings) {
    this.#agenda = agenda;
    this.#settings = settings;
  }

  begin(act: Storm): void {
    this.#troubleUntil = Math.max(this.#troubleUntil, this.#agenda.now + act.ms);
    this.#storms.push({ until: this.#agenda.now + act.ms, act });
  }

  lag(resource: string, lagMs: number, ms: number): void {
    this.#troubleUntil = Math.max(this.#troubleUntil, this.#agenda.now + ms + lagMs);
    this.#lags.push({ until: this.#agenda.now + ms, resource, lagMs });
  }

  /** From now on nothing is wrong any more. */
  calm(): void {
    this.#calm = true;
    this.#storms = [];
    this.#lags = [];
  }

  /** Nothing has been wrong for so long. */
  isClear(ms: number): boolean {
    return this.#agenda.now - this.#troubleUntil >= ms;
  }

  /** Writes are slow, and that is all that is wrong. */
  get onlySlow(): boolean {
    const active = [...this.#active('api'), ...this.#active('upstream')];
    return (
      active.length > 0 &&
      active.every(({ do: kind }) => kind === 'slow') &&
      this.#settings.noise === 0 &&
      this.#lags.every(({ until }) => until <= this.#agenda.now)
    );
  }

  /** `isWrite`: of an object; a lease is none, for nothing looks into it. */
  fate(target: Target, chance: Chance, isWrite: boolean): Fate {
    const { latencyMs, noise } = this.#settings;
    // Drawn in any case and in the same order, so that the weather does not change the chance of what comes after it.
    const queue = chance.next();
    const long = chance.next();
    const out = chance.next();
    const back = chance.next();
    const share = chance.next();
    const kind = chance.next();
    const reset = chance.next();
    const resetMs = chance.next();
    const lateMs = chance.next();
    const active = this.#active(target);
    let loss: Loss | undefined;
    let threshold = 0;
    for (const act of active) {
      if (act.do !== 'loss' || loss) continue;
      threshold += act.share;
      if (share < threshold) loss = act.what;
    }
    if (!loss && !this.#calm && share > 1 - noise)
      loss = kind < 0.4 ? 'before' : kind < 0.8 ? 'after' : 'late';
    const slow = isWrite ? active.find((act) => act.do === 'slow') : undefined;
    if (slow) this.#meet(slow);
    const [slowOut, slowBack] = !slow ? [0, 0] : lateMs < 0.5 ? [SLOW_MS, 0] : [0, SLOW_MS];
    return {
      refused: active.some((act) => act.do === 'outage'),
      queueMs: !this.#calm && long < noise / 2 ? queue * 9_000 : queue,
      // Beyond the time-out of its caller, and at times beyond the settle time.
      outMs: slowOut + (loss === 'late' ? 2_000 + lateMs ** 2 * 26_000 : 0.2 + out * latencyMs),
      backMs: slowBack + 0.2 + back * latencyMs,
      loss,
      resetMs: reset < 0.6 ? resetMs * 2_000 : undefined,
    };
  }

  /** The status with which a request is refused at the door; `done`: it is carried out all the same. */
  refusal(target: Target, chance: Chance): { readonly status: number; readonly done: boolean } | undefined {
    const share = chance.next();
    const done = chance.next() < 0.3;
    for (const act of this.#active(target))
      if (act.do === 'storm' && share < act.share)
        return { status: act.status, done: act.status >= 500 && done };
    return undefined;
  }

  lagOf(resource: string, chance: Chance): number {
    const usual = 1 + chance.next() * 20;
    return Math.max(usual, this.worstLagOf(resource));
  }

  worstLagOf(resource: string): number {
    if (this.#lags.length === 0) return 0;
    const lags = this.#lags
      .filter((lag) => lag.until > this.#agenda.now && (lag.resource === resource || lag.resource === '*'))
      .map(({ lagMs }) => lagMs);
    return Math.max(0, ...lags);
  }

  #meet(storm: Storm): void {
    if (this.#met.has(storm)) return;
    this.#met.add(storm);
    this.onMet(storm.do);
  }

  #active(target: Target): readonly Storm[] {
    if (this.#storms.length === 0) return [];
    this.#storms = this.#storms.filter(({ until }) => until > this.#agenda.now);
    return this.#storms
      .map(({ act }) => act)
      .filter((act) => (act.do === 'slow' ? target === 'api' : act.target === target));
  }
}
