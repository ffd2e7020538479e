import type { Logger } from 'pino';
import { labels } from '../api/group.ts';
import {
  clusterIdentityProviders,
  identityProviders,
  machineClients as machineClientResource,
  parseMachineClient,
  parseProvider,
  type MachineClient,
  type Provider,
} from '../api/objects.ts';
import type { RawObject } from '../kube/list-pager.ts';
import { Reflector, type ReflectorOptions } from '../kube/reflector.ts';
import {
  configMaps,
  namespaces as namespaceResource,
  secrets as secretResource,
  type Resource,
} from '../kube/resource.ts';
import { Store, type Stored } from '../kube/store.ts';
import type { Transport } from '../kube/transport.ts';
import type { IntegrityKey } from '../machine-client/integrity.ts';
import { indexes } from '../machine-client/observe.ts';
import { viewSecret, type SecretView } from '../machine-client/secret-view.ts';
import type { Clock } from '../runtime/clock.ts';
import type { NamespaceView } from '../accounts/serving.ts';

/** Of Secrets and ConfigMaps that are not ours: that they are there, in which version, and what holds them. */
export interface Reference extends Stored {
  readonly managed: boolean;
  readonly deleting: boolean;
  readonly finalizers: readonly string[];
}

/** A reflector, whatever it keeps. */
type Watching = Pick<Reflector<Stored>, 'run' | 'hasSynced' | 'whenSynced' | 'problem' | 'lastEventAt'>;

/** `namespace`: of one of several that are watched; undefined: of the whole cluster. */
export interface Watched {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly reflector: Watching;
}

export interface CacheOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly integrity: IntegrityKey;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
}

/** Everything that is watched. Secrets of ours with their data, which is checked on arrival and dropped. */
export interface Caches {
  readonly machineClients: Store<MachineClient>;
  readonly providers: Store<Provider>;
  readonly clusterProviders: Store<Provider>;
  readonly secrets: Store<SecretView>;
  readonly secretReferences: Store<Reference>;
  readonly configMapReferences: Store<Reference>;
  readonly namespaces: Store<NamespaceView>;
  readonly reflectors: readonly Watched[];
}

const importRefs = (object: MachineClient): readonly string[] => {
  const ref = object.spec.credential.importSecretRef;
  return ref ? [`${object.namespace}/${ref.name}`] : [];
};

const stored = ({ metadata }: RawObject): Stored => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

export const makeCaches = ({
  transport,
  clock,
  random,
  log,
  integrity,
  watchNamespaces,
}: CacheOptions): Caches => {
  const reflectors: Watched[] = [];
  // Without cluster providers nothing refers to the operator's own namespace.
  const scopes = watchNamespaces.length === 0 ? undefined : watchNamespaces;
  const cache = <T extends Stored>(
    resource: Resource,
    project: (raw: RawObject) => T | undefined,
    options: {
      indexers?: Record<string, (object: T) => readonly string[]>;
      scopes?: readonly string[] | undefined;
    } & Pick<ReflectorOptions<T>, 'labelSelector' | 'metadataOnly'>,
  ): Store<T> => {
    const { indexers, scopes: wanted, ...scope } = options;
    const unreadable = (key: string, error: unknown): void =>
      log.warn({ key, err: error, resource: resource.plural }, 'an object could not be read');
    const store = new Store<T>({
      clock,
      indexers,
      namespaces: wanted,
      onRefused: unreadable,
      onHandlerError: (error) => log.error({ err: error, resource: resource.plural }, 'a handler failed'),
    });
    for (const namespace of wanted ?? [undefined]) {
      const reflector = new Reflector<T>({
        transport,
        resource,
        store,
        project,
        clock,
        random,
        log,
        ...scope,
        ...(namespace !== undefined && { namespace }),
        onBadObject: unreadable,
      });
      reflectors.push({
        name: [resource.plural, namespace].filter(Boolean).join(' '),
        namespace,
        reflector,
      });
    }
    return store;
  };
  // Written out: a spread makes a larger object, and there may be tens of thousands.
  const reference = ({ metadata }: RawObject): Reference => ({
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    managed: metadata.labels?.[labels.managed] === 'true',
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers ?? [],
  });
  return {
    machineClients: cache<MachineClient>(machineClientResource, (raw) => parseMachineClient(raw), {
      indexers: {
        bySecret: indexes.bySecret,
        byClient: indexes.byClient,
        byProvider: indexes.byProvider,
        byNamespace: (object) => [object.namespace],
        byImport: importRefs,
      },
      scopes,
    }),
    providers: cache<Provider>(identityProviders, parseProvider('IdentityProvider'), {
      indexers: { byNamespace: (object) => [object.namespace] },
      scopes,
    }),
    clusterProviders: scopes
      ? new Store<Provider>({ clock, namespaces: [] })
      : cache<Provider>(clusterIdentityProviders, parseProvider('ClusterIdentityProvider'), {}),
    secrets: cache<SecretView>(secretResource, (raw) => viewSecret(raw, integrity), {
      indexers: { byOwner: indexes.byOwner },
      labelSelector: `${labels.managed}=true`,
      scopes,
    }),
    secretReferences: cache<Reference>(secretResource, reference, {
      metadataOnly: true,
      scopes,
    }),
    configMapReferences: cache<Reference>(configMaps, reference, {
      metadataOnly: true,
      scopes,
    }),
    namespaces: scopes
      ? new Store<NamespaceView>({ clock, namespaces: [] })
      : cache<NamespaceView>(
          namespaceResource,
          (raw) => ({
            ...stored(raw),
            namespace: '',
            labels: raw.metadata.labels ?? {},
            terminating: raw.metadata.deletionTimestamp !== undefined,
          }),
          { metadataOnly: true },
        ),
    reflectors,
  };
};
