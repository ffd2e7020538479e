import type { Clock } from '../runtime/clock.ts';
import { Partition } from './partition.ts';

export interface ListingsOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** There is something new to be listed, or sooner. */
  readonly onWanted: () => void;
}

/** What there is to list of one account: all of it, or each organization that somebody named. */
export class Listings {
  readonly #byOrganization: boolean;
  readonly #options: ListingsOptions;
  readonly #partitions = new Map<string | undefined, Partition>();

  constructor(byOrganization: boolean, options: ListingsOptions) {
    this.#byOrganization = byOrganization;
    this.#options = options;
  }

  all(): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  /** What is connected without an organization is never listed where only organizations are. */
  listed(): readonly Partition[] {
    return [...this.#partitions.values()].filter((one) => this.#isListed(one));
  }

  /** Of the object that names this organization; made when it is asked for first. */
  of(organization: string | undefined): Partition {
    const listed = this.#lists(organization);
    const present = this.#partitions.get(listed);
    if (present) return present;
    const { installation, clock, random, onWanted } = this.#options;
    const made = new Partition(listed, installation, clock, random);
    this.#partitions.set(listed, made);
    onWanted();
    return made;
  }

  find(organization: string | undefined): Partition | undefined {
    return this.#partitions.get(this.#lists(organization));
  }

  /** Organizations that were listed when the former process ended, though nobody named them: they are listed again. */
  recall(organizations: readonly string[]): void {
    if (this.#byOrganization) for (const organization of organizations) this.of(organization);
  }

  delete({ organization }: Partition): void {
    this.#partitions.get(organization)?.release();
    this.#partitions.delete(organization);
  }

  /** Each was complete once, or cannot be had. */
  get swept(): boolean {
    return (
      this.#partitions.size > 0 &&
      this.listed().every(
        ({ inventory, trouble }) => inventory.sweptAt !== undefined || trouble !== undefined,
      )
    );
  }

  /** When the oldest of those that can be had began, by the wall clock; undefined: one was not complete yet. */
  get since(): number | undefined {
    if (!this.swept) return undefined;
    const times = this.listed().flatMap(({ inventory }) => inventory.sweptAt ?? []);
    // One that began in the future began before the clock was set back.
    return times.length > 0 && Math.max(...times) <= this.#options.clock.now()
      ? Math.min(...times)
      : undefined;
  }

  /**
   * Whether every other listing that can be had began after this moment of the wall clock; those that did not are asked
   * for. What one organization has lost is not seen in the list of another.
   */
  othersListedSince(organization: string | undefined, after: number): boolean {
    const now = this.#options.clock.now();
    const own = this.#lists(organization);
    const behind = this.listed().filter(({ organization: other, inventory, trouble }) => {
      const { sweptAt = Number.NEGATIVE_INFINITY } = inventory;
      return other !== own && trouble === undefined && (sweptAt < after || sweptAt > now);
    });
    for (const partition of behind) partition.want(after);
    if (behind.length > 0) this.#options.onWanted();
    return behind.length === 0;
  }

  #lists(organization: string | undefined): string | undefined {
    return this.#byOrganization ? organization : undefined;
  }

  #isListed({ organization }: Partition): boolean {
    return !this.#byOrganization || organization !== undefined;
  }
}
