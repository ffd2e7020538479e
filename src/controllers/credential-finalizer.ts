import { finalizers } from '../api/group.ts';
import { providerKey, type MachineClient, type Provider } from '../api/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound, KubeError } from '../kube/errors.ts';
import { namespaces, secrets, type KubeObject } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { moduleOf } from '../providers/registry.ts';
import { keyOfProvider } from '../accounts/serving.ts';
import type { Clock } from '../runtime/clock.ts';
import { Recent } from '../runtime/recent.ts';
import type { Reference } from './caches.ts';

/** Whether this provider object is in use by what the cache of the MachineClients does not show: see `Bypassed`, `Beginnings`. */
export type Unseen = (provider: string) => boolean;

export interface CredentialFinalizerOptions {
  readonly kube: KubeClient;
  readonly machineClients: Store<MachineClient>;
  /** `IdentityProvider` with the index `byNamespace`. */
  readonly stores: Readonly<Record<Provider['kind'], Store<Provider>>>;
  readonly unseen: Unseen;
  /** Whether the object's provider serves its namespace, or shows something that was made while it did. */
  readonly mayRemove: (user: MachineClient) => boolean;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly secretReferences: Store<Reference>;
  readonly namespaceTerminating: (namespace: string) => boolean;
  /** Where the references of cluster providers point. */
  readonly operatorNamespace: string;
}

export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** How a Secret stands after it was looked at. */
export interface Settled {
  /** It stays as long as it is needed: the finalizer is there. `leaving`: somebody has asked for its deletion. */
  readonly kept: boolean | 'leaving';
  /** Milliseconds after which it must be looked at again; undefined: when something changes. */
  readonly againMs?: number | undefined;
}

/** That many are in their last moment at one time, and no more is remembered. */
const MOST_DELETED = 1_000;

const prefix = 'Secret/';
/** In the queue of the providers: a credential's Secret whose finalizer must be looked at. */
export const credentialKey = (namespace: string, name: string): string => `${prefix}${namespace}/${name}`;
export const parseCredentialKey = (key: string): SecretRef | undefined => {
  const [namespace, name] = key.startsWith(prefix) ? key.slice(prefix.length).split('/') : [];
  return namespace && name ? { namespace, name } : undefined;
};

/** Whether one of its users counts. It stops at the first: this is asked at each change of each of them. */
const hasUser = (
  machineClients: Store<MachineClient>,
  { kind, namespace, name }: Provider,
  counts: (user: MachineClient) => boolean,
): boolean => {
  for (const user of machineClients.eachByIndex('byProvider', providerKey(kind, namespace, name)))
    if (counts(user)) return true;
  return false;
};

/**
 * Anything upstream may depend on it: an object without our finalizer has nothing there, nor has one that may not use
 * the provider, whatever it says of itself. One that went although it had it may have left something, and one that is
 * getting it counts already.
 */
export const isInUse = (
  machineClients: Store<MachineClient>,
  unseen: Unseen,
  provider: Provider,
  mayRemove: (user: MachineClient) => boolean,
): boolean =>
  unseen(keyOfProvider(provider)) ||
  hasUser(
    machineClients,
    provider,
    (user) => (!provider.deleting || user.finalizers.includes(finalizers.upstream)) && mayRemove(user),
  );

/**
 * How long the Secret of a login outlives its deletion while something depends on it: who deletes it together with the
 * objects that need it (`kubectl delete -f`, `helm uninstall`) may name it first.
 */
export const CREDENTIAL_GRACE_MS = 5_000;

/**
 * Deleting a namespace or a file must not saw off the branch that its clients' deletion sits on. The credential's Secret
 * is held while its namespace, a provider or a client that needs it is being deleted, and for a moment in which that may
 * yet be said. `kubectl delete secret` by itself takes that moment.
 *
 * Who needs it is found anew each time, so no finalizer is left behind by a provider that has gone or that logs in
 * with another Secret now.
 */
export class CredentialFinalizer {
  readonly #options: CredentialFinalizerOptions;
  /** Monotonic time at which a Secret was first seen to be deleted, by uid. */
  readonly #deletedAt = new Recent<number>(MOST_DELETED);

