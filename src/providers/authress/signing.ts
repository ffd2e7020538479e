import type { Secret } from '../../runtime/secret.ts';
import { type AccessKey, signToken } from './access-key.ts';

/** Good for a day; renewed an hour before its end, as the official SDK does. */
const RENEW_AFTER_SECONDS = 23 * 3600;

/** The management token: nobody is asked for it, it is signed here. */
export class ManagementToken {
  readonly #key: AccessKey;
  readonly #baseUrl: string;
  readonly #now: () => number;
  #signedAt = Number.NEGATIVE_INFINITY;
  #token: Secret | undefined;

  /** `now`: wall clock, milliseconds. */
  constructor(key: AccessKey, baseUrl: string, now: () => number) {
    this.#key = key;
    this.#baseUrl = baseUrl;
    this.#now = now;
  }

  current(): Secret {
    const age = this.#seconds() - this.#signedAt;
    // Below zero the clock was set back since: to others the token comes from the future.
    return this.#token && age >= 0 && age < RENEW_AFTER_SECONDS ? this.#token : this.#sign();
  }

  /** Another one than was refused; undefined where that was signed just now: a new one would be the same. */
  insteadOf(refused: Secret): Secret | undefined {
    // Somebody else was refused with the same one, and has renewed it.
    if (this.#token !== refused) return this.#token;
    return this.#signedAt === this.#seconds() ? undefined : this.#sign();
  }

  #sign(): Secret {
    this.#signedAt = this.#seconds();
    this.#token = signToken(this.#key, this.#baseUrl, this.#signedAt);
    return this.#token;
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}
