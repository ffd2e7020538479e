import { afterAll, beforeAll, describe } from 'vitest';
import { capabilities } from '../../../src/providers/vaultapprole/account.ts';
import { drift } from '../../../src/providers/vaultapprole/testing/drift.ts';
import { providerConformance } from '../../conformance/provider-conformance.ts';
import { realConformanceRig } from './conformance-rig.ts';
import { startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

/** The suite that every provider passes on its simulator, on the real server. */
let vault: VaultServer;
beforeAll(async () => {
  vault = await startVault();
}, VAULT_STARTS_WITHIN_MS);
afterAll(() => vault[Symbol.asyncDispose]());

describe('conformance of a real Vault', () => {
  providerConformance(capabilities, () => realConformanceRig(vault), { drift });
});

describe('conformance with the operator’s own AppRole', () => {
  providerConformance(capabilities, () => realConformanceRig(vault, 'AppRole'), { faults: false, drift });
});
