import type { Logger } from 'pino';
import { parseMachineClient, secretName, type MachineClient } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import { inFull, type KubeError, isNamespaceTerminating, isNotFound } from '../kube/errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { secrets as secretResource } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import type { Connected, PermittedCall } from '../providers/connected.ts';
import type { Outcome, ProviderError } from '../providers/outcome.ts';
import { makeMark, type Mark } from '../providers/mark.ts';
import type { UpstreamClient, Wish } from '../providers/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Admission, Permit } from '../runtime/budget.ts';
import type { Recent } from '../runtime/recent.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import { patiently } from '../runtime/patience.ts';
import type { Lane } from '../runtime/work-queue.ts';
import type { DefinitionState, Facts } from './facts.ts';
import type { IntegrityKey } from './integrity.ts';
import type { Consumer } from './rollout/workload.ts';
import { viewSecret, type SecretView, type SecretWire } from './secret-view.ts';
import type { FencePace } from './pace.ts';
import type { SeenOperation, Settling } from './settling.ts';
import { remember } from './taken-over.ts';
import type { Observed } from './observe.ts';
import { parseOperation } from './operation.ts';
import { presentIncarnation } from './policies/locate.ts';
import { annotations } from '../api/group.ts';
import type { Setback } from './status/picture.ts';
import { type Timing, scaled } from './timing.ts';

/** What every pass works with. */
export interface Ports {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly installation: string;
  readonly integrity: IntegrityKey;
  readonly timing: Timing;
  readonly settling: Settling;
  readonly pace: FencePace;
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  readonly log: Logger;
  readonly event: (object: MachineClient, type: 'Normal' | 'Warning', reason: Reason, note: string) => void;
  /** The wrong values of revoke-previous that events have named lately, by uid. */
  readonly named: Recent<string>;
  /** `uid id`: clients that bore the uid of their object when they were last seen. */
  readonly bore: Recent<true>;
  /** Uids of objects of which this process has seen a Secret, or may have written one. */
  readonly shown: Recent<true>;
  /** By operation: what the provider knows a call by that nobody answered. */
  readonly unanswered: Recent<string>;
  /** Waits without holding the worker on which the work on this key runs, nor a part of its account's share of them. */
  readonly aside: <T>(key: string, wait: () => Promise<T>) => Promise<T>;
  /** Why nothing of a MachineClient may be written into this Secret: the operator itself depends on it. */
  readonly reserved: (namespace: string, name: string) => string | undefined;
  /** Keeps the record of a client that was left upstream, on its provider's status. */
  readonly recordOrphan: (object: MachineClient, clientId: string) => Promise<void>;
  /** About its provider object, for who cannot look at the object any more. */
  readonly eventOnProvider: (
    object: MachineClient,
    type: 'Normal' | 'Warning',
    reason: Reason,
    note: string,
  ) => void;
  /**
   * Whether the definition of MachineClient is being deleted, or was since this object was: by a read that begins after
   * this call.
   */
  readonly readDefinition: (object: MachineClient) => Promise<DefinitionState>;
  /** The provider has shown the object's client anew: what is lost is counted before anything is decided on it. */
  readonly clientShown: (object: MachineClient) => void;
}

/**
 * How an effect ended.
 *   again      something changed: observe and decide once more
 *   published  the status must be written before anything else is decided
 *   stale      our copy is older than what the API server has: the watch will bring the newer one
 *   busy       the account has no budget now; nothing was done
 *   setback    it could not be done
 */
