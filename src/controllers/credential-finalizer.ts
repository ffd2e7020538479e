import { finalizers } from '../api/group.ts';
import { providerKey, type MachineClient, type Provider } from '../api/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound, KubeError } from '../kube/errors.ts';
import { namespaces, secrets, type KubeObject } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { providers } from '../providers/registry.ts';
import type { Reference } from './caches.ts';

export interface CredentialFinalizerOptions {
  readonly kube: KubeClient;
  readonly machineClients: Store<MachineClient>;
  /** `IdentityProvider` with the index `byNamespace`. */
  readonly stores: Readonly<Record<Provider['kind'], Store<Provider>>>;
  /** Whether the object's provider serves its namespace. */
  readonly mayUse: (user: MachineClient) => boolean;
  readonly secretReferences: Store<Reference>;
  readonly namespaceTerminating: (namespace: string) => boolean;
  /** Where the references of cluster providers point. */
  readonly operatorNamespace: string;
}

export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

const prefix = 'Secret/';
/** In the queue of the providers: a credential's Secret whose finalizer must be looked at. */
export const credentialKey = (namespace: string, name: string): string => `${prefix}${namespace}/${name}`;
export const parseCredentialKey = (key: string): SecretRef | undefined => {
  const [namespace, name] = key.startsWith(prefix) ? key.slice(prefix.length).split('/') : [];
  return namespace && name ? { namespace, name } : undefined;
};

/**
 * Anything upstream may depend on it: an object without our finalizer has nothing there, nor has one that may not use
 * the provider, whatever it says of itself.
 */
export const isInUse = (
  machineClients: Store<MachineClient>,
  provider: Provider,
  mayUse: (user: MachineClient) => boolean,
): boolean => {
  const users = machineClients
    .byIndex('byProvider', providerKey(provider.kind, provider.namespace, provider.name))
    .filter(mayUse);
  return (
    users.some((user) => user.finalizers.includes(finalizers.upstream)) ||
    (users.length > 0 && !provider.deleting)
  );
};

/**
 * Deleting a namespace must not saw off the branch that its clients' deletion sits on: the credential's Secret is
 * held while its namespace or a provider is terminating, and only then. `kubectl delete secret` works as ever.
 *
 * Who needs it is found anew each time, so no finalizer is left behind by a provider that has gone or that logs in
 * with another Secret now.
 */
export class CredentialFinalizer {
  readonly #options: CredentialFinalizerOptions;

  constructor(options: CredentialFinalizerOptions) {
    this.#options = options;
  }

  /** @throws KubeError also for a conflict: the Secret has changed, and must be looked at again. */
  async settle(ref: SecretRef, signal: AbortSignal): Promise<void> {
    // From the watch: its users come and go, and each of them must not cost a request.
    const secret = this.#options.secretReferences.get(`${ref.namespace}/${ref.name}`);
    if (!secret) return;
    const held = secret.finalizers.includes(finalizers.inUse);
    const wanted = await this.#isWanted(secret, signal);
    if (held === wanted || (secret.deleting && !held)) return;
    const list = wanted
      ? [...secret.finalizers, finalizers.inUse]
      : secret.finalizers.filter((name) => name !== finalizers.inUse);
    const body = { metadata: { uid: secret.uid, resourceVersion: secret.resourceVersion, finalizers: list } };
    try {
      await this.#options.kube.mergePatch(secrets, ref, body, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #isWanted(secret: Reference, signal: AbortSignal): Promise<boolean> {
    const users = this.#usersOf(secret);
    if (users.length === 0) return false;
    return (
      !secret.deleting ||
      users.some((provider) => provider.deleting) ||
      (await this.#terminating(secret.namespace, signal))
    );
  }

  /** Provider objects that log in with this Secret, and that something upstream depends on. */
  #usersOf({ namespace, name }: SecretRef): readonly Provider[] {
    const { stores, operatorNamespace, machineClients, mayUse } = this.#options;
    const candidates = [
      ...stores.IdentityProvider.byIndex('byNamespace', namespace),
      ...(namespace === operatorNamespace ? stores.ClusterIdentityProvider.values() : []),
    ];
    return candidates.filter((provider) => {
      const { spec } = provider;
      const ref = spec && providers[spec.type]?.describe(spec).secretKeyRef;
      return ref?.name === name && isInUse(machineClients, provider, mayUse);
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
