import { secrets as secretResource } from '../kube/resource.ts';
import { annotations } from '../api/group.ts';
import { type MachineClient, parseMachineClient, secretName } from '../api/objects.ts';
import { isNotFound } from '../kube/errors.ts';
import type { Connected, PermittedCall } from '../providers/connected.ts';
import { type Mark, makeMark } from '../providers/mark.ts';
import type { Outcome } from '../providers/outcome.ts';
import type { UpstreamClient, Wish } from '../providers/provider.ts';
import { without } from '../providers/inventory.ts';
import type { Clock } from '../runtime/clock.ts';
import { patiently } from '../runtime/patience.ts';
import type { Waited } from '../runtime/budget-line.ts';
import type { Lane } from '../runtime/work-queue.ts';
import { BudgetSession, type Turn } from './budget-session.ts';
import type { DefinitionState, Facts } from './facts.ts';
import type { Observed } from './observe.ts';
import { parseOperation } from '../api/operation.ts';
import { isBorrowed, presentIncarnation } from './policies/locate.ts';
import type { Ports } from './ports.ts';
import type { Consumer } from '../kube/rollout/workload.ts';
import { type SecretView, type SecretWire, viewSecret } from './secret-view.ts';
import type { SeenOperation } from './settling.ts';
import { remember } from './taken-over.ts';
import { scaled } from './timing.ts';
import type { Logger } from 'pino';

/** A provider that answers later than this does not hold a worker meanwhile. */
export const PROVIDER_PATIENCE_MS = 1_000;

/** One object on its way from event to status: what this pass has read and learnt so far. */
export class ReconcileContext implements Disposable {
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
  /** What this pass may ask of the account. */
  readonly budget: BudgetSession;

  /** `waited`: for its turn in the budget, before it began. */
  constructor(ports: Ports, object: MachineClient, lane: Lane, signal: AbortSignal, waited?: Waited) {
    this.ports = ports;
    this.object = object;
    this.lane = lane;
    this.signal = signal;
    this.mark = makeMark(ports.installation, object.namespace, object.name);
    this.log = ports.log.child({ ns: object.namespace, name: object.name });
    this.budget = new BudgetSession(this, waited);
  }

  get wish(): Wish {
    return { spec: this.object.spec, mark: this.mark, uid: this.object.uid };
  }

  get clock(): Clock {
    return this.ports.clock;
  }

  get ref() {
    return { namespace: this.object.namespace, name: this.object.name };
  }

  /** K, by the clock of this process, with what it knows of the result. */
  get operation(): SeenOperation | undefined {
    const { settling, results } = this.ports;
    const operation = settling.of(parseOperation(this.object.annotations[annotations.operation]));
    const result = operation && (operation.result ?? results.get(operation.id));
    return operation && result ? { ...operation, result } : operation;
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

  /** One request to the provider. The account hears of its answer, and a slow one holds no worker. */
  async send<T>(
    { permit }: Turn,
    request: (call: PermittedCall) => Promise<Outcome<T>>,
    { leaveBy, operation }: Pick<PermittedCall, 'leaveBy' | 'operation'> = {},
  ): Promise<Outcome<T>> {
    const { clock, timing } = this.ports;
    const outcome = await patiently(
      clock,
      scaled(timing, PROVIDER_PATIENCE_MS),
      request({ signal: this.signal, permit, leaveBy, operation }),
      (wait) => this.aside(wait),
    );
    this.#heard(outcome);
    return outcome;
  }

  /** Waits without holding a worker. */
  aside<T>(wait: () => Promise<T>): Promise<T> {
    return this.ports.aside(`${this.object.namespace}/${this.object.name}`, wait);
  }

  /** What was permitted and not asked for comes back to the account. */
  [Symbol.dispose](): void {
    this.budget[Symbol.dispose]();
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

  /**
   * What was read of this client is not what the rest of the pass goes by: what lists show is. Of a borrowed one they show
   * nothing, and the status would say of a Secret that works that it does not: so what was read of that stays.
   */
  forget(clientId: string): void {
    if (!isBorrowed(this)) this.looked.delete(clientId);
  }

  /** This credential is gone, and no more than that was shown of its client: whoever needs to know more looks. */
  sawRetired(clientId: string, credentialId: string): void {
    const read = this.looked.get(clientId);
    if (read) this.looked.set(clientId, without(read, credentialId));
    this.forget(clientId);
    this.connected?.inventory.removeCredential(clientId, credentialId);
    this.ports.clientShown(this.object);
  }
}
