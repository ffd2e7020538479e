import type { Clock } from '../../../../src/runtime/clock.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { AuthressUpstream } from './authress.ts';
import { KeycloakUpstream } from './keycloak.ts';
import { KeycloakSecretsUpstream } from './keycloak-secrets.ts';
import { PlastiqUpstream } from './plastiq.ts';
import { ScalekitUpstream } from './scalekit.ts';
import { StytchUpstream } from './stytch.ts';
import { VaultAppRoleUpstream } from './vaultapprole.ts';
import type { ProviderName, Upstream } from './upstream.ts';

export const openUpstream: Readonly<Record<ProviderName, (clock: Clock, entropy: Entropy) => Upstream>> = {
  stytch: (clock, entropy) => new StytchUpstream(clock, entropy),
  scalekit: (clock, entropy) => new ScalekitUpstream(clock, entropy),
  authress: (clock, entropy) => new AuthressUpstream(clock, entropy),
  plastiq: (clock, entropy) => new PlastiqUpstream(clock, entropy),
  vaultapprole: (clock, entropy) => new VaultAppRoleUpstream(clock, entropy),
  keycloak: (clock, entropy) => new KeycloakUpstream(clock, entropy),
  keycloaksecrets: (clock, entropy) => new KeycloakSecretsUpstream(clock, entropy),
};
