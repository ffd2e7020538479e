import {
  parseMachineClient,
  parseProvider,
  providerKeyOf,
  type MachineClient,
  type Provider,
} from '../../api/objects.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import { Store } from '../../kube/store.ts';
import type { Clock } from '../../runtime/clock.ts';
import { indexes } from '../observe.ts';

interface Fields {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly deleting?: boolean;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

const metadataOf = ({ deleting = false, ...fields }: Fields, usual: { readonly name: string }) => ({
  ...usual,
  uid: `uid-${fields.name ?? usual.name}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...(deleting && { deletionTimestamp: '2026-01-02T00:00:00Z' }),
  ...fields,
});

/** A MachineClient of the provider object `stytch`, as the API server would show it. */
export const machineClientOf = ({
  spec,
  status,
  ...fields
}: Fields & { readonly spec?: object; readonly status?: Partial<MachineClientStatus> } = {}): MachineClient =>
  parseMachineClient({
    metadata: { namespace: 'ns', ...metadataOf(fields, { name: 'app' }) },
    spec: { providerRef: { name: 'stytch' }, ...spec },
    status: { observedGeneration: 1, ...status },
  });

/** The provider object `stytch`; with a namespace an IdentityProvider, without one of the whole cluster. */
export const providerOf = ({
  namespace = 'ns',
  spec,
  ...fields
}: Fields & { readonly spec?: object } = {}): Provider =>
  parseProvider(namespace === '' ? 'ClusterIdentityProvider' : 'IdentityProvider')({
    metadata: { ...(namespace !== '' && { namespace }), ...metadataOf(fields, { name: 'stytch' }) },
    spec: {
      type: 'Stytch',
      stytch: {
        projectId: 'project-test-1',
        auth: { type: 'Secret', secretKeyRef: { name: 's', key: 'k' } },
      },
      ...spec,
    },
  });

/** With the indexes of the operator's own caches. */
export const machineClientStore = (clock: Clock): Store<MachineClient> =>
  new Store<MachineClient>({
    clock,
    indexers: {
      byProvider: (object) => [providerKeyOf(object)],
      byNamespace: ({ namespace }) => [namespace],
      bySecret: indexes.bySecret,
      byClient: indexes.byClient,
    },
  });
