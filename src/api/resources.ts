import { group, version } from './group.ts';
import type { MachineClientSpec, ProviderKind } from './schema/machine-client.ts';

/** A hundred times what one of ours usually has; the API server takes six times as much. */
const LARGEST_OBJECT = 256 * 1024;

/** Apart from the schemas, whose making costs 60 ms: the kubectl plugin does without them. */
const custom = (plural: string, kind: string, namespaced: boolean) =>
  ({ group, version, plural, kind, namespaced, largestBytes: LARGEST_OBJECT }) as const;
export const machineClients = custom('machineclients', 'MachineClient', true);
export const identityProviders = custom('identityproviders', 'IdentityProvider', true);
export const clusterIdentityProviders = custom('clusteridentityproviders', 'ClusterIdentityProvider', false);

export const resourceOfProvider = (kind: ProviderKind) =>
  kind === 'IdentityProvider' ? identityProviders : clusterIdentityProviders;

/** The name of the Secret that the object wants. */
export const secretName = (client: {
  readonly name: string;
  readonly spec: { readonly secret: Pick<MachineClientSpec['secret'], 'name'> };
}): string => client.spec.secret.name ?? client.name;
