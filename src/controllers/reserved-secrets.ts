import { installationSecretName } from '../api/group.ts';
import type { Provider } from '../api/objects.ts';
import { secrets } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { moduleOf } from '../providers/registry.ts';
import { referenceKey, referencesOf } from './references.ts';

export interface ReservedSecretsOptions {
  /** `IdentityProvider` with the index `byNamespace`. */
  readonly stores: Readonly<Record<Provider['kind'], Store<Provider>>>;
  /** Where the references of cluster providers point. */
  readonly operatorNamespace: string;
}

/**
 * Which Secrets the operator itself lives on: its own, and all that a provider object refers to. Who may write a
 * MachineClient must not write into them. Says why, or undefined.
 */
export const reservedSecrets =
  ({ stores, operatorNamespace }: ReservedSecretsOptions) =>
  (namespace: string, name: string): string | undefined => {
    const isOperators = namespace === operatorNamespace;
    if (isOperators && name === installationSecretName) return 'is the operator’s own';
    const candidates = [
      ...stores.IdentityProvider.byIndex('byNamespace', namespace),
      ...(isOperators ? stores.ClusterIdentityProvider.values() : []),
    ];
    const key = referenceKey(secrets, namespace, name);
    const user = candidates.find(
      ({ spec }) => spec && referencesOf(spec, moduleOf(spec.type), namespace).has(key),
    );
    return user && `is one that the ${user.kind} ${user.name} refers to`;
  };
