import { buildProgram } from '../control-plane/build.ts';
import { findKeycloak } from './keycloak/install.ts';
import { vaultProgram } from './vault/vault.ts';

/**
 * `npm run upstreams`: builds Vault, and fetches and builds Keycloak, where the cache does not have them, so that this can
 * be done beside tests that need neither. Each is tried, whatever becomes of the other.
 */
const say = (message: string): void => console.error(message);

const tried = await Promise.allSettled([buildProgram(vaultProgram, say), findKeycloak(say)]);
for (const one of tried) {
  if (one.status === 'fulfilled') continue;
  console.error(one.reason instanceof Error ? one.reason.message : one.reason);
  process.exitCode = 1;
}
