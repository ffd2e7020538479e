import type { Clock } from '../runtime/clock.ts';
import type { KubeError } from './errors.ts';
import { holderPodOf, type Pod } from './lease-holder.ts';
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
  /** Called with what the Lease says now, and with neither once there is none any more. */
  readonly onChange: (seen: SeenLease) => void;
}

/** What a read or a watch shows of the Lease. */
export interface SeenLease {
  readonly spec: LeaseSpec | undefined;
  /** In which its present holder says that it runs. */
  readonly pod: Pod | undefined;
}

type StoredLease = Stored & SeenLease;

export const seenOf = (lease: Lease | undefined): SeenLease => ({
  spec: lease?.spec,
  pod: holderPodOf(lease?.metadata.annotations, lease?.spec?.holderIdentity),
});

/**
 * Shows every change of one Lease without asking for it again, from its construction until it is disposed.
 *
 * It selects the Lease by its name, for RBAC grants a list or a watch of `resourceNames` to no other request
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources).
 */
export class LeaseWatch implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #reflector: Reflector<StoredLease>;
  readonly #running: Promise<void>;

  constructor({ transport, namespace, name, clock, random, timings, onChange }: LeaseWatchOptions) {
    const store = new Store<StoredLease>({ clock });
    store.subscribe((change) => onChange(change.new ?? seenOf(undefined)));
    this.#reflector = new Reflector<StoredLease>({
      transport,
      resource: leases,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      store,
      clock,
      random,
      timings,
      project: (lease) => ({
        namespace,
        name,
        uid: lease.metadata.uid,
        resourceVersion: lease.metadata.resourceVersion,
        ...seenOf(lease),
      }),
    });
    this.#running = this.#reflector.run(this.#end.signal);
    // Whoever read it before may have seen one that is gone since.
    this.#reflector.whenSynced(this.#end.signal).then(
      () => {
        if (store.size === 0) onChange(seenOf(undefined));
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
