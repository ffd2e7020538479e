import { createHash } from 'node:crypto';
import { annotations } from '../api/group.ts';
import { timestamp } from '../api/conditions.ts';
import type { ProviderStatus } from '../api/schema/identity-provider.ts';
import { isMass } from '../machine-client/policies/mass.ts';
import type { Loss, Tally } from './tally.ts';

export type MassChange = NonNullable<ProviderStatus['massChange']>;

/** What is held in one namespace: the numbers with which it began, and every token that releases it. */
interface Hold extends Loss {
  readonly since: string;
  readonly tokens: readonly string[];
}

const CAUSE = 'clients or credentials that are known here are gone or changed';
/** Of one hold: so many others can begin beside it before a confirmation of the first of them is forgotten. */
const MOST_TOKENS = 64;

const sum = (losses: Iterable<Loss>): Loss => {
  let [affected, known] = [0, 0];
  for (const loss of losses) [affected, known] = [affected + loss.affected, known + loss.known];
  return { affected, known };
};

/**
 * The namespaces that are to be held. What one of them has lost by itself is its own trouble: who may delete the Secrets
 * of one namespace must not be able to hold the others. What many have lost a little of, and what all have lost
 * everything of, is the account's: then each namespace is held that has lost something.
 */
export const heldNamespaces = (losses: ReadonlyMap<string, Loss>): ReadonlySet<string> => {
  const isLost = ({ affected, known }: Loss): boolean => isMass(affected, known);
  const alone = [...losses].filter(([, loss]) => isLost(loss));
  const others = [...losses].filter(([, loss]) => !isLost(loss));
  const { affected, known } = sum(losses.values());
  const isAccounts = isLost(sum(others.map(([, loss]) => loss))) || (known >= 3 && affected === known);
  const held = [...alone, ...(isAccounts ? others.filter(([, loss]) => loss.affected > 0) : [])];
  return new Set(held.map(([namespace]) => namespace));
};

/**
 * What became known while a namespace is held is left out: a client that is made meanwhile in the wrong project, and is sound
 * there, says nothing of those that are lost. `held`: how many were known when the hold began.
 */
const withoutNew = (
  losses: ReadonlyMap<string, Loss>,
  held: (namespace: string) => number | undefined,
): ReadonlyMap<string, Loss> =>
  new Map(
    [...losses].map(([namespace, { affected, known }]) => {
      const most = Math.max(affected, held(namespace) ?? known);
      return [namespace, { affected, known: Math.min(known, most) }];
    }),
  );

/**
 * I11: when much seems lost at once (an empty list, another project behind the same URL, a lost integrity key), nothing
 * of the namespaces that it concerns is recreated or rotated until a person confirms with the token that the provider's
 * status shows. A token is made whenever a namespace is held anew, and kept in status, so that it survives a restart;
 * it releases all that is held at that time.
 */
export class MassGuard {
  /** By namespace. */
  #holds: ReadonlyMap<string, Hold> = new Map();
  /** The newest. */
  #token: string | undefined;
  /** Of an earlier process; it holds everything until this one has counted. */
  #recalled: MassChange | undefined;
  #assessed = false;

  /** After a restart: what the status of a provider says of an earlier hold. */
  recall(recorded: MassChange | undefined): void {
    if (!this.#assessed) this.#recalled ??= recorded;
  }

  /** Judges what has been counted, and says whether a hold began or ended. */
  assess(
    tally: Pick<Tally, 'losses' | 'affectedIn'>,
    account: string,
    now: number,
  ): 'same' | 'begun' | 'ended' {
    const before = this.#holds;
    const counted = tally.losses();
    const { affected: lost } = sum(counted.values());
    // What is recalled is the sum of all that was held: in one namespace there was no more than what the others leave.
    const recalledIn = (namespace: string): number | undefined =>
      this.#recalled && this.#recalled.known - lost + (counted.get(namespace)?.affected ?? 0);
    const losses = withoutNew(counted, (namespace) => before.get(namespace)?.known ?? recalledIn(namespace));
    const namespaces = heldNamespaces(losses);
    const fresh = [...namespaces].filter((namespace) => !before.has(namespace));
    const since = this.#recalled?.since ?? timestamp(now);
    if (fresh.length > 0) {
      const keys = fresh.flatMap((namespace) => [...tally.affectedIn(namespace)]).toSorted();
      this.#token =
        this.#recalled?.token ??
        createHash('sha256')
          .update([account, since, ...keys].join('\n'))
          .digest('hex')
          .slice(0, 12);
    }
    const token = fresh.length > 0 && this.#token !== undefined ? [this.#token] : [];
    this.#holds = new Map(
      [...namespaces].map((namespace) => {
        const hold = before.get(namespace) ?? {
          ...(losses.get(namespace) as Loss),
          since,
          tokens: [],
        };
        return [namespace, { ...hold, tokens: [...hold.tokens, ...token].slice(-MOST_TOKENS) }];
      }),
    );
    const wasRecalled = this.#recalled !== undefined;
    this.#recalled = undefined;
    this.#assessed = true;
    const ended = [...before.keys()].some((namespace) => !namespaces.has(namespace));
    if (ended || (wasRecalled && namespaces.size === 0)) return 'ended';
    return fresh.length > 0 ? 'begun' : 'same';
  }

  /** What the status of a provider object says that serves these namespaces. */
  hold(serves: (namespace: string) => boolean): MassChange | undefined {
    if (this.#recalled) return this.#recalled;
    const holds = [...this.#holds].filter(([namespace]) => serves(namespace)).map(([, hold]) => hold);
    const [first] = holds;
    if (!first || this.#token === undefined) return undefined;
    const since = holds.map((hold) => hold.since).toSorted()[0];
    return { token: this.#token, cause: CAUSE, ...sum(holds), since };
  }

  /** What held objects of this namespace say; undefined when nothing is held, or a person has confirmed. */
  held(namespace: string, confirmations: readonly (string | undefined)[]): string | undefined {
    const hold = this.#holds.get(namespace);
    const tokens = this.#recalled ? [this.#recalled.token] : hold?.tokens;
    const loss = this.#recalled ?? hold;
    if (!loss || !tokens) return undefined;
    if (confirmations.some((confirmation) => confirmation !== undefined && tokens.includes(confirmation)))
      return undefined;
    return sayHeld(loss, this.#recalled?.token ?? this.#token ?? '');
  }

  /** The namespaces in which something is held; undefined: not counted yet, so all that an earlier process held. */
  get namespaces(): readonly string[] | undefined {
    return this.#recalled ? undefined : [...this.#holds.keys()];
  }
}

export const sayHeld = ({ affected, known }: Loss, token: string): string =>
  `${CAUSE} (${affected} of ${known}); nothing is recreated or rotated before the provider object carries the annotation ${annotations.confirmMassChange}: "${token}"`;
