import { type Clock, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import { Wake } from '../runtime/wake.ts';
import { createKubeClient, type KubeClient } from './client.ts';
import { isAlreadyExists, isConflict, isNotFound, KubeError } from './errors.ts';
import { type Lease, type LeaseSpec, LeaseWatch } from './lease-watch.ts';
import type { KubeLog } from './log.ts';
import { microTime } from './micro-time.ts';
import type { ReflectorTimings } from './reflector.ts';
import { apiVersion, leases, type ObjectMeta } from './resource.ts';
import type { Transport } from './transport.ts';

/** As in client-go (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection#LeaderElectionConfig). */
export interface LeaseTimings {
  /** After so long without a sign of the holder another one takes the lease. */
  readonly leaseDurationMs: number;
  /** After so long without a renewal the holder stops; well below the lease duration. */
  readonly renewDeadlineMs: number;
  /** Between a holder's renewals, and between the reads of one that waits and cannot watch. */
  readonly retryPeriodMs: number;
}

export interface LeaderElectionOptions {
  readonly transport: Transport;
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

/** What is known of the Lease, and since when. */
interface Observation {
  readonly spec: LeaseSpec | undefined;
  readonly record: string;
  /** Monotonic: when this process first saw it so. */
  readonly at: number;
}

/** The host alone would let a restarted process take its predecessor's lease for its own. */
export const leaseIdentity = (host: string, random: () => number): string =>
  `${host}_${Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}`;

/** What a holder changes with each renewal. Anybody may touch the rest of the object, which is no sign of life. */
const recordOf = (spec: LeaseSpec | undefined): string =>
  JSON.stringify([
    spec?.holderIdentity,
    spec?.leaseDurationSeconds,
    spec?.acquireTime,
    spec?.renewTime,
    spec?.leaseTransitions,
  ]);

/**
 * A holder that is well renews several times within the deadline, so a stream without a byte for so long is opened
 * again, early enough to see before the expiry what it has missed.
 */
const watchTimings = (timings: LeaseTimings): Partial<ReflectorTimings> => ({
  initialEventsMs: timings.renewDeadlineMs / 2,
  staleMs: timings.renewDeadlineMs,
  backoff: { firstMs: timings.retryPeriodMs / 4, mostMs: timings.leaseDurationMs * 2 },
});

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
 *
 * A standby watches the Lease and asks for nothing while it is held. What the watch shows only says when to read: a
 * lease is taken on what was read just now, in the version that was read.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timings: LeaseTimings;
  /** Over connections that nobody else uses: a renewal must not wait behind anything. */
  readonly #client: KubeClient;
  /** As last read or written; undefined: to be read again. */
  #lease: Lease | undefined;
  #observed: Observation | undefined;
  /** Monotonic; in the past when not leading. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  #problem: KubeError | undefined;
  #watchProblem: KubeError | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timings = options.timings;
    this.#client = createKubeClient(options.transport, 'lease');
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
    if (await this.#tryToAcquire(signal)) return true;
    if (signal.aborted) return false;
    const freed = new Wake();
    await using watch = new LeaseWatch({
      ...this.#options,
      timings: watchTimings(this.#timings),
      onChange: (spec) => {
        this.#observe(spec);
        if (this.#isFree(spec)) freed.ring();
      },
    });
    while (!signal.aborted) {
      await freed.wait(this.#options.clock, this.#pauseMs(), signal);
      // Without a watch that works it is read all the time; and again, where the last read or write failed.
      const read = !watch.isOpen || this.#problem !== undefined || this.#isFree(this.#observed?.spec);
      if (!read) continue;
      if (await this.#tryToAcquire(signal)) return true;
      if (this.#problem === undefined && !watch.isOpen) this.#noteWatchProblem(watch.problem);
    }
    return false;
  }

  /** Until the lease expires if nothing changes, and at most a retry period: several that wait do not ask in step. */
  #pauseMs(): number {
    const { leaseDurationMs, retryPeriodMs } = this.#timings;
    const periodMs = retryPeriodMs * (1 + this.#options.random() * 0.2);
    const leftMs = leaseDurationMs - this.#unchangedMs(this.#observed?.spec);
    return leftMs > 0 ? Math.min(leftMs, periodMs) : periodMs;
  }

  /** Once: an older Role does not grant the watch, and stays as it is for as long as it is not replaced. */
  #noteWatchProblem(problem: KubeError | undefined): void {
    if (problem === undefined || this.#watchProblem?.reason === problem.reason) return;
    this.#watchProblem = problem;
    this.#options.log?.warn({ error: problem }, 'cannot watch the lease, which is read periodically instead');
  }

  #tryToAcquire(signal: AbortSignal): Promise<boolean> {
    return this.#attempt((within) => this.#acquire(within), this.#timings.renewDeadlineMs / 2, signal);
  }

  /** Renews until the signal (ended), or until the deadline has passed without success or another one holds it. */
  async #keep(signal: AbortSignal): Promise<'ended' | 'lost'> {
    const { clock } = this.#options;
    const { retryPeriodMs, renewDeadlineMs } = this.#timings;
    while (!signal.aborted) {
      const pauseMs = Math.min(retryPeriodMs, this.#heldUntil - clock.monotonic());
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
      const raced = isConflict(error) || isAlreadyExists(error);
      if (raced) this.#lease = undefined; // Somebody was faster, or an answer of ours was lost: look again.
      if (signal?.aborted !== true && !raced) {
        if (this.#problem?.reason !== error.reason) log?.warn({ error }, 'cannot get or renew the lease');
        // Our own deadline says less than what was said before it.
        if (error.reason !== 'Aborted' || this.#problem === undefined) this.#problem = error;
      }
      return false;
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const found = await this.#look(signal);
    if (found === undefined) return this.#create(signal);
    // Judged by what was read: a late event may have come by meanwhile that shows the lease as it was before.
    return this.#isFree(found.spec) && (await this.#write(found, signal));
  }

  /** Nobody's, ours, or the same for so long that its holder has stopped. */
  #isFree(spec: LeaseSpec | undefined): boolean {
    const holder = spec?.holderIdentity;
    return (
      !holder || holder === this.#options.identity || this.#unchangedMs(spec) >= this.#timings.leaseDurationMs
    );
  }

  /** For how long this process has seen it so, and not otherwise. */
  #unchangedMs(spec: LeaseSpec | undefined): number {
    const { record, at } = this.#observed ?? {};
    return at !== undefined && record === recordOf(spec) ? this.#options.clock.monotonic() - at : 0;
  }

  #observe(spec: LeaseSpec | undefined): void {
    const record = recordOf(spec);
    if (this.#observed?.record !== record)
      this.#observed = { spec, record, at: this.#options.clock.monotonic() };
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const lease = this.#lease ?? (await this.#look(signal));
    if (lease?.spec?.holderIdentity === this.#options.identity) return this.#write(lease, signal);
    // Taken over or deleted: nothing that we do now is as leader.
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    return false;
  }

  async #look(signal: AbortSignal): Promise<Lease | undefined> {
    const { namespace, name } = this.#options;
    const lease = await this.#client
      .get<Lease>(leases, { namespace, name }, { signal })
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
    this.#lease = lease;
    this.#observe(lease?.spec);
    return lease;
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { namespace, name, clock } = this.#options;
    const begunAt = clock.monotonic();
    const body = {
      apiVersion: apiVersion(leases),
      kind: leases.kind,
      metadata: { namespace, name },
      spec: this.#ownSpec(undefined),
    };
    this.#lease = await this.#client.create<Lease>(leases, namespace, body, { signal });
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
    const { namespace, name } = this.#options;
    const { managedFields: _, ...metadata } = lease.metadata as ObjectMeta & { managedFields?: unknown };
    return this.#client.replace<Lease>(leases, { namespace, name }, { ...lease, metadata, spec }, { signal });
  }

  #ownSpec(before: LeaseSpec | undefined): LeaseSpec {
    const { identity, clock } = this.#options;
    const now = microTime(clock.now());
    const wasOurs = before?.holderIdentity === identity;
    return {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(this.#timings.leaseDurationMs / 1000)),
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
