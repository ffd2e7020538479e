import { apiVersion, machineClientKind } from '../api/group.ts';
import type { Arguments } from './arguments.ts';
import { UsageError } from './errors.ts';

const flagsOfNew = ['provider', 'cluster-provider', 'organization', 'secret', 'client-id-key', 'secret-key'];

/** They say what a new MachineClient is; one that exists has all of that in its spec. */
export const refuseFlagsOfNew = ({ values }: Arguments, clientId: string | undefined): void => {
  const given = flagsOfNew.find((flag) => values.has(flag));
  if (given !== undefined)
    throw new UsageError(
      `the MachineClient exists, and --${given} is for a new one: change its spec instead`,
    );
  const wanted = values.get('client-id');
  if (wanted !== undefined && clientId !== undefined && wanted !== clientId)
    throw new UsageError(`the MachineClient exists, with spec.clientId ${clientId}, not ${wanted}`);
};

/** The MachineClient that takes over a client: examples/adopt.yaml with these names. */
export const adoptingClient = ({ values, name = '' }: Arguments, namespace: string) => {
  const clientId = values.get('client-id');
  const own = values.get('provider');
  const ofCluster = values.get('cluster-provider');
  const providerName = own ?? ofCluster;
  if (clientId === undefined)
    throw new UsageError(
      `there is no MachineClient ${name} in namespace ${namespace}; for a new one --client-id says which client it takes over`,
    );
  if (providerName === undefined)
    throw new UsageError('--provider or --cluster-provider must say where the client is');
  if (own !== undefined && ofCluster !== undefined)
    throw new UsageError('--provider and --cluster-provider exclude each other');
  const organizationId = values.get('organization');
  const idKey = values.get('client-id-key');
  const secretKey = values.get('secret-key');
  const secret = values.get('secret');
  return {
    apiVersion,
    kind: machineClientKind,
    metadata: { name, namespace },
    spec: {
      providerRef: {
        kind: own === undefined ? 'ClusterIdentityProvider' : 'IdentityProvider',
        name: providerName,
      },
      clientId,
      adoptionPolicy: 'Existing',
      ...(organizationId !== undefined && { organizationId }),
      secret: {
        name: secret ?? name,
        // A Secret that is there may hold more than ours.
        creationPolicy: 'Merge',
        deletionPolicy: 'Retain',
        ...((idKey ?? secretKey) !== undefined && {
          entries: [
            { key: idKey ?? 'client-id', field: 'ClientID' },
            { key: secretKey ?? 'client-secret', field: 'ClientSecret' },
          ],
        }),
      },
      deletionPolicy: 'Retain',
    },
  };
};
