import type { Logger } from 'pino';
import type { MachineClient } from '../api/objects.ts';
import type { Store } from '../kube/store.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { BudgetLine } from '../runtime/budget-line.ts';
import type { Clock } from '../runtime/clock.ts';
import { Crew } from '../runtime/crew.ts';
import { aborted, linkAbort } from '../runtime/linked-abort.ts';
import type { Next } from '../runtime/next.ts';
import type { WorkQueue } from '../runtime/work-queue.ts';
import type { IdentityProviderController } from './identity-provider.ts';
import type { Leading } from './leadership.ts';
import type { machineClientWorker } from './machine-client.ts';
import { runWorkers } from './worker.ts';

/** How long what is under way may take after SIGTERM: below the 30 s that Kubernetes gives a pod. */
const DRAIN_MS = 20_000;
const PROVIDER_WORKERS = 4;
/** What waits for the rights to look into its namespace. */
const unserved: Next = { kind: 'after', ms: 5_000 };
/** Of `namespace/name`; a name alone is of the cluster. */
const namespaceOf = (key: string): string => (key.includes('/') ? key.slice(0, key.indexOf('/')) : '');

interface Works {
  readonly queues: { readonly machineClients: WorkQueue; readonly providers: WorkQueue };
  readonly line: BudgetLine;
  readonly crew: Crew;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whether the operator may look into this namespace. */
  readonly served: (namespace: string) => boolean;
  readonly machineClients: Store<MachineClient>;
  readonly work: ReturnType<typeof machineClientWorker>;
  readonly controller: Pick<IdentityProviderController, 'reconcile'>;
}

/** What the leader does, from the lease to the drained end: it takes keys from both queues, and works on them. */
export const workForTerm = async (
  { queues, line, crew, clock, log, metrics, served, machineClients, work, controller }: Works,
  term: Leading,
): Promise<void> => {
  for (const queue of Object.values(queues)) queue.start();
  // Work that is under way at SIGTERM is finished; work of a lost lease is not.
  using working = linkAbort(clock, term.lost);
  const running = Promise.all([
    runWorkers(
      {
        queue: queues.machineClients,
        line,
        clock,
        log,
        crew,
        work: async (taken, signal, waited) => {
          if (!served(namespaceOf(taken.key))) return unserved;
          const before = machineClients.get(taken.key);
          const outcome = await work(taken, signal, waited);
          const after = machineClients.get(taken.key);
          metrics.reconciled(outcome.kind);
          if (before && after?.uid === before.uid) metrics.passed(before, after, clock.now());
          return outcome;
        },
        ...metrics.queue('machineclient'),
      },
      term.signal,
      working.signal,
    ),
    runWorkers(
      {
        queue: queues.providers,
        clock,
        log,
        crew: new Crew(PROVIDER_WORKERS),
        work: async ({ key }, signal) =>
          served(namespaceOf(key.slice(key.indexOf('/') + 1)))
            ? await controller.reconcile(key, signal)
            : unserved,
        ...metrics.queue('identityprovider'),
      },
      term.signal,
      working.signal,
    ),
  ]);
  await Promise.race([aborted(term.signal), running]);
  using _deadline = clock.timer(DRAIN_MS, () => working.abort(new Error('the drain took too long')));
  await running;
};
