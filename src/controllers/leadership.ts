import type { Logger } from 'pino';
import { leaseName } from '../api/group.ts';
import { LeaderElection, LeaseLost } from '../kube/lease.ts';
import type { Pod } from '../kube/lease-holder.ts';
import type { Transport } from '../kube/transport.ts';
import type { Clock } from '../runtime/clock.ts';
import { OperatorError } from '../runtime/errors.ts';

export interface Leading {
  /** Aborted when no new work may begin: the lease was lost, or the process is to stop. */
  readonly signal: AbortSignal;
  /** Aborted when the lease was lost: nothing may be finished either. */
  readonly lost: AbortSignal;
}

export interface LeadershipOptions {
  readonly transport: Transport;
  readonly enabled: boolean;
  readonly namespace: string;
  readonly identity: string;
  readonly pod: Pod | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly scale: (ms: number) => number;
}

/**
 * Calls `work` while this process is the one that may work, and resolves when it has ended. A lost lease is an error:
 * the process ends, and begins again with fresh caches.
 *
 * The lease is no fence: a process that slept through its loss still finds its writes refused by the resourceVersion
 * in each of them. 15 s is below the settle time, so whoever takes over meets only calls that are settled or recorded.
 *
 * For the same reason a stop releases it at once: what was fenced is finished by this process within V, and the next
 * leader waits for it as for any call whose answer it has not seen.
 */
export const lead = async (
  options: LeadershipOptions,
  stop: AbortSignal,
  work: (leading: Leading) => Promise<void>,
): Promise<void> => {
  const { transport, enabled, namespace, identity, pod, clock, random, log, scale } = options;
  const lost = new AbortController();
  if (!enabled) {
    await work({ signal: stop, lost: lost.signal });
    return;
  }
  const election = new LeaderElection({
    transport,
    namespace,
    name: leaseName,
    identity,
    pod,
    clock,
    random,
    log,
    // What client-go takes by default. With a longer period one renewal that hangs would end a leader that is well.
    timings: {
      leaseDurationMs: scale(15_000),
      renewDeadlineMs: scale(10_000),
      retryPeriodMs: scale(2_000),
    },
  });
  const ending = await election.run({
    signal: stop,
    onStartedLeading: (leading) => {
      const onEnd = (): void => {
        if (leading.reason instanceof LeaseLost) lost.abort(leading.reason);
      };
      leading.addEventListener('abort', onEnd, { once: true });
      return work({ signal: leading, lost: lost.signal });
    },
  });
  if (ending === 'lost')
    throw new OperatorError('MCO_LEASE_LOST', `the lease ${namespace}/${leaseName} was lost`);
};
