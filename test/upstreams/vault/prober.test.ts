import { afterAll, beforeAll, describe } from 'vitest';
import { full } from '../../faults/crash/subjects.ts';
import { nobodyIsRefused } from '../../faults/rotation/nobody-is-refused.ts';
import { mixed } from '../../faults/rotation/subjects.ts';
import { RealVaultUpstream } from './upstream.ts';
import { startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

/** Pods and readers log in to a real Vault all through rotations, and no login is refused. With `MCO_TEST_FULL` twenty of them. */
let vault: VaultServer;
beforeAll(async () => {
  vault = await startVault();
}, VAULT_STARTS_WITHIN_MS);
afterAll(() => vault[Symbol.asyncDispose]());

describe.concurrent('a real Vault: nobody is refused a token', () => {
  nobodyIsRefused({
    name: 'Vault',
    start: () => RealVaultUpstream.start(vault),
    names: ['one', 'two'],
    troubles: full ? [mixed, mixed] : [mixed],
    rounds: full ? 10 : 1,
    asksAtLeast: 100,
  });
});
