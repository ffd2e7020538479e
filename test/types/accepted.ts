import type { ClusterIdentityProvider, IdentityProvider, MachineClient } from '../../types/v1beta1.d.ts';
import type { MachineClient as OlderMachineClient } from '../../types/v1alpha1.d.ts';

/** What is written with the types of others: `tsc` takes it here, and test/integration/typed-clients.test.ts asks the API server. */

const client: MachineClient = {
  apiVersion: 'machine-client.dev/v1beta1',
  kind: 'MachineClient',
  metadata: { name: 'billing-worker', labels: { team: 'payments' } },
  spec: {
    providerRef: { name: 'stytch' },
    scopes: ['read:invoices'],
    audiences: [],
    rotation: { interval: '720h', method: 'Overlap' },
  },
};
const fuller: MachineClient = {
  ...client,
  spec: {
    ...client.spec,
    customClaims: [{ key: 'team', value: 'payments' }],
    customMetadata: { cost: { center: 7 } },
    secret: { entries: [{ key: 'id', field: 'ClientID' }], labels: { team: 'payments' } },
    restart: { targets: [{ kind: 'Deployment', selector: { matchLabels: { app: 'billing' } } }] },
  },
};
const limited: MachineClient = {
  ...client,
  spec: {
    providerRef: client.spec.providerRef,
    authress: { rateLimits: [{ duration: '24h', quota: 1000 }] },
  },
};
const older: OlderMachineClient = { ...fuller, apiVersion: 'machine-client.dev/v1alpha1' };
const provider: IdentityProvider = {
  apiVersion: 'machine-client.dev/v1beta1',
  kind: 'IdentityProvider',
  metadata: { name: 'stytch' },
  spec: {
    type: 'Stytch',
    stytch: {
      projectId: 'project-test-11111111-1111-4111-8111-111111111111',
      auth: { type: 'Secret', secretKeyRef: { name: 'stytch', key: 'secret' } },
    },
    limits: { requestsPerMinute: 60 },
  },
};
const everywhere: ClusterIdentityProvider = {
  ...provider,
  kind: 'ClusterIdentityProvider',
  spec: { ...provider.spec, allowedNamespaces: { names: ['payments'] } },
};

export const accepted = [client, fuller, limited, older, provider, everywhere] as const;
