import type { Clock } from '../runtime/clock.ts';
import type { Pod } from './lease-holder.ts';
import type { LeaseSpec, SeenLease } from './lease-watch.ts';

/** What is known of the Lease, and since when. */
interface Observation extends SeenLease {
  readonly record: string;
  /** Monotonic: when this process first saw the record so. */
  readonly at: number;
}

/** What a holder changes with each renewal. Anybody may touch the rest of the object, which is no sign of life. */
const recordOf = (spec: LeaseSpec | undefined): string =>
  JSON.stringify([
    spec?.holderIdentity,
    spec?.leaseDurationSeconds,
    spec?.acquireTime,
    spec?.renewTime,
    spec?.leaseTransitions,
  ]);

const isSamePod = (one: Pod | undefined, other: Pod | undefined): boolean =>
  one?.name === other?.name && one?.uid === other?.uid;

/** The Lease as this process has last seen it, and for how long it has seen it so. */
export class LeaseSight {
  readonly #clock: Clock;
  #last: Observation | undefined;
  #deserted: Observation | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get last(): Observation | undefined {
    return this.#last;
  }

  observe({ spec, pod }: SeenLease): void {
    const record = recordOf(spec);
    const before = this.#last?.record === record ? this.#last : undefined;
    if (before !== undefined && isSamePod(before.pod, pod)) return;
    this.#last = { spec, pod, record, at: before?.at ?? this.#clock.monotonic() };
  }

  /** For how long this process has seen it so, and not otherwise. */
  unchangedMs(spec: LeaseSpec | undefined): number {
    const { record, at } = this.#last ?? {};
    return at !== undefined && record === recordOf(spec) ? this.#clock.monotonic() - at : 0;
  }

  /** The pod of its holder is gone. Whatever is seen otherwise from here on, a renewal first of all, takes that back. */
  desert(seen: Observation): void {
    this.#deserted = seen;
  }

  isDeserted(spec: LeaseSpec | undefined): boolean {
    return this.#last !== undefined && this.#last === this.#deserted && this.#last.record === recordOf(spec);
  }
}
