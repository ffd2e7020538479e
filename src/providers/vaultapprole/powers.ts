import type { Powers, UpstreamClient } from '../provider.ts';
import { specificOf, type Role } from './wire.ts';

/** However often it is renewed, a token is good no longer. Undefined: the server's own limit, or none. */
export const lifetimeMsOf = ({
  token_max_ttl: most,
  token_explicit_max_ttl: explicit,
  token_period: period,
}: Role): number | undefined => {
  const limits = [period > 0 ? 0 : most, explicit].filter((limit) => limit > 0);
  return limits.length > 0 ? Math.min(...limits) * 1000 : undefined;
};

export const tokenPoliciesField = 'vaultAppRole.tokenPolicies';

export const powers = (client: UpstreamClient): Powers => {
  const { role } = specificOf(client);
  return {
    accessTokenLifetimeMs: role && lifetimeMsOf(role),
    tokenPolicies: { names: role?.token_policies ?? 'not-shown', field: tokenPoliciesField },
  };
};
