import { StytchUpstream } from '../../helpers/upstreams/stytch.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import type { World } from '../../helpers/world.ts';
import type { RunningSimulator } from '../../simulators/simulator.ts';

/** What a storm goes over: all that it does to a provider a fault proxy does too. */
type Stormed = Upstream & {
  readonly simulator: Omit<RunningSimulator<never, never, unknown, unknown>, 'act'>;
};
export type StormWorld = World<Stormed>;

/** The provider under a storm. */
export interface Place {
  /** Ends with what is given. */
  start(stack: AsyncDisposableStack): Promise<Stormed>;
  /** Of `spec.connection`: a real server on a busy machine takes its time. */
  readonly timeout: string;
  /** What people change in a spec, each of them in two ways. */
  readonly edits: Readonly<Record<string, readonly [unknown, unknown]>>;
  /** Clients of it can be switched off. */
  readonly deactivates: boolean;
  /** Somebody replaces the credential of the operator there. */
  readonly replacesCredential: boolean;
}

const ofClients = {
  edits: { displayName: ['one name', 'another name'], scopes: [['read:invoices'], ['write:invoices']] },
  deactivates: true,
} as const;
const real = { timeout: '30s', replacesCredential: false } as const;

/** By the word of the command line. */
export const places: Readonly<Record<string, Place>> = {
  stytch: {
    ...ofClients,
    start: () => StytchUpstream.start(),
    timeout: '10s',
    replacesCredential: true,
  },
  vault: {
    ...real,
    edits: { accessTokenLifetime: ['10m', '20m'] },
    deactivates: false,
    start: async (stack) => {
      const { startVault } = await import('../../upstreams/vault/vault.ts');
      const { RealVaultUpstream } = await import('../../upstreams/vault/upstream.ts');
      return await RealVaultUpstream.start(stack.use(await startVault()));
    },
  },
  keycloak: {
    ...real,
    ...ofClients,
    start: async (stack) => {
      const { startKeycloak } = await import('../../upstreams/keycloak/keycloak.ts');
      const { RealKeycloakUpstream } = await import('../../upstreams/keycloak/upstream.ts');
      return await RealKeycloakUpstream.start(stack.use(await startKeycloak()));
    },
  },
};
