import { afterAll, beforeAll } from 'vitest';
import { vaultScenarios } from '../../faults/crash/subjects.ts';
import { diesAtEveryCall } from '../crash.ts';
import { RealVaultUpstream } from './upstream.ts';
import { startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

let vault: VaultServer;
beforeAll(async () => {
  vault = await startVault();
}, VAULT_STARTS_WITHIN_MS);
afterAll(() => vault[Symbol.asyncDispose]());

// With a role of ours and with one of somebody else.
diesAtEveryCall('a real Vault', () => RealVaultUpstream.start(vault), vaultScenarios, [
  'create',
  'rotate',
  'borrow-delete',
]);
