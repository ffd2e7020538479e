import type { Clock } from '../runtime/clock.ts';
import type { KubeError } from './errors.ts';
import { Reflector, type ReflectorTimings } from './reflector.ts';
import { type KubeObject, leases } from './resource.ts';
import { Store, type Stored } from './store.ts';
import type { Transport } from './transport.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseWatchOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: Partial<ReflectorTimings>;
  /** Called with what the Lease says now, and with undefined once there is none any more. */
  readonly onChange: (spec: LeaseSpec | undefined) => void;
}

interface SeenLease extends Stored {
  readonly spec: LeaseSpec | undefined;
}

/**
 * Shows every change of one Lease without asking for it again, from its construction until it is disposed.
 *
 * It selects the Lease by its name, for RBAC grants a list or a watch of `resourceNames` to no other request
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources).
 */
export class LeaseWatch implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #reflector: Reflector<SeenLease>;
  readonly #running: Promise<void>;

  constructor({ transport, namespace, name, clock, random, timings, onChange }: LeaseWatchOptions) {
    const store = new Store<SeenLease>({ clock });
    store.subscribe((change) => onChange(change.new?.spec));
    this.#reflector = new Reflector<SeenLease>({
      transport,
      resource: leases,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      store,
      clock,
      random,
      timings,
      project: ({ metadata: { uid, resourceVersion }, spec }) => ({
        namespace,
        name,
        uid,
        resourceVersion,
        spec: spec as LeaseSpec | undefined,
      }),
    });
    this.#running = this.#reflector.run(this.#end.signal);
    // Whoever read it before may have seen one that is gone since.
    this.#reflector.whenSynced(this.#end.signal).then(
      () => {
        if (store.size === 0) onChange(undefined);
      },
      () => {},
    );
  }

  /** A change would be shown at once, as far as this side can know. */
  get isOpen(): boolean {
    return this.#reflector.isWatching;
  }

  /** Why it is not open: for one, a Role that does not grant it. */
  get problem(): KubeError | undefined {
    return this.#reflector.problem;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('the Lease is watched no longer'));
    await this.#running;
  }
}