export type Step =
  | { readonly kind: 'again' }
  | { readonly kind: 'write-status' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  | { readonly kind: 'setback'; readonly setback: Setback; readonly retryAfterMs?: number | undefined };

export const again: Step = { kind: 'again' };

/** Leave for one request; given up when its answer is there. */
export interface Turn extends Disposable {
  readonly permit: Permit;
}

/** A provider that answers later than this does not hold a worker meanwhile. */
export const PROVIDER_PATIENCE_MS = 1_000;

/** One object on its way from event to status: what this pass has read and learnt so far. */
export class Pass implements Disposable {
  readonly ports: Ports;
  /** As it was woken; what is decided may make it more urgent. */
  lane: Lane;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly mark: Mark;
  object: MachineClient;
  /** What the present plan was decided on. */
  #observed: Observed | undefined;
  /** Clients read live, by id. */
  readonly looked = new Map<string, UpstreamClient | undefined>();
  adoptableSecret: 'unknown' | 'none' | 'foreign' = 'unknown';
  /** Upstream could not vouch for a Secret with an unknown integrity key: it counts as edited. */
  integrityRefuted = false;
  /** The client has another secret than the one to import. */
  importRefuted = false;
  /** Whether the deletion is that of the definition, read live. */
  definition: DefinitionState | undefined;
  /** The workloads of spec.restart, read live. */
  consumers: readonly Consumer[] | undefined;
  proof: { operation: string; ok: boolean; message: string } | undefined;
  /** The last operation, where its answer in this pass leaves nothing to wait for. */
  answered: string | undefined;
  #permit: Permit | undefined;

  constructor(ports: Ports, object: MachineClient, lane: Lane, signal: AbortSignal) {
    this.ports = ports;
    this.object = object;
    this.lane = lane;
    this.signal = signal;
    this.mark = makeMark(ports.installation, object.namespace, object.name);
    this.log = ports.log.child({ ns: object.namespace, name: object.name });
  }

  get wish(): Wish {
    return { spec: this.object.spec, mark: this.mark, uid: this.object.uid };
  }

  get ref() {
    return { namespace: this.object.namespace, name: this.object.name };
  }

  /** K, by the clock of this process. */
  get operation(): SeenOperation | undefined {
    return this.ports.settling.of(parseOperation(this.object.annotations[annotations.operation]));
  }

  get connected(): Connected | undefined {
    return this.#observed?.connected;
  }

  /** S as it was observed. */
  get secret(): SecretView | undefined {
    return this.#observed?.facts.secret;
  }

  get incarnation(): number {
    return this.#observed ? presentIncarnation(this.#observed.facts) : 0;
  }

  /** What is decided next is decided on this; and what of it no other look may show again is remembered. */
  heed(observed: Observed): Facts {
    const { facts } = observed;
    const { ports, object, mark } = this;
    this.#observed = observed;
    if (facts.secret && object.status.secretVersion === undefined) ports.shown.set(object.uid, true);
    if (facts.provider.state === 'ready') remember(object, mark, facts.provider.upstream.clients, ports.bore);
    return facts;
  }

  /** What upstream could not vouch for counts as edited. */
  judged(view: SecretView): SecretView {
    return this.integrityRefuted && view.integrity === 'unknown' ? { ...view, integrity: 'edited' } : view;
  }

  /** The answer to a conditional write of ours: from here on the newest copy, for us and for the cache. */
  adopt(raw: unknown): void {
    this.object = parseMachineClient(raw as Parameters<typeof parseMachineClient>[0]);
    this.ports.machineClients.wrote(this.object);
  }

  adoptSecret(raw: SecretWire): SecretView | undefined {
    const view = viewSecret(raw, this.ports.integrity);
    if (view) this.ports.secrets.wrote(view);
    this.ports.shown.set(this.object.uid, true);
    return view;
  }

  /** Live; undefined where there is none. */
  async readSecret(name: string = secretName(this.object)): Promise<SecretWire | undefined> {
    try {
      return await this.ports.kube.get<SecretWire>(
        secretResource,
        { namespace: this.object.namespace, name },
        { signal: this.signal },
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * Permission for one request, to be given back when its answer is there. `requests`: how many of this pass may follow
   * each other, this one with them. They are permitted together: a look whose write is then refused was for nothing.
   */
  ask(connected: Connected, requests = 1): Exclude<Admission, Permit> | ({ readonly granted: true } & Turn) {
    // Somebody else was told 429 since.
    if (this.#permit && (this.#permit.left === 0 || connected.budget.retryAt !== undefined)) this.#giveBack();
    if (this.#permit) this.#permit.next();
    else {
      const admission = connected.budget.tryAcquire(this.lane, requests);
      if (!admission.granted) return admission;
      this.#permit = admission;
    }
    return { granted: true, ...this.#turn(this.#permit) };
  }

  /**
   * For a request that belongs to one just answered: to give it up now would cost more requests than it does. Where no
   * permit is left it waits for its turn, aside; undefined: the turn has not come within `ms`.
   */
  async turn(connected: Connected, ms: number): Promise<Turn | undefined> {
    if (this.#permit) {
      this.#permit.next();
      return this.#turn(this.#permit);
    }
    using deadline = linkAbort(this.ports.clock, this.signal, Math.max(0, ms));
    try {
      const permit = await this.aside(() => connected.budget.acquire(this.lane, deadline.signal));
      return { permit, [Symbol.dispose]: () => permit.release() };
    } catch (error) {
      if (deadline.signal.aborted && !this.signal.aborted) return undefined;
      throw error;
    }
  }

  /** One request to the provider. The account hears of its answer, and a slow one holds no worker. */
  async send<T>(
    { permit }: Turn,
    request: (call: PermittedCall) => Promise<Outcome<T>>,
    leaveBy?: number,
  ): Promise<Outcome<T>> {
    const { clock, timing } = this.ports;
    const outcome = await patiently(
      clock,
      scaled(timing, PROVIDER_PATIENCE_MS),
      request({ signal: this.signal, permit, leaveBy }),
      (wait) => this.aside(wait),
    );
    this.#heard(outcome);
    return outcome;
  }

  /** Waits without holding a worker. */
  aside<T>(wait: () => Promise<T>): Promise<T> {
    return this.ports.aside(`${this.object.namespace}/${this.object.name}`, wait);
  }

  #turn(permit: Permit): Turn {
    return { permit, [Symbol.dispose]: () => this.#answered() };
  }

  #answered(): void {
    if (this.#permit?.left === 0) this.#giveBack();
  }

  #giveBack(): void {
    this.#permit?.release();
    this.#permit = undefined;
  }

  /** What was permitted and not asked for comes back to the account. */
  [Symbol.dispose](): void {
    this.#giveBack();
  }

  /** What an upstream call means for this pass and for the whole account. */
  #heard<T>(outcome: Outcome<T>): void {
    this.connected?.report(outcome);
    if (outcome.kind !== 'ok')
      this.log.info(
        {
          outcome: outcome.kind,
          reason: outcome.error.reason,
          status: outcome.error.status,
          requestId: outcome.error.requestId,
          error: outcome.error.message,
        },
        'provider call failed',
      );
  }

  /** A client as the provider has just shown it. */
  saw(id: string, client: UpstreamClient | undefined): void {
    this.looked.set(id, client);
    if (client) this.connected?.inventory.put(client);
    else this.connected?.inventory.remove(id);
    this.ports.clientShown(this.object);
  }
}

/** `retry`: where what was asked says better than the error when to ask again. */
export const providerSetback = (error: ProviderError, retry = error.retry): Step => ({
  kind: 'setback',
  setback: { reason: error.reason, message: error.message, retry, side: 'provider' },
  retryAfterMs: error.retryAfterMs,
});

/** What a refusal of the API server means, in words that are the same at each try. */
export const kubeSetback = (error: KubeError): Setback => {
  const reason: Reason = isNamespaceTerminating(error)
    ? 'NamespaceTerminating'
    : error.resource === 'secrets' && (error.status === 403 || error.status === 422)
      ? 'SecretRefused'
      : 'KubernetesError';
  return { reason, message: inFull(error), retry: 'soon', side: 'kubernetes' };
};
