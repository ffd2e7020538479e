import { afterAll, beforeAll, describe } from 'vitest';
import { startFaultProxy } from '../fault-proxy.ts';
import { wireBehaviours } from '../wire/suite.ts';
import { vaultBehaviours } from './all-behaviours.ts';
import { vaultApi } from './calls.ts';
import { realVaultRig } from './rig.ts';
import { startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

let vault: VaultServer;
beforeAll(async () => {
  vault = await startVault();
}, VAULT_STARTS_WITHIN_MS);
afterAll(() => vault[Symbol.asyncDispose]());

describe('a real Vault', () => {
  wireBehaviours(vaultBehaviours, async () => realVaultRig(vault, vault.url));
});

describe('a real Vault behind the fault proxy, which has nothing to do', () => {
  wireBehaviours(vaultBehaviours, async () => {
    const proxy = await startFaultProxy(vaultApi, vault.url);
    return realVaultRig(vault, proxy.url, () => proxy[Symbol.asyncDispose]());
  });
});
