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
  /** Where only organizations are listed: of the objects that name none. It is never listed. */
  readonly #nowhere: Partition | undefined;
  /** Something is, or was, to be listed: before that nothing says that all of it was. */
  #begun = false;

  constructor(byOrganization: boolean, options: ListingsOptions) {
    this.#byOrganization = byOrganization;
    this.#options = options;
    if (byOrganization) this.#nowhere = this.#made(undefined);
    else this.include(undefined);
  }

  all(): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  /** From now on what an object that names this organization sees is listed. */
  include(organization: string | undefined): Partition {
    const present = this.find(organization);
    if (present) return present;
    const listed = this.#lists(organization);
    const made = this.#made(listed);
    this.#partitions.set(listed, made);
    this.#begun = true;
    this.#options.onWanted();
    return made;
  }

  /** Of the object that names this organization. */
  find(organization: string | undefined): Partition | undefined {
    const listed = this.#lists(organization);
    return (listed === undefined ? this.#nowhere : undefined) ?? this.#partitions.get(listed);
  }

  /** Organizations that were listed when the former process ended, though nobody named them: they are listed again. */
  recall(organizations: readonly string[]): void {
    if (this.#byOrganization) for (const organization of organizations) this.include(organization);
  }

  delete({ organization }: Partition): void {
    this.#partitions.get(organization)?.release();
    this.#partitions.delete(organization);
  }

  /** Each was complete once, or cannot be had. */
  get swept(): boolean {
    for (const { inventory, trouble } of this.all())
      if (inventory.sweptAt === undefined && trouble === undefined) return false;
    return this.#begun;
  }

  /** When the oldest of those that can be had began, by the wall clock; undefined: one was not complete yet. */
  get since(): number | undefined {
    if (!this.swept) return undefined;
    const times = [...this.all()].flatMap(({ inventory }) => inventory.sweptAt ?? []);
    // One that began in the future began before the clock was set back.
    return times.length > 0 && Math.max(...times) <= this.#options.clock.now()
      ? Math.min(...times)
      : undefined;
  }

  /**
   * Whether every other listing that can be had began after this moment of the wall clock. What one organization has
   * lost is not seen in the list of another.
   */
  othersListedSince(organization: string | undefined, after: number): boolean {
    const own = this.#lists(organization);
    for (const one of this.all()) if (one.organization !== own && this.#isBehind(one, after)) return false;
    return true;
  }

  /** Asks for those that are behind, but for that of this organization where one is named. */
  wantListedSince(after: number, except: { readonly organization: string | undefined } | undefined): void {
    const own = except && this.#lists(except.organization);
    let wanted = false;
    for (const one of this.all()) {
      if ((except && one.organization === own) || !this.#isBehind(one, after)) continue;
      one.want(after);
      wanted = true;
    }
    if (wanted) this.#options.onWanted();
  }

  #isBehind({ inventory, trouble }: Partition, after: number): boolean {
    const { sweptAt = Number.NEGATIVE_INFINITY } = inventory;
    return trouble === undefined && (sweptAt < after || sweptAt > this.#options.clock.now());
  }

  #lists(organization: string | undefined): string | undefined {
    return this.#byOrganization ? organization : undefined;
  }

  #made(listed: string | undefined): Partition {
    const { installation, clock, random } = this.#options;
    return new Partition(listed, installation, clock, random);
  }
}
