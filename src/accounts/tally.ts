import { isAffected, type UpstreamHealth } from '../machine-client/policies/mass.ts';

/** One object of an account, as the guards count it. */
export interface Counted {
  readonly namespace: string;
  /** `unknown` where it may not use its provider. */
  readonly health: UpstreamHealth;
  /** In which its client lives, where the provider has such. */
  readonly organization: string | undefined;
  /** It is being deleted, whatever of it is left. */
  readonly leaving: boolean;
  /** Something of it can be removed at the provider: its deletion counts. */
  readonly removable: boolean;
  /** Its uid, where it is marked for deletion and something of it would be removed. */
  readonly marked: string | undefined;
}

/** Since when an object is affected, and how. */
export interface Notice {
  readonly how: 'affected' | 'gone';
  /** Wall clock. */
  readonly since: number;
}

export interface Loss {
  readonly affected: number;
  readonly known: number;
}

interface Namespace {
  known: number;
  /** Keys. */
  readonly affected: Set<string>;
}

const same = (a: Counted | undefined, b: Counted | undefined): boolean =>
  a?.namespace === b?.namespace &&
  a?.health === b?.health &&
  a?.organization === b?.organization &&
  a?.leaving === b?.leaving &&
  a?.removable === b?.removable &&
  a?.marked === b?.marked;

/**
 * The objects of one account, counted: by namespace for what is lost, by organization for what is to be listed. One
 * object that changes is recounted by itself, however many there are; after a list those that it shows are.
 */
export class Tally {
  readonly #counted = new Map<string, Counted>();
  readonly #namespaces = new Map<string, Namespace>();
  /** Keys, by organization. */
  readonly #organizations = new Map<string | undefined, Set<string>>();
  /** How many of an organization stay. */
  readonly #staying = new Map<string | undefined, number>();
  readonly #notices = new Map<string, Notice>();
  #removable = 0;

  /**
   * As the object of this key is now; undefined: it is none of the account's. `gone`: its client was not known to be
   * gone before.
   */
  set(key: string, now: Counted | undefined, at: number): 'same' | 'changed' | 'gone' {
    const before = this.#counted.get(key);
    const isNews = this.#notice(key, now?.health ?? 'unknown', at);
    if (same(before, now)) return 'same';
    if (before) this.#add(key, before, -1);
    if (now) {
      this.#counted.set(key, now);
      this.#add(key, now, 1);
    } else this.#counted.delete(key);
    return isNews && now?.health === 'gone' ? 'gone' : 'changed';
  }

  get(key: string): Counted | undefined {
    return this.#counted.get(key);
  }

  /** Keys of those whose client lives there; undefined: in none, or nobody may know in which. */
  in(organization: string | undefined): Iterable<string> {
    return this.#organizations.get(organization) ?? [];
  }

  organizations(): Iterable<string | undefined> {
    return this.#organizations.keys();
  }

  /** How many have something that can be removed. */
  get removable(): number {
    return this.#removable;
  }

  /** Whether one of them names this organization, and may. */
  names(organization: string): boolean {
    return this.#organizations.has(organization);
  }

  /** Whether one of them does that is not being deleted. */
  keeps(organization: string): boolean {
    return this.#staying.has(organization);
  }

  /** By namespace. */
  losses(): ReadonlyMap<string, Loss> {
    return new Map(
      [...this.#namespaces].map(([name, { known, affected }]) => [name, { known, affected: affected.size }]),
    );
  }

  affectedIn(namespace: string): Iterable<string> {
    return this.#namespaces.get(namespace)?.affected ?? [];
  }

  /**
   * What is lost one by one and healed as fast would never be seen as much: so each waits a little, until those that
   * are lost with it have been counted too.
   */
  noticed(key: string): Notice | undefined {
    return this.#notices.get(key);
  }

  /** Whose Secret was lost, and then its client with all others, is lost anew: a list from before shows nothing of it. */
  #notice(key: string, health: UpstreamHealth, at: number): boolean {
    if (!isAffected(health)) {
      this.#notices.delete(key);
      return false;
    }
    const before = this.#notices.get(key);
    const goesOn = before?.how === health;
    // The clock may have been set back meanwhile.
    const since = goesOn ? Math.min(before.since, at) : at;
    if (!goesOn || since !== before.since) this.#notices.set(key, { how: health, since });
    return !goesOn;
  }

  #add(key: string, { namespace, health, organization, leaving, removable }: Counted, by: 1 | -1): void {
    if (removable) this.#removable += by;
    const staying = (this.#staying.get(organization) ?? 0) + (leaving ? 0 : by);
    if (staying > 0) this.#staying.set(organization, staying);
    else this.#staying.delete(organization);
    const neighbours = this.#organizations.get(organization) ?? new Set();
    if (by === 1) this.#organizations.set(organization, neighbours.add(key));
    else if (neighbours.delete(key) && neighbours.size === 0) this.#organizations.delete(organization);
    if (health === 'unknown') return;
    const losses = this.#namespaces.get(namespace) ?? { known: 0, affected: new Set() };
    losses.known += by;
    if (by === -1) losses.affected.delete(key);
    else if (isAffected(health)) losses.affected.add(key);
    if (losses.known === 0) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, losses);
  }
}
