import {
  clusterIdentityProviders,
  identityProviders,
  machineClients,
  resourceOfProvider,
} from '../api/resources.ts';
import type { KubeClient } from '../kube/client.ts';
import { isForbidden, isNotFound } from '../kube/errors.ts';
import { type KubeObject, secrets } from '../kube/resource.ts';
import { readConsumers } from '../kube/rollout/read.ts';
import { explain } from './errors.ts';
import type { Gathered, Unseen } from './report.ts';
import type { MachineClientWire, ProviderWire } from './wire.ts';

/** Who may not look at one thing sees the rest. */
const orUnseen = async <T>(work: Promise<T>): Promise<T | Unseen> =>
  await work.catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    return { unseen: explain(error) ?? '' };
  });

/** A thing that need not be there. */
export const orNone = async <T>(work: Promise<T>): Promise<T | undefined> =>
  await work.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return undefined;
  });

export const getMachineClient = (
  kube: KubeClient,
  namespace: string,
  name: string,
): Promise<MachineClientWire> => kube.get<MachineClientWire>(machineClients, { namespace, name });

export const getProvider = async (
  kube: KubeClient,
  object: MachineClientWire,
): Promise<Gathered['provider']> => {
  const { kind = 'IdentityProvider', name = '' } = object.spec?.providerRef ?? {};
  const namespace = kind === 'IdentityProvider' ? object.metadata.namespace : undefined;
  return await orUnseen(orNone(kube.get<ProviderWire>(resourceOfProvider(kind), { namespace, name })));
};

const getSecret = async (kube: KubeClient, object: MachineClientWire): Promise<Gathered['secret']> => {
  const { namespace, name } = object.metadata;
  const ref = { namespace, name: object.spec?.secret?.name ?? name };
  // The metadata alone: no value comes into this process.
  return await orUnseen(orNone(kube.get<KubeObject>(secrets, ref, { metadataOnly: true })));
};

/** All that belongs to one MachineClient. */
export const gather = async (kube: KubeClient, object: MachineClientWire): Promise<Gathered> => {
  const { namespace = '', name } = object.metadata;
  const spec = { secret: { name: object.spec?.secret?.name }, restart: object.spec?.restart };
  const [provider, secret, consumers] = await Promise.all([
    getProvider(kube, object),
    getSecret(kube, object),
    spec.restart === undefined ? [] : orUnseen(readConsumers(kube, { namespace, name, spec })),
  ]);
  return { object, provider, secret, consumers };
};

/** Provider objects, in one namespace or all, with those of the cluster where they may be seen. */
export const listProviders = async (
  kube: KubeClient,
  scope: string | undefined,
): Promise<{
  readonly own: readonly ProviderWire[];
  readonly ofCluster: readonly ProviderWire[] | Unseen;
}> => {
  const [own, ofCluster] = await Promise.all([
    kube.list<ProviderWire>(identityProviders, { namespace: scope }),
    orUnseen(kube.list<ProviderWire>(clusterIdentityProviders)),
  ]);
  return { own, ofCluster };
};

/** Every MachineClient with its provider object; their Secrets and workloads are not looked at one by one. */
export const gatherAll = async (
  kube: KubeClient,
  scope: string | undefined,
): Promise<readonly Gathered[]> => {
  const [objects, { own, ofCluster }] = await Promise.all([
    kube.list<MachineClientWire>(machineClients, { namespace: scope }),
    listProviders(kube, scope),
  ]);
  const providerOf = ({ spec, metadata }: MachineClientWire): Gathered['provider'] => {
    const { kind, name } = spec?.providerRef ?? {};
    if (kind === 'ClusterIdentityProvider')
      return 'unseen' in ofCluster ? ofCluster : ofCluster.find((one) => one.metadata.name === name);
    return own.find((one) => one.metadata.name === name && one.metadata.namespace === metadata.namespace);
  };
  const secret = { unseen: 'only looked at with a NAME' };
  return objects.map((object) => ({ object, provider: providerOf(object), secret, consumers: [] }));
};
