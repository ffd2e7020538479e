import { annotations } from '../../../src/api/group.ts';
import { parseDuration } from '../../../src/api/durations.ts';
import type { Operation } from '../../../src/api/operation.ts';
import { isMint, isUnresolved } from '../../../src/machine-client/operation.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import { PaceCheck } from './pace-check.ts';
import type { Actor, Scene } from './scene.ts';
import { mainOf, operationOf, type Published, type Stored } from './truth.ts';
import { fencedAs, retires } from './upstream-call.ts';
import type { UpstreamCall } from './upstreams/upstream.ts';
import type { Sent } from './wire.ts';
import { namedWorkloads } from './named.ts';

/** A decision for good, and the world as it was at that moment. */
export interface Fence {
  readonly operation: Operation;
  readonly by: Actor;
  /** World time at which it was committed, and how far the clock of its process is ahead of that. */
  readonly at: number;
  readonly ahead: number;
  /** World time of the last look of its process at the client. */
  readonly lookedAt: number | undefined;
  readonly overlap: number;
  /** `revoke-previous` names the present version. */
  readonly revoked: boolean;
  /** What is minted is proven before it is published. */
  readonly verifies: boolean;
  /** The Secret, when it works. */
  readonly secret: Published | undefined;
  /** Workloads that `spec.restart` means, by uid. */
  readonly named: ReadonlySet<string>;
  used: boolean;
  /** Its process has written down that the call has not left: it never may, and what leaves later is something else. */
  withdrawn: boolean;
  /** The provider has had the request. */
  arrived: boolean;
}

const W_MS = 5_000;
const MOST_W_MS = 30_000;
/** Between W and `until`: the time-out of a request, and the margin. */
const AFTER_W_MS = 15_000;
/** What Authress needs for a new key. */
const PROOF_MS = 360_000;

/** W, which is longer where the API server was slow; `until` is later by as much. */
const leavesWithin = ({ at, until }: Operation): number => {
  const settled = until - at;
  return Math.max(W_MS, settled - AFTER_W_MS - (settled > PROOF_MS ? PROOF_MS : 0));
};

/** Every upstream write has its fence, is sent in time, and no mint is forgotten. */
export class Fences {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  readonly #pace: PaceCheck;
  readonly #fences = new Map<string, Fence[]>();
  readonly #ofSent = new Map<string, Fence>();