  constructor(options: CredentialFinalizerOptions) {
    this.#options = options;
  }

  /**
   * @throws KubeError also for a conflict: the Secret has changed, and must be looked at again.
   */
  async settle(ref: SecretRef, signal: AbortSignal): Promise<Settled> {
    // From the watch: its users come and go, and each of them must not cost a request.
    const secret = this.#options.secretReferences.get(`${ref.namespace}/${ref.name}`);
    if (!secret) return { kept: false };
    const held = secret.finalizers.includes(finalizers.inUse);
    const users = this.#usersOf(secret);
    const wanted = users.length > 0 && (!secret.deleting || (await this.#isNeeded(secret, users, signal)));
    const graceMs = held && !wanted && users.length > 0 ? this.#graceOf(secret) : 0;
    if (graceMs > 0) return { kept: 'leaving', againMs: graceMs };
    // What needs it may cease to, as a provider does that logs in with another one now: nothing wakes this key then.
    if (held && wanted && secret.deleting) return { kept: 'leaving', againMs: this.#options.graceMs };
    if (held === wanted || (secret.deleting && !held)) return { kept: secret.deleting ? 'leaving' : held };
    const list = wanted
      ? [...secret.finalizers, finalizers.inUse]
      : secret.finalizers.filter((name) => name !== finalizers.inUse);
    const body = { metadata: { uid: secret.uid, resourceVersion: secret.resourceVersion, finalizers: list } };
    try {
      await this.#options.kube.mergePatch(secrets, ref, body, { signal });
      return { kept: secret.deleting ? 'leaving' : wanted };
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return { kept: false };
    }
  }

  /** Of the moment after its deletion, what is left. */
  #graceOf({ uid }: Reference): number {
    const { clock, graceMs } = this.#options;
    const now = clock.monotonic();
    const since = this.#deletedAt.get(uid) ?? now;
    this.#deletedAt.set(uid, since);
    return since + graceMs - now;
  }

  /** Something goes that cannot go without it. */
  async #isNeeded(
    secret: Reference,
    providersOfIt: readonly Provider[],
    signal: AbortSignal,
  ): Promise<boolean> {
    return (
      providersOfIt.some((provider) => provider.deleting || this.#hasLeavingUsers(provider)) ||
      (await this.#terminating(secret.namespace, signal))
    );
  }

  #hasLeavingUsers(provider: Provider): boolean {
    const { machineClients, unseen, mayRemove } = this.#options;
    if (unseen(keyOfProvider(provider))) return true;
    return hasUser(
      machineClients,
      provider,
      (user) => user.deleting && user.finalizers.includes(finalizers.upstream) && mayRemove(user),
    );
  }

  /** Provider objects that log in with this Secret, and that something upstream depends on. */
  #usersOf({ namespace, name }: SecretRef): readonly Provider[] {
    const { stores, operatorNamespace, machineClients, unseen, mayRemove } = this.#options;
    const candidates = [
      ...stores.IdentityProvider.byIndex('byNamespace', namespace),
      ...(namespace === operatorNamespace ? stores.ClusterIdentityProvider.values() : []),
    ];
    return candidates.filter((provider) => {
      const { spec } = provider;
      const ref = spec && moduleOf(spec.type)?.describe(spec).secretKeyRef;
      return ref?.name === name && isInUse(machineClients, unseen, provider, mayRemove);
    });
  }

  /** Live where the watch does not say so: it may lag behind that of the Secrets, and there may be none. */
  async #terminating(name: string, signal: AbortSignal): Promise<boolean> {
    if (this.#options.namespaceTerminating(name)) return true;
    try {
      const { metadata } = await this.#options.kube.get<KubeObject>(
        namespaces,
        { name },
        { signal, metadataOnly: true },
      );
      return metadata.deletionTimestamp !== undefined;
    } catch (error) {
      // Without the right to read namespaces nothing can be known of them.
      if (error instanceof KubeError && (error.status === 403 || error.status === 404)) return false;
      throw error;
    }
  }
}
