import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MachineClient } from '../api/objects.ts';
import type { RequestRecord } from '../kube/transport.ts';
import { version } from '../runtime/version.ts';
import type { WorkQueueStats } from '../runtime/work-queue.ts';
import { registerObjectMetrics, type ObjectSources } from './object-metrics.ts';
import { type QueueMetrics, registerQueueMetrics } from './queue-metrics.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly kubeRequest: (record: RequestRecord) => void;
  readonly reconciled: (result: string) => void;
  /** What a work queue tells of its keys; seconds. */
  readonly queue: (name: string) => QueueMetrics;
  readonly upstreamCall: (call: {
    readonly provider: string;
    readonly operation: string;
    readonly status: string;
    readonly seconds: number;
  }) => void;
  /** What a pass has made of its object. */
  readonly passed: (before: MachineClient, after: MachineClient, now: number) => void;
}

export interface Sources extends ObjectSources {
  /** Memory, event loop and collector of this process too: observers that cost a little for as long as it lives. */
  readonly ofProcess: boolean;
  /** By their names in metrics. */
  readonly queues: () => Iterable<readonly [name: string, stats: WorkQueueStats]>;
  /** This replica works. */
  readonly leading: () => boolean;
}

/** From tens of milliseconds to the half hour that a slow rollout takes. */
const LIFE_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const makeMetrics = (sources: Sources): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  if (sources.ofProcess) collectDefaultMetrics({ register: registry });
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
  const queue = registerQueueMetrics(registry, sources.queues);
  registerObjectMetrics(registry, sources);
  new Gauge({
    name: 'machine_client_operator_leading',
    help: '1 in the replica that works, 0 in those that wait.',
    registers,
    collect() {
      this.set(sources.leading() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'machine_client_operator_build_info',
    help: 'The version that runs.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
  const calls = new Histogram({
    name: 'machine_client_operator_upstream_request_duration_seconds',
    help: 'Calls to providers, by operation and class of the HTTP status.',
    labelNames: ['provider', 'operation', 'status'],
    buckets: CALL_BUCKETS,
    registers,
  });
  const untilReady = new Histogram({
    name: 'machine_client_operator_time_to_ready_seconds',
    help: 'From the creation of a MachineClient to its first credential.',
    buckets: LIFE_BUCKETS,
    registers,
  });
  const untilRotated = new Histogram({
    name: 'machine_client_operator_rotation_delay_seconds',
    help: 'From when a planned rotation was due to when its credential was published.',
    buckets: LIFE_BUCKETS,
    registers,
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
    upstreamCall: ({ provider, operation, status, seconds }) =>
      calls.observe({ provider, operation, status }, seconds),
    passed: (before, after, now) => {
      const [old, fresh] = [before.status, after.status];
      if (old.secretVersion === undefined && fresh.secretVersion === 1)
        untilReady.observe(Math.max(0, now - before.creationTime) / 1000);
      const due = Date.parse(old.nextRotationTime ?? '');
      const isNew = old.secretVersion !== undefined && fresh.secretVersion !== old.secretVersion;
      if (isNew && due <= now) untilRotated.observe((now - due) / 1000);
    },
    queue,
  };
};