  constructor(scene: Scene, ledger: Ledger, findings: Findings) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
    this.#pace = new PaceCheck(scene, findings);
  }

  of(sent: Sent): Fence | undefined {
    return this.#ofSent.get(sent.id);
  }

  arrived(sent: Sent): void {
    const fence = this.of(sent);
    if (fence) fence.arrived = true;
  }

  /**
   * A start that never came, and was the last operation at that moment, or was fenced after it on what was looked at before
   * it: nobody can tell what opened then from what the start would have opened. That a look found nothing open is known
   * for good only by the next fence. But whoever raised a fence knows whether its call has left.
   */
  lostStart(key: string, at: number, by: Actor): boolean {
    const last = this.all(key).findLast((one) => one.at <= at);
    const next = this.all(key).find((one) => one.at > at);
    const open = next?.lookedAt !== undefined && next.lookedAt <= at ? [last, next] : [last];
    return open.some((one) => one?.operation.kind === 'start' && !one.arrived && (one.used || one.by !== by));
  }

  /** The fence that this version of an object brings. */
  committed(key: string, object: Stored, previous: Stored | undefined, by: Actor): Fence | undefined {
    const before = operationOf(previous);
    const now = operationOf(object);
    if (!now) return undefined;
    if (now.id === before?.id) {
      if (now.result === 'not-sent') this.#withdraw(key, now, by);
      return undefined;
    }
    const fence = this.#draw(key, object, now, by);
    const fences = this.#fences.get(key) ?? [];
    this.#fences.set(key, fences);
    fences.push(fence);
    this.#pace.committed(key, fence);
    this.#noDoubleMint(key, object, before, now, by);
    return fence;
  }

  #withdraw(key: string, { id }: Operation, by: Actor): void {
    const fence = this.all(key).findLast(({ operation }) => operation.id === id);
    if (fence?.by === by) fence.withdrawn = true;
  }

  /** Of an object, in order. */
  all(key: string): readonly Fence[] {
    return this.#fences.get(key) ?? [];
  }

  /** A login that is refused is renewed, and the same request leaves once more: nothing was done by the first. */
  answered(sent: Sent, reply: unknown): void {
    const fence = this.of(sent);
    const { status, body } = reply as { status?: number; body?: unknown };
    // Some say it by the status of a right that is missing, and in words.
    const saysSo = status === 403 && JSON.stringify(body ?? null).includes('invalid token');
    if (fence && (status === 401 || saysSo)) fence.used = false;
  }

  /** `minter`: of the credential that the call ends. */
  left(sent: Sent, call: UpstreamCall, key: string, minter: Actor | undefined): Fence | undefined {
    const { name } = sent.sender;
    const { kind } = call;
    const fence = this.all(key).findLast(
      (one) =>
        !one.used &&
        !one.withdrawn &&
        one.by === name &&
        (fencedAs(one.operation) === kind ||
          (call.isUpsert === true && fencedAs(one.operation) === 'create')) &&
        (kind !== 'retire' || one.operation.suffix === call.credentialId),
    );
    if (!fence) {
      const isOrphan = kind === 'delete' && this.#wasGone(key);
      // The minter deletes its own (docs/decisions/013): it is judged when it arrives.
      const isOwn = kind === 'retire' && minter === name;
      if (!isOrphan && !isOwn)
        this.#findings.violation('fence', `${name} sends ${kind} for ${key} without a fence`);
      return undefined;
    }
    fence.used = true;
    this.#pace.left(key, fence);
    this.#ofSent.set(sent.id, fence);
    const within = leavesWithin(fence.operation);
    if (within > MOST_W_MS)
      this.#findings.violation('W', `${name} lets ${kind} for ${key} leave for ${within} ms`);
    if (sent.leftAt - fence.at > within)
      this.#findings.violation(
        'W',
        `${name} sends ${kind} for ${key} ${Math.round(sent.leftAt - fence.at)} ms after its fence`,
      );
    return fence;
  }

  #draw(key: string, object: Stored, operation: Operation, by: Actor): Fence {
    const { now, upstream } = this.#scene;
    const main = mainOf(
      object,
      this.#scene.secretsOf(key).filter(({ labelled }) => labelled),
    );
    const secret = main && upstream.accepts(main.clientId, main.value) ? main : undefined;
    const version = secret?.version ?? String(object.status?.secretVersion);
    return {
      operation,
      by,
      at: now,
      ahead: this.#scene.wallClock(by) - now,
      lookedAt: this.#ledger.looks.get(`${by} ${main?.clientId ?? object.status?.clientId}`),
      overlap: parseDuration(object.spec.rotation?.overlap ?? '24h'),
      revoked: object.metadata.annotations?.[annotations.revokePrevious] === version,
      secret,
      verifies: object.spec.rotation?.verification !== 'Never',
      named: retires(operation) ? namedWorkloads(object, this.#scene.workloads()) : new Set(),
      used: false,
      withdrawn: false,
      arrived: false,
    };
  }

  /** A mint of which nobody knows how it ended is waited for. */
  #noDoubleMint(key: string, object: Stored, before: Operation | undefined, now: Operation, by: Actor): void {
    if (!isMint(before) || this.#isAnswered(key, before, by) || this.#neverLeft(key, before, by)) return;
    const secrets = this.#scene.secretsOf(key);
    // One under a former name does not count when something newer was published.
    const open = mainOf(object, secrets) ? secrets : [...secrets, undefined];
    const unresolved = open.every((secret) =>
      isUnresolved(
        before,
        secret && { operation: secret.operation, abandonedOperation: secret.abandoned },
        object.status?.operation,
      ),
    );
    if (unresolved && this.#scene.wallClock(by) < before.until && !this.#hasLasted(key, before))
      this.#findings.excusable(
        this.#ledger.excuse(by),
        'double mint',
        `${by} fences a ${now.kind} for ${key} while its ${before.kind} ${before.id} is not settled`,
      );
  }

  /** Whatever the clocks say, nothing lasts longer than it says itself (docs/decisions/031). */
  #hasLasted(key: string, { id, at, until }: Operation): boolean {
    const fence = this.all(key).findLast(({ operation }) => operation.id === id);
    return fence !== undefined && this.#scene.now - fence.at >= until - at;
  }

  /**
   * Whose fence had no answer has sent nothing behind it, and knows that before it can write it down. Nothing may leave
   * behind that fence any more.
   */
  #neverLeft(key: string, { id }: Operation, by: Actor): boolean {
    const fence = this.all(key).findLast(({ operation }) => operation.id === id);
    if (fence?.by !== by || fence.used) return false;
    fence.withdrawn = true;
    return true;
  }

  /** Where a creation brings no secret, whoever knows that it is done has nothing to wait for. */
  #isAnswered(key: string, { id, kind }: Operation, by: Actor): boolean {
    if (kind !== 'create' || this.#scene.upstream.createsCredential) return false;
    return this.all(key).some((one) => one.operation.id === id && one.by === by && one.arrived);
  }

  #wasGone(key: string): boolean {
    return !this.#scene.machineClient(key) || this.#scene.now - (this.#ledger.gone.get(key) ?? 0) < 60_000;
  }
}
