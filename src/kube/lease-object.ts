import type { Clock } from '../runtime/clock.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';
import { type Pod, withHolderPod } from './lease-holder.ts';
import type { Lease, LeaseSpec } from './lease-watch.ts';
import { microTime } from './micro-time.ts';
import { apiVersion, leases, type ObjectMeta } from './resource.ts';

export interface LeaseObjectOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly clock: Clock;
  readonly leaseDurationMs: number;
}

/** The Lease as one process reads and writes it: each write says that it is held by this process, or by nobody. */
export class LeaseObject {
  readonly #options: LeaseObjectOptions;
  /** Where this process is proven to run; each write of the holder says so. */
  pod: Pod | undefined;

  constructor(options: LeaseObjectOptions) {
    this.#options = options;
  }

  get(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    return client.get<Lease>(leases, { namespace, name }, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  create(signal: AbortSignal): Promise<Lease> {
    const { client, namespace, name, identity } = this.#options;
    const body = {
      apiVersion: apiVersion(leases),
      kind: leases.kind,
      metadata: { namespace, name, annotations: withHolderPod(undefined, identity, this.pod) },
      spec: this.#ownSpec(undefined),
    };
    return client.create<Lease>(leases, namespace, body, { signal });
  }

  /** Takes or renews it. */
  hold(lease: Lease, signal: AbortSignal): Promise<Lease> {
    return this.#put(lease, this.#ownSpec(lease.spec), this.pod, signal);
  }

  release(lease: Lease, signal: AbortSignal): Promise<Lease> {
    const renewTime = microTime(this.#options.clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
    return this.#put(lease, spec, undefined, signal);
  }

  /** Conditional on the version that was read. */
  #put(lease: Lease, spec: LeaseSpec, pod: Pod | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, namespace, name, identity } = this.#options;
    const { managedFields: _, ...read } = lease.metadata as ObjectMeta & { managedFields?: unknown };
    const metadata = { ...read, annotations: withHolderPod(read.annotations, identity, pod) };
    return client.replace<Lease>(leases, { namespace, name }, { ...lease, metadata, spec }, { signal });
  }

  #ownSpec(before: LeaseSpec | undefined): LeaseSpec {
    const { identity, clock, leaseDurationMs } = this.#options;
    const now = microTime(clock.now());
    const wasOurs = before?.holderIdentity === identity;
    return {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(leaseDurationMs / 1000)),
      acquireTime: wasOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + (wasOurs ? 0 : 1),
    };
  }
}
