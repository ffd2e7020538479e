import { type Clock, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import type { KubeClient } from './client.ts';
import { isConflict, isNotFound, KubeError } from './errors.ts';
import type { KubeLog } from './log.ts';
import { microTime } from './micro-time.ts';
import { apiVersion, type KubeObject, leases, type ObjectMeta } from './resource.ts';

export interface LeaseTimings {
  /** After so long without a sign of the holder another one takes the lease. */
  readonly durationMs: number;
  /** After so long without a renewal the holder stops; well below the duration. */
  readonly renewDeadlineMs: number;
  /** Between a holder's renewals. */
  readonly retryMs: number;
  /** Between the looks of one that waits, and up to a fifth more: a lease that was released lies idle for so long. */
  readonly lookMs: number;
}

export interface LeaderElectionOptions {
  /** Made for the pool `lease`, whose connections nobody else uses. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone: see `leaseIdentity`. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log?: KubeLog | undefined;
  readonly timings: LeaseTimings;
}

export interface LeaderRun {
  /** Aborted: give the lease up and return. */
  readonly signal: AbortSignal;
  /**
   * Works until `leading` is aborted, by `signal` or because the lease is lost, and then comes to an end. It begins
   * nothing after that: the lease is released at once, and somebody else leads while the last work is finished.
   */
  readonly onStartedLeading: (leading: AbortSignal) => Promise<void>;
  readonly onStoppedLeading?: (() => void) | undefined;
}

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** The host alone would let a restarted process take its predecessor's lease for its own. */
export const leaseIdentity = (host: string, random: () => number): string =>
  `${host}_${Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}`;

/** The reason with which `leading` is aborted when the lease is lost. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease could not be renewed in time');
  }
}

/**
 * At most one leader, as far as clocks go: a lease gives no fence, so whoever leads still makes each write conditional.
 *
 * Nobody's clock is compared with anybody else's: a lease is expired when *this* process has seen no change in it for
 * its duration. A holder counts from before its request left, by the monotonic clock, and stops earlier than others
 * may start.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timings: LeaseTimings;
  #lease: Lease | undefined;
  #observed: { readonly record: string; readonly at: number } | undefined;
  /** Monotonic; in the past when not leading. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  #problem: KubeError | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timings = options.timings;
  }

  /** True only within the renew deadline: also right before the timer that ends it has had its turn. */
  get isLeader(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil;
  }

  /** Why the last attempt failed, other than by somebody else holding it. */
  get problem(): KubeError | undefined {
    return this.#problem;
  }

  /** Waits for the lease, leads once, and returns how that ended. After `lost` the process should end. */
  async run({ signal, onStartedLeading, onStoppedLeading }: LeaderRun): Promise<'stopped' | 'lost'> {
    const { clock, log, identity } = this.#options;
    if (!(await this.#campaign(signal))) return 'stopped';
    log?.info({ identity }, 'started leading');
    using leading = linkAbort(clock, signal);
    using needed = linkAbort(clock, signal);
    const keeping = this.#keep(needed.signal).then(async (ending) => {
      if (ending === 'lost') leading.abort(new LeaseLost());
      else await this.#release();
      return ending;
    });
    // What fails in it is thrown below; until then the work must not go on as if nothing were.
    keeping.catch((error: unknown) => leading.abort(asError(error)));
    try {
      await onStartedLeading(leading.signal);
    } finally {
      needed.abort(new Error('the work has ended'));
      await keeping;
      log?.info({ identity }, 'stopped leading');
      onStoppedLeading?.();
    }
    return (await keeping) === 'lost' ? 'lost' : 'stopped';
  }

  /** False: stopped before it was ours. */
  async #campaign(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      if (await this.#attempt((within) => this.#acquire(within), this.#timings.renewDeadlineMs / 2, signal))
        return true;
      await sleep(clock, this.#timings.lookMs * (1 + random() * 0.2), signal).catch(() => {});
    }
    return false;
  }

  /** Renews until the signal (ended), or until the deadline has passed without success or another one holds it. */
  async #keep(signal: AbortSignal): Promise<'ended' | 'lost'> {
    const { clock } = this.#options;
    const { retryMs, renewDeadlineMs } = this.#timings;
    while (!signal.aborted) {
      const pauseMs = Math.min(retryMs, this.#heldUntil - clock.monotonic());
      const isOver = await sleep(clock, pauseMs, signal).then(
        () => false,
        () => true,
      );
      if (isOver) break;
      const leftMs = this.#heldUntil - clock.monotonic();
      if (leftMs <= 0) return 'lost';
      const within = Math.min(leftMs, renewDeadlineMs / 2);
      // Not ended by the signal: a renewal cut off half-way might be applied, and the release would meet a 409.
      await this.#attempt((deadline) => this.#renew(deadline), within);
    }
    return this.isLeader ? 'ended' : 'lost';
  }

  /** One try with its own deadline; what goes wrong in it is noted, and the next one decides. */
  async #attempt(
    work: (within: AbortSignal) => Promise<boolean>,
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { clock, log } = this.#options;
    using within = linkAbort(clock, signal, withinMs);
    try {
      const result = await work(within.signal);
      this.#problem = undefined;
      return result;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (isConflict(error)) this.#lease = undefined; // Somebody was faster, or an answer of ours was lost: look again.
      if (signal?.aborted !== true && !isConflict(error)) {
        if (this.#problem?.reason !== error.reason) log?.warn({ error }, 'cannot get or renew the lease');
        // Our own deadline says less than what was said before it.
        if (error.reason !== 'Aborted' || this.#problem === undefined) this.#problem = error;
      }
      return false;
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, identity } = this.#options;
    const found = await this.#look(signal);
    if (found === undefined) return this.#create(signal);
    const holder = found.spec?.holderIdentity;
    const expired = clock.monotonic() - (this.#observed?.at ?? clock.monotonic()) >= this.#timings.durationMs;
    if (holder && holder !== identity && !expired) return false;
    return this.#write(found, signal);
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const lease = this.#lease ?? (await this.#look(signal));
    if (lease?.spec?.holderIdentity === this.#options.identity) return this.#write(lease, signal);
    // Taken over or deleted: nothing that we do now is as leader.
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    return false;
  }

  async #look(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name, clock } = this.#options;
    const lease = await client.get<Lease>(leases, { namespace, name }, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    this.#lease = lease;
    const record = JSON.stringify(lease?.spec ?? null);
    if (this.#observed?.record !== record) this.#observed = { record, at: clock.monotonic() };
    return lease;
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, clock } = this.#options;
    const begunAt = clock.monotonic();
    const body = {
      apiVersion: apiVersion(leases),
      kind: leases.kind,
      metadata: { namespace, name },
      spec: this.#ownSpec(undefined),
    };
    this.#lease = await client.create<Lease>(leases, namespace, body, { signal });
    this.#heldUntil = begunAt + this.#timings.renewDeadlineMs;
    return true;
  }

  async #write(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const begunAt = clock.monotonic();
    this.#lease = await this.#put(lease, this.#ownSpec(lease.spec), signal);
    this.#heldUntil = begunAt + this.#timings.renewDeadlineMs;
    return true;
  }

  /** Conditional on the version that was read. */
  #put(lease: Lease, spec: LeaseSpec, signal: AbortSignal): Promise<Lease> {
    const { client, namespace, name } = this.#options;
    const { managedFields: _, ...metadata } = lease.metadata as ObjectMeta & { managedFields?: unknown };
    return client.replace<Lease>(leases, { namespace, name }, { ...lease, metadata, spec }, { signal });
  }

  #ownSpec(before: LeaseSpec | undefined): LeaseSpec {
    const { identity, clock } = this.#options;
    const now = microTime(clock.now());
    const wasOurs = before?.holderIdentity === identity;
    return {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(this.#timings.durationMs / 1000)),
      acquireTime: wasOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before === undefined ? 0 : (before.leaseTransitions ?? 0) + (wasOurs ? 0 : 1),
    };
  }

  /** So that the next one need not wait for the expiry. If it fails twice, the expiry does it. */
  async #release(): Promise<void> {
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    // A 409: the answer to our last renewal was lost, and a look shows that the lease is still ours.
    if (!(await this.#tryRelease())) await this.#tryRelease();
  }

  #tryRelease(): Promise<boolean> {
    const { clock } = this.#options;
    return this.#attempt(async (within) => {
      const lease = this.#lease ?? (await this.#look(within));
      if (lease?.spec?.holderIdentity !== this.#options.identity) return true;
      const renewTime = microTime(clock.now());
      await this.#put(
        lease,
        { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime },
        within,
      );
      return true;
    }, this.#timings.renewDeadlineMs / 2);
  }
}
