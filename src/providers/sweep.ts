import type { Share } from '../runtime/allowance.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Inventory } from './inventory.ts';
import type { ProviderError } from './outcome.ts';
import type { Page } from './provider.ts';
import { SweepBounds } from './sweep-bounds.ts';

export interface SweepOptions {
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly scale: (ms: number) => number;
  /** Of the memory that lists may fill. It is the sweep's until it is complete. */
  readonly share: Share;
  readonly mostPages: number;
}

/** One page fails so often in a row: its cursor may be what the provider stumbles over. */
const MOST_FAILURES = 5;
/**
 * No page came for so long: longer than any Retry-After that is heeded. How long a cursor is good nobody says; one that
 * is refused ends the sweep before that. There is no other limit of age: a list of many pages at one a minute takes
 * hours, what we write meanwhile is kept beside it, and all that is concluded counts from its beginning.
 */
const LONGEST_STANDSTILL_MS = 7_200_000;

/**
 * One listing, from its first page to its last. A page that is refused for the moment is asked for again, and what came
 * before it is kept: an account that may be listed once a second would never be listed to its end otherwise.
 */
export class Sweep implements Disposable {
  /** Wall clock. */
  readonly beganAt: number;
  readonly share: Share;
  readonly #clock: Clock;
  readonly #longestMs: number;
  readonly #found: ReturnType<Inventory['beginSweep']>;
  readonly #bounds: SweepBounds;
  #cursor: string | undefined;
  #failures = 0;
  /** Monotonic time of the last page, or of the beginning. */
  #advancedAt: number;

  constructor({ inventory, clock, scale, share, mostPages }: SweepOptions) {
    this.#clock = clock;
    this.#longestMs = scale(LONGEST_STANDSTILL_MS);
    this.share = share;
    this.beganAt = clock.now();
    this.#advancedAt = clock.monotonic();
    this.#found = inventory.beginSweep(this.beganAt);
    this.#bounds = new SweepBounds(share, mostPages);
  }

  /** Of the page that comes next. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** So far. */
  get pages(): number {
    return this.#bounds.pages;
  }

  /** Why it ends without a result, or whether it is complete: then the inventory shows it. */
  add({ clients, next }: Page): { readonly refused?: string | undefined; readonly complete: boolean } {
    this.#failures = 0;
    this.#advancedAt = this.#clock.monotonic();
    const refused = this.#bounds.refuse(this.#found.add(clients), next);
    if (refused !== undefined) return { refused, complete: false };
    this.#cursor = next;
    if (next === undefined) this.#found.complete();
    return { complete: next === undefined };
  }

  /** Whether the same page may be asked for again after this answer. */
  survives({ reason, retry }: ProviderError): boolean {
    if (retry !== 'soon') return false;
    if (reason !== 'RateLimited' && ++this.#failures >= MOST_FAILURES) return false;
    return this.#clock.monotonic() - this.#advancedAt <= this.#longestMs;
  }

  /** Without a result. */
  [Symbol.dispose](): void {
    this.share[Symbol.dispose]();
  }
}
