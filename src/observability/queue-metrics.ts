import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkQueueStats } from '../runtime/work-queue.ts';

export interface QueueMetrics {
  /** A key was taken that has stood in the queue for so long. */
  readonly onTaken: (seconds: number) => void;
  /** A pass has ended that took so long. */
  readonly onWorked: (seconds: number) => void;
}

const BUCKETS = [0.001, 0.01, 0.1, 1, 10, 60, 600];

/** The work queues, by the names that client-go gives (k8s.io/client-go/util/workqueue/metrics.go). */
export const registerQueueMetrics = (
  registry: Registry,
  queues: () => Iterable<readonly [name: string, stats: WorkQueueStats]>,
): ((name: string) => QueueMetrics) => {
  const common = { labelNames: ['name'], registers: [registry] };
  const gauge = (name: string, help: string, read: (stats: WorkQueueStats) => number): Gauge =>
    new Gauge({
      ...common,
      name,
      help,
      collect() {
        for (const [queue, stats] of queues()) this.set({ name: queue }, read(stats));
      },
    });
  // The queue counts by itself; what it has counted is taken over when it is scraped.
  const counter = (name: string, help: string, read: (stats: WorkQueueStats) => number): Counter =>
    new Counter({
      ...common,
      name,
      help,
      collect() {
        this.reset();
        for (const [queue, stats] of queues()) this.inc({ name: queue }, read(stats));
      },
    });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ ...common, name, help, buckets: BUCKETS });

  const queueTime = histogram('workqueue_queue_duration_seconds', 'How long keys stand in the queue.');
  const workTime = histogram('workqueue_work_duration_seconds', 'How long passes take.');
  gauge('workqueue_depth', 'Keys that wait.', (stats) =>
    Object.values(stats.waiting).reduce((sum, count) => sum + count, 0),
  );
  counter('workqueue_adds_total', 'Keys added since the start.', (stats) => stats.adds);
  counter('workqueue_retries_total', 'Keys added again after a failure.', (stats) => stats.retries);
  gauge(
    'workqueue_unfinished_work_seconds',
    'How long the passes that are under way have taken so far, all together.',
    (stats) => stats.unfinishedWorkMs / 1000,
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'The pass under way that has taken longest.',
    (stats) => stats.longestWorkMs / 1000,
  );
  gauge('workqueue_oldest_wait_seconds', 'The key that waits longest.', (stats) => stats.oldestWaitMs / 1000);
  return (name) => ({
    onTaken: (seconds) => queueTime.observe({ name }, seconds),
    onWorked: (seconds) => workTime.observe({ name }, seconds),
  });
};
