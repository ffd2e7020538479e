import { createHash } from 'node:crypto';
import { annotations } from '../api/group.ts';
import { timestamp } from '../api/conditions.ts';
import type { ProviderStatus } from '../api/schema/identity-provider.ts';
import { isMass, type Standing } from '../machine-client/policies/mass.ts';

type MassChange = NonNullable<ProviderStatus['massChange']>;

interface Notice {
  readonly how: 'affected' | 'gone';
  readonly since: number;
}

/**
 * I11: when much seems lost at once (an empty list, another project behind the same URL, a lost integrity key),
 * nothing of the account is recreated or rotated until a person confirms with the token that the provider's status
 * shows. The token is made once for each hold, and kept in status, so that it survives a restart.
 */
export class MassGuard {
  #hold: MassChange | undefined;
  /** Since when an object is affected, and how: wall clock, by key. */
  #noticed = new Map<string, Notice>();

  get hold(): MassChange | undefined {
    return this.#hold;
  }

  /** After a restart: what the status of a provider says of an earlier hold. */
  recall(recorded: MassChange | undefined): void {
    this.#hold ??= recorded;
  }

  /** Looks at all objects of the account anew. True when the hold began or ended. */
  assess(standings: Iterable<readonly [key: string, Standing]>, account: string, now: number): boolean {
    const affected: string[] = [];
    const noticed = new Map<string, Notice>();
    let known = 0;
    for (const [key, standing] of standings) {
      if (standing === 'unknown') continue;
      known++;
      if (standing === 'sound') continue;
      affected.push(key);
      noticed.set(key, this.#notice(key, standing, now));
    }
    this.#noticed = noticed;
    const before = this.#hold;
    if (!isMass(affected.length, known)) this.#hold = undefined;
    else if (!before) {
      const since = timestamp(now);
      const token = createHash('sha256')
        .update([account, since, ...affected.toSorted()].join('\n'))
        .digest('hex')
        .slice(0, 12);
      const cause = 'clients or credentials that are known here are gone or changed';
      this.#hold = { token, cause, affected: affected.length, known, since };
    }
    return (before === undefined) !== (this.#hold === undefined);
  }

  /**
   * Since when this object is affected. What is lost one by one and healed as fast would never be seen as much: so
   * each waits a little, until those that are lost with it have been counted too.
   */
  noticed(key: string, standing: Standing, now: number): number | undefined {
    if (standing === 'unknown' || standing === 'sound') return undefined;
    const notice = this.#notice(key, standing, now);
    this.#noticed.set(key, notice);
    return notice.since;
  }

  /** Whose Secret was lost, and then its client with all others, is lost anew: a list from before shows nothing of it. */
  #notice(key: string, how: Notice['how'], now: number): Notice {
    const before = this.#noticed.get(key);
    // The clock may have been set back meanwhile.
    return before?.how === how ? { how, since: Math.min(before.since, now) } : { how, since: now };
  }

  /** What held objects say; undefined when nothing is held, or a person has confirmed. */
  held(confirmations: Iterable<string | undefined>): string | undefined {
    const hold = this.#hold;
    if (!hold) return undefined;
    for (const confirmation of confirmations) if (confirmation === hold.token) return undefined;
    return `${hold.cause} (${hold.affected} of ${hold.known}); nothing is recreated or rotated before the provider object carries the annotation ${annotations.confirmMassChange}: "${hold.token}"`;
  }
}
