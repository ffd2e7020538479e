import { finalizers } from '../api/group.ts';
import { providerKeyOf, type MachineClient, type Provider } from '../api/objects.ts';
import { configMaps, secrets } from '../kube/resource.ts';
import type { Change } from '../kube/store.ts';
import { indexes } from '../machine-client/observe.ts';
import type { SecretView } from '../machine-client/secret-view.ts';
import type { Lane, WorkQueue } from '../runtime/work-queue.ts';
import type { Caches, Reference } from './caches.ts';
import { credentialKey } from './credential-finalizer.ts';
import type { IdentityProviderController } from './identity-provider.ts';
import { laneOf } from '../machine-client/lane.ts';
import { keyOfProvider } from '../accounts/serving.ts';
import { referenceKey } from './references.ts';

export interface Queues {
  readonly machineClients: WorkQueue;
  readonly providers: WorkQueue;
}

/** Which event wakes which key. Handlers only put keys into queues. */
export const wireTriggers = (
  caches: Caches,
  queues: Queues,
  controller: IdentityProviderController,
): void => {
  const { machineClients } = caches;
  /** One that cannot be judged is looked at like one that somebody waits for, and keeps no other from being woken. */
  const urgency = (object: MachineClient, secret?: SecretView): Lane => {
    try {
      return laneOf(object, secret);
    } catch {
      return 'user';
    }
  };
  const wake = (object: MachineClient): void =>
    queues.machineClients.add(`${object.namespace}/${object.name}`, urgency(object));
  const wakeByIndex = (index: string, value: string): void => {
    for (const object of machineClients.byIndex(index, value)) wake(object);
  };

  machineClients.subscribe((change) => {
    const object = change.new ?? change.old;
    queues.machineClients.add(change.key, change.new ? urgency(change.new) : 'deletion');
    // The users of a provider decide about its finalizer.
    const before = change.old && providerKeyOf(change.old);
    const after = change.new && providerKeyOf(change.new);
    const usesChanged = before !== after || change.old?.finalizers.length !== change.new?.finalizers.length;
    if (usesChanged)
      for (const key of new Set([before, after])) if (key !== undefined) queues.providers.add(key, 'user');
    // Whoever lost against this one may win now.
    if (change.type === 'updated' && change.old.resourceVersion === change.new.resourceVersion) return;
    for (const side of [change.old, change.new]) {
      if (!side) continue;
      for (const [index, values] of [
        ['bySecret', indexes.bySecret(side)],
        ['byClient', indexes.byClient(side)],
      ] as const)
        for (const value of values) {
          const others = machineClients.byIndex(index, value);
          for (const other of others) if (other.uid !== object.uid) wake(other);
        }
    }
  });

  caches.secrets.subscribe((change) => {
    const { owner } = change.new ?? change.old;
    const key = `${owner.namespace}/${owner.name}`;
    // Somebody has taken it away or changed it; else it is our own publication, or the list at the start.
    const isHarmed = change.new?.integrity !== 'ok' || change.new.deleting;
    const object = machineClients.get(key);
    queues.machineClients.add(key, object && !isHarmed ? urgency(object, change.new) : 'user');
  });

  for (const store of [caches.providers, caches.clusterProviders])
    store.subscribe((change: Change<Provider>) => {
      const key = keyOfProvider(change.new ?? change.old);
      queues.providers.add(key, 'user');
      // clientPolicy, allowedNamespaces, a confirmation: what its clients may do can have changed.
      const same =
        change.type === 'updated' &&
        change.old.generation === change.new.generation &&
        sameAnnotations(change.old, change.new);
      if (!same) wakeByIndex('byProvider', key);
    });

  const referenced =
    (resource: typeof secrets) =>
    (change: Change<Reference>): void => {
      const { namespace, name } = change.new ?? change.old;
      for (const key of controller.referenceChanged(referenceKey(resource, namespace, name)))
        queues.providers.add(key, 'user');
    };
  caches.configMapReferences.subscribe(referenced(configMaps));
  caches.secretReferences.subscribe(referenced(secrets));
  caches.secretReferences.subscribe(({ new: secret }) => {
    // Also of a Secret that no provider refers to any more: nobody else would let go of it.
    if (secret?.finalizers.includes(finalizers.inUse))
      queues.providers.add(credentialKey(secret.namespace, secret.name), 'user');
  });
  caches.secretReferences.subscribe((change) => {
    // A foreign Secret of a wanted name has come or gone. Ours are reported by their own watch; which of the labelled
    // ones are ours the metadata does not say here, so the end of any of them counts.
    const managed = change.type !== 'deleted' && change.new.managed && change.old?.managed !== false;
    if (!managed) wakeByIndex('bySecret', change.key);
    wakeByIndex('byImport', change.key);
  });

  caches.namespaces.subscribe((change) => {
    if (
      change.type === 'updated' &&
      change.old.terminating === change.new.terminating &&
      JSON.stringify(change.old.labels) === JSON.stringify(change.new.labels)
    )
      return;
    wakeByIndex('byNamespace', change.key);
    // Those of the namespace, and those whose users there may have become ones or ceased to be.
    const used = machineClients.byIndex('byNamespace', change.key).map(providerKeyOf);
    const own = caches.providers.byIndex('byNamespace', change.key).map(keyOfProvider);
    for (const key of new Set([...used, ...own])) queues.providers.add(key, 'user');
  });
};

/** Everything is looked at again, behind all that is more urgent: for a healthy object that costs no request. */
export const wakeAll = ({ machineClients, providers, clusterProviders }: Caches, queues: Queues): void => {
  for (const { namespace, name } of machineClients.values())
    queues.machineClients.add(`${namespace}/${name}`, 'resync');
  for (const store of [providers, clusterProviders])
    for (const provider of store.values()) queues.providers.add(keyOfProvider(provider), 'resync');
};

const sameAnnotations = (a: Provider, b: Provider): boolean =>
  JSON.stringify(a.annotations) === JSON.stringify(b.annotations);
