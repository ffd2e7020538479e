import { matchesSelector } from '../api/label-selector.ts';
import { annotations } from '../api/group.ts';
import { providerKey, type Provider } from '../api/objects.ts';
import type { Store } from '../kube/store.ts';

/** A namespace, as far as this operator cares. */
export interface NamespaceView {
  readonly namespace: '';
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

export interface ProviderStores {
  readonly providers: Store<Provider>;
  readonly clusterProviders: Store<Provider>;
  readonly namespaces: Store<NamespaceView>;
}

export const keyOfProvider = (provider: Provider): string =>
  providerKey(provider.kind, provider.namespace, provider.name);

/** Which provider object serves which namespace, as the caches show them. */
export class Serving {
  readonly #stores: ProviderStores;

  constructor(stores: ProviderStores) {
    this.#stores = stores;
  }

  provider(key: string): Provider | undefined {
    const [kind, ...rest] = key.split('/');
    const store = kind === 'IdentityProvider' ? this.#stores.providers : this.#stores.clusterProviders;
    return store.get(rest.join('/'));
  }

  /** Whether the provider object of this key serves the namespace. */
  serves(key: string, namespace: string): boolean {
    const provider = this.provider(key);
    if (!provider) return false;
    return provider.kind === 'IdentityProvider'
      ? provider.namespace === namespace
      : this.allows(provider, namespace);
  }

  /** Of one for the whole cluster. */
  allows({ spec }: Provider, namespace: string): boolean {
    const allowed = spec?.allowedNamespaces;
    if (!allowed) return false;
    if (allowed.names?.includes(namespace)) return true;
    const view = this.#stores.namespaces.get(namespace);
    return (
      allowed.selector !== undefined && view !== undefined && matchesSelector(allowed.selector, view.labels)
    );
  }

  /** What a person has confirmed on the provider object. */
  confirmation(key: string): string | undefined {
    return this.provider(key)?.annotations[annotations.confirmMassChange];
  }
}
