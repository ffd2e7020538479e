import { afterAll, beforeAll, inject, test } from 'vitest';
import { seeNothingOfEachOther } from '../../helpers/two-installations.ts';
import { VAULT_STARTS_WITHIN_MS, type VaultServer, startVault } from './vault.ts';
import { RealVaultUpstream } from './upstream.ts';

let vault: VaultServer;
beforeAll(async () => {
  vault = await startVault();
}, VAULT_STARTS_WITHIN_MS);
afterAll(() => vault[Symbol.asyncDispose]());

test('two installations on one mount do not see each other', { timeout: 300_000 }, async () => {
  await seeNothingOfEachOther(inject('kubeconfig'), await RealVaultUpstream.start(vault));
});
