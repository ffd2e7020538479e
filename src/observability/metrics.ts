import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestRecord } from '../kube/transport.ts';
import type { WorkQueueStats } from '../runtime/work-queue.ts';

/** Counters are kept; what can be counted from the caches is computed when scraped, so a deleted object has no series. */
export interface Metrics {
  readonly registry: Registry;
  readonly kubeRequest: (record: RequestRecord) => void;
  readonly reconciled: (result: string) => void;
  readonly waited: (seconds: number) => void;
}

export interface Sources {
  readonly queue: () => WorkQueueStats;
  /** Objects by the status and reason of their Ready condition. */
  readonly ready: () => Iterable<{ readonly status: string; readonly reason: string }>;
  /** Objects whose planned rotation should have begun. */
  readonly overdue: () => number;
}

export const makeMetrics = (sources: Sources): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'machine_client_operator_kube_requests_total',
    help: 'Requests to the API server.',
    labelNames: ['verb', 'resource', 'subresource', 'dry_run', 'status'],
    registers,
  });
  const passes = new Counter({
    name: 'machine_client_operator_reconcile_total',
    help: 'Passes by result.',
    labelNames: ['result'],
    registers,
  });
  const queueTime = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys stand in the queue.',
    labelNames: ['name'],
    buckets: [0.001, 0.01, 0.1, 1, 10, 60, 600],
    registers,
  });
  const gauge = (name: string, help: string, read: (stats: WorkQueueStats) => number): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers,
      collect() {
        this.set({ name: 'machineclient' }, read(sources.queue()));
      },
    });
  gauge('workqueue_depth', 'Keys that wait.', (stats) =>
    Object.values(stats.waiting).reduce((sum, count) => sum + count, 0),
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'The pass that takes longest.',
    (stats) => stats.longestWorkMs / 1000,
  );
  gauge('workqueue_oldest_wait_seconds', 'The key that waits longest.', (stats) => stats.oldestWaitMs / 1000);
  gauge('workqueue_adds_total', 'Keys added since the start.', (stats) => stats.adds);
  gauge('workqueue_retries_total', 'Keys added again after a failure.', (stats) => stats.retries);
  new Gauge({
    name: 'machine_client_operator_machineclients',
    help: 'MachineClients by their Ready condition.',
    labelNames: ['ready', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { status, reason } of sources.ready()) this.inc({ ready: status, reason });
    },
  });
  new Gauge({
    name: 'machine_client_operator_rotations_overdue',
    help: 'MachineClients whose planned rotation has not begun in time.',
    registers,
    collect() {
      this.set(sources.overdue());
    },
  });
  return {
    registry,
    kubeRequest: ({ verb, resource, subresource, dryRun, status }) =>
      requests.inc({
        verb,
        resource,
        subresource: subresource ?? '',
        dry_run: String(dryRun),
        status: String(status),
      }),
    reconciled: (result) => passes.inc({ result }),
    waited: (seconds) => queueTime.observe({ name: 'machineclient' }, seconds),
  };
};
