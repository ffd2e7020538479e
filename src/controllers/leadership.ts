import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { leaseName } from '../api/group.ts';
import type { Config } from '../config.ts';
import type { Transport } from '../kube/transport.ts';
import type { Clock } from '../runtime/clock.ts';

export interface Leading {
  /** Aborted when no new work may begin: the lease was lost, or the process is to stop. */
  readonly signal: AbortSignal;
  /** Aborted when the lease was lost: nothing may be finished either. */
  readonly lost: AbortSignal;
}

export interface LeadershipOptions {
  readonly transport: Transport;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly scale: (ms: number) => number;
}

/** Calls `work` while this process is the one that may work, and resolves when it has ended. */
export const lead = async (options: LeadershipOptions, stop: AbortSignal, work: (leading: Leading) => Promise<void>): Promise<void> => {
  const lost = new AbortController();
  if (!options.config['leader-elect']) {
    await work({ signal: stop, lost: lost.signal });
    return;
  }
  throw new Error('not yet');
};
