import type { Logger } from 'pino';
import { inFull, KubeError } from '../kube/errors.ts';
import { equalJitter } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';

export interface Asker {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Told what is waited for; undefined when it is there. */
  readonly onWait: (why: string | undefined) => void;
}

/** An outage ends when it ends: whoever waits for it comes soon after, and a crowd of replicas does not come at once. */
const BACKOFF = { firstMs: 500, mostMs: 5_000 };

/**
 * What a start needs of the API server, asked for until it answers: as the caches do, and for the same reason. A process
 * that ends instead is started again with a growing distance, which outlasts the outage that ended it.
 *
 * No answer, 401, 403 and 5xx are all waited for, and each says what it is: rights and tokens arrive a moment after a
 * Deployment, too. Everything that is not an answer of the API server ends the start.
 */
export const untilAnswered = async <T>(
  { clock, random, log, onWait }: Asker,
  stop: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> => {
  let told: string | undefined;
  for (let failures = 1; ; failures++) {
    try {
      const answer = await ask();
      onWait(undefined);
      return answer;
    } catch (error) {
      if (stop.aborted || !(error instanceof KubeError)) throw error;
      const why = inFull(error);
      onWait(why);
      // Each cause once: an outage says ECONNREFUSED, then 503, then nothing any more.
      if (why !== told) log.warn({ error: why }, 'waiting for the API server');
      told = why;
      await sleep(clock, Math.max(equalJitter(BACKOFF, failures, random), error.retryAfterMs ?? 0), stop);
    }
  }
};
