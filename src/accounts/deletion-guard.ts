import { createHash } from 'node:crypto';
import { timestamp } from '../api/conditions.ts';
import { annotations } from '../api/group.ts';
import type { MassChange } from './mass-guard.ts';

/** One MachineClient that is being deleted. */
export interface Marked {
  readonly uid: string;
  readonly namespace: string;
}

interface Seen extends Marked {
  /** When it was first seen: wall clock. */
  readonly at: number;
}

interface Hold {
  readonly change: MassChange;
  readonly namespaces: ReadonlySet<string>;
}

/** Deletions that are further apart than this are not of one act. */
const WINDOW_MS = 10 * 60_000;
/** What is marked is only watched for so long, so that what is marked together is counted before the first of it goes. */
const QUIET_MS = 5_000;

/** How the status of a provider object tells it from a mass change. */
const CAUSE = 'clients are marked for deletion';

/** More than these are many. */
const most = (known: number): number => Math.max(10, known * 0.2);

/**
 * The namespaces whose deletions are held. One that deletes many by itself is held alone: who may delete the objects of
 * one namespace must not be able to hold those of others. A little of many is counted together.
 */
export const massDeletions = (marked: ReadonlyMap<string, number>, known: number): ReadonlySet<string> => {
  const limit = most(known);
  const alone = [...marked].filter(([, count]) => count > limit);
  const others = [...marked].filter(([, count]) => count <= limit);
  const together = others.reduce((sum, [, count]) => sum + count, 0);
  return new Set([...alone, ...(together > limit ? others : [])].map(([namespace]) => namespace));
};

/**
 * `massDeletionPolicy: Hold`: when many clients of an account are marked for deletion within minutes, none of them is
 * removed until a person confirms with the token that the provider's status shows. A mark cannot be taken back, so the
 * hold lasts until then, or until none of the objects is left. It is kept in status, so that it survives a restart.
 */
export class DeletionGuard {
  readonly #scale: (ms: number) => number;
  /** By uid: also those that have gone since, for as long as they are of one act with others. */
  readonly #seen = new Map<string, Seen>();
  /** Those that are here: their namespaces, by uid. */
  readonly #present = new Map<string, string>();
  #hold: Hold | undefined;
  /** Of an earlier process: all that is marked is held until this one has counted. */
  #recalled: MassChange | undefined;

  constructor(scale: (ms: number) => number) {
    this.#scale = scale;
  }

  recall(recorded: MassChange | undefined): void {
    if (!this.#hold) this.#recalled ??= recorded;
  }

  /** One that is marked for deletion, each time that it is counted. */
  mark(one: Marked, now: number): void {
    this.#present.set(one.uid, one.namespace);
    // The clock may have been set back meanwhile.
    const at = Math.min(this.#seen.get(one.uid)?.at ?? now, now);
    this.#seen.set(one.uid, { ...one, at });
  }

  /** It is gone, or let go. */
  unmark(uid: string): void {
    this.#present.delete(uid);
  }

  /**
   * `known`: how many objects the account has, those that are marked with them. `isWhole`: all that is marked could be
   * counted; before that a hold that is recalled stays as it was.
   */
  assess(known: number, account: string, now: number, isWhole: boolean): 'same' | 'begun' | 'ended' {
    const before = this.#hold;
    this.#forget(now);
    if (this.#recalled && !isWhole) return 'same';
    const recent = [...this.#seen.values()].filter(({ at }) => now - at < this.#scale(WINDOW_MS));
    const namespaces = massDeletions(countOf(recent), known);
    const left = new Set(this.#present.values());
    const recalled = this.#recalled;
    this.#recalled = undefined;
    if (recalled && left.size > 0) this.#hold = { change: recalled, namespaces: left };
    else if (before)
      // What was held stays so, however long ago it was marked; who comes meanwhile is held with it.
      this.#hold = keepsOf(before, left, namespaces);
    const fresh = [...namespaces].filter((namespace) => left.has(namespace));
    if (!this.#hold && fresh.length > 0) {
      const held = recent.filter(({ namespace }) => namespaces.has(namespace));
      const uids = held.map(({ uid }) => uid).toSorted();
      const token = createHash('sha256')
        .update([account, ...uids].join('\n'))
        .digest('hex')
        .slice(0, 12);
      const change = { token, cause: CAUSE, affected: held.length, known, since: timestamp(now) };
      this.#hold = { change, namespaces: new Set(fresh) };
    }
    if (!before === !this.#hold) return 'same';
    return this.#hold ? 'begun' : 'ended';
  }

  /** Until when this one is only watched; wall clock. One that was not counted yet is new. */
  quietUntil({ uid }: Pick<Marked, 'uid'>, now: number): number {
    return Math.min(this.#seen.get(uid)?.at ?? now, now) + this.#scale(QUIET_MS);
  }

  get change(): MassChange | undefined {
    return this.#hold?.change ?? this.#recalled;
  }

  /** What its objects say of which a namespace has some; undefined: nothing is held, or a person has confirmed. */
  held(namespace: string, confirmations: readonly (string | undefined)[]): string | undefined {
    const { change } = this;
    if (!change || (this.#hold && !this.#hold.namespaces.has(namespace))) return undefined;
    return confirmations.includes(change.token) ? undefined : sayMassDeletion(change);
  }

  #forget(now: number): void {
    for (const [uid, { at }] of this.#seen)
      if (!this.#present.has(uid) && now - at >= this.#scale(WINDOW_MS)) this.#seen.delete(uid);
  }
}

const countOf = (marked: readonly Marked[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { namespace } of marked) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return counts;
};

const keepsOf = (
  { change, namespaces }: Hold,
  left: ReadonlySet<string>,
  more: ReadonlySet<string>,
): Hold | undefined => {
  const kept = new Set([...namespaces, ...more].filter((namespace) => left.has(namespace)));
  return kept.size === 0 ? undefined : { change, namespaces: kept };
};

export const isMassDeletion = ({ cause }: MassChange): boolean => cause === CAUSE;

export const sayMassDeletion = ({ affected, known, token }: MassChange): string =>
  `${CAUSE} (${affected} of ${known}), and massDeletionPolicy is Hold: none of them is removed before the provider object carries the annotation ${annotations.confirmMassChange}: "${token}"`;
