import { type Clock, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import { Wake } from '../runtime/wake.ts';
import { createKubeClient } from './client.ts';
import { isAlreadyExists, isConflict, KubeError } from './errors.ts';
import { type Pod, PodSearch } from './lease-holder.ts';
import { LeaseObject } from './lease-object.ts';
import { LeaseSight } from './lease-sight.ts';
import { type Lease, type LeaseSpec, LeaseWatch, seenOf } from './lease-watch.ts';
import type { KubeLog } from './log.ts';
import type { ReflectorTimings } from './reflector.ts';
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
  /** In which this process is told to run: see `podOfEnvironment`. */
  readonly pod?: Pod | undefined;
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

/** The host alone would let a restarted process take its predecessor's lease for its own. */
export const leaseIdentity = (host: string, random: () => number): string =>
  `${host}_${Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}`;

/**
 * In retry periods: a holder that is well has renewed by then. Its pod is asked for only after that, for one that renews
 * lives, whatever is said of its pod.
 */
const SILENCE = 1.5;

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
 * may start. A lease is taken sooner only where its holder says in which pod it runs, that pod is gone, and no renewal has
 * been seen since it should have come: who renews keeps it.
 *
 * A standby watches the Lease and asks for nothing while it is held. What the watch shows only says when to read: a
 * lease is taken on what was read just now, in the version that was read.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timings: LeaseTimings;
  readonly #object: LeaseObject;
  readonly #sight: LeaseSight;
  readonly #pods: PodSearch;
  /** As last read or written; undefined: to be read again. */
  #lease: Lease | undefined;
  /** Monotonic: when the holder's pod was last asked for. */
  #searchedAt = Number.NEGATIVE_INFINITY;
  /** Monotonic; in the past when not leading. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  #problem: KubeError | undefined;
  #watchProblem: KubeError | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timings = options.timings;
    // Over connections that nobody else uses: a renewal must not wait behind anything.
    const client = createKubeClient(options.transport, 'lease');
    this.#object = new LeaseObject({ ...options, client, leaseDurationMs: options.timings.leaseDurationMs });
    this.#sight = new LeaseSight(options.clock);
    this.#pods = new PodSearch({ ...options, client, log: options.log });
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
    await this.#proveOwnPod(signal);
    if (await this.#tryToAcquire(signal)) return true;
    if (signal.aborted) return false;
    const freed = new Wake();
    await using watch = new LeaseWatch({
      ...this.#options,
      timings: watchTimings(this.#timings),
      onChange: (seen) => {
        this.#sight.observe(seen);
        if (this.#isFree(seen.spec)) freed.ring();
      },
    });
    while (!signal.aborted) {
      await freed.wait(this.#options.clock, this.#pauseMs(), signal);
      await this.#searchHolder(signal);
      // Without a watch that works it is read all the time; and again, where the last read or write failed.
      const read = !watch.isOpen || this.#problem !== undefined || this.#isFree(this.#sight.last?.spec);
      if (!read) continue;
      if (await this.#tryToAcquire(signal)) return true;
      if (this.#problem === undefined && !watch.isOpen) this.#noteWatchProblem(watch.problem);
    }
    return false;
  }

  /** Until the lease expires if nothing changes, and at most a retry period: several that wait do not ask in step. */
  #pauseMs(): number {
    const periodMs = this.#timings.retryPeriodMs * (1 + this.#options.random() * 0.2);
    return Math.min(...[this.#leftMs(), this.#searchInMs(), periodMs].filter((ms) => ms > 0));
  }

  /** Until the lease has expired, as this process sees it. */
  #leftMs(): number {
    return this.#timings.leaseDurationMs - this.#sight.unchangedMs(this.#sight.last?.spec);
  }

  /** Until the holder's pod may be asked for; once in a retry period at most, and never where nobody says which it is. */
  #searchInMs(): number {
    const { spec, pod } = this.#sight.last ?? {};
    if (pod === undefined || this.#isFree(spec)) return Number.POSITIVE_INFINITY;
    const { retryPeriodMs } = this.#timings;
    // An answer that comes with the expiry, or after it, says nothing that the expiry does not.
    if (this.#leftMs() < retryPeriodMs / 2) return Number.POSITIVE_INFINITY;
    const sinceMs = this.#options.clock.monotonic() - this.#searchedAt;
    return Math.max(SILENCE * retryPeriodMs - this.#sight.unchangedMs(spec), retryPeriodMs - sinceMs);
  }

  /** A holder whose pod is gone releases nothing: its rights went before it, its process was killed, or its node ended. */
  async #searchHolder(signal: AbortSignal): Promise<void> {
    const seen = this.#sight.last;
    if (seen?.pod === undefined || this.#searchInMs() > 0) return;
    this.#searchedAt = this.#options.clock.monotonic();
    if ((await this.#pods.find(seen.pod, this.#timings.retryPeriodMs / 2, signal)) === 'gone')
      this.#sight.desert(seen);
  }

  /**
   * Says where it runs only if that pod is where others will look for it: not if the lease is in another namespace or
   * another cluster, nor for a static pod, which the API server knows under another uid.
   */
  async #proveOwnPod(signal: AbortSignal): Promise<void> {
    const { pod, log } = this.#options;
    if (pod === undefined) return;
    const found = await this.#pods.find(pod, this.#timings.renewDeadlineMs / 2, signal);
    if (found === 'there') this.#object.pod = pod;
    if (found === 'gone')
      log?.info({ pod }, 'the pod of POD_NAME and POD_UID is not in the namespace of the lease');
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
    if (found === undefined) return this.#write(() => this.#object.create(signal));
    // Judged by what was read: a late event may have come by meanwhile that shows the lease as it was before.
    return this.#isFree(found.spec) && (await this.#write(() => this.#object.hold(found, signal)));
  }

  /** Nobody's, ours, or the same for so long that its holder has stopped, or for a while, and its holder's pod is gone. */
  #isFree(spec: LeaseSpec | undefined): boolean {
    const holder = spec?.holderIdentity;
    if (!holder || holder === this.#options.identity) return true;
    const unchangedMs = this.#sight.unchangedMs(spec);
    return unchangedMs >= this.#timings.leaseDurationMs || this.#sight.isDeserted(spec);
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const lease = this.#lease ?? (await this.#look(signal));
    if (lease?.spec?.holderIdentity === this.#options.identity)
      return this.#write(() => this.#object.hold(lease, signal));
    // Taken over or deleted: nothing that we do now is as leader.
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    return false;
  }

  async #look(signal: AbortSignal): Promise<Lease | undefined> {
    const lease = await this.#object.get(signal);
    this.#lease = lease;
    this.#sight.observe(seenOf(lease));
    return lease;
  }

  /** Creates, takes or renews it, and counts from before the request left. */
  async #write(request: () => Promise<Lease>): Promise<boolean> {
    const begunAt = this.#options.clock.monotonic();
    this.#lease = await request();
    this.#heldUntil = begunAt + this.#timings.renewDeadlineMs;
    return true;
  }

  /** So that the next one need not wait for the expiry. If it fails twice, the expiry does it. */
  async #release(): Promise<void> {
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    // A 409: the answer to our last renewal was lost, and a look shows that the lease is still ours.
    if (!(await this.#tryRelease())) await this.#tryRelease();
  }

  #tryRelease(): Promise<boolean> {
    return this.#attempt(async (within) => {
      const lease = this.#lease ?? (await this.#look(within));
      if (lease?.spec?.holderIdentity !== this.#options.identity) return true;
      await this.#object.release(lease, within);
      return true;
    }, this.#timings.renewDeadlineMs / 2);
  }
}
