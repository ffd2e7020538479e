import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Campaign } from '../../faults/crash/campaign.ts';
import { type Result, seeded, Slots, stories, table } from '../../faults/crash/report.ts';
import { Site } from '../../faults/crash/site.ts';
import { full, vaultScenarios } from '../../faults/crash/subjects.ts';
import { RealVaultUpstream } from './upstream.ts';
import { startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

/**
 * The operator dies at every call, and answers are lost and come late, with a real Vault at the other end: what is proven on
 * the simulator (test/faults/crash) is proven once more. Each scenario has a mount of its own.
 */
const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);
const timeout = full ? 14_400_000 : 1_800_000;
const results: Result[] = [];
const slots = new Slots();

let vault: VaultServer;
beforeAll(async () => {
  vault = await startVault();
}, VAULT_STARTS_WITHIN_MS);
afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  console.log(`seed ${seed} (MCO_TEST_SEED)\n${table(results)}`);
});

/** What is done with a role of ours and with one of somebody else; all scenarios with `MCO_TEST_FULL`. */
const usual = ['create', 'rotate', 'borrow-delete'];
const scenarios = vaultScenarios.filter(({ id }) => full || usual.includes(id));

describe.concurrent('the operator dies at every call to a real Vault', () => {
  test.for(scenarios.map((scenario, index) => ({ scenario, index, name: scenario.name })))(
    '$name',
    { timeout },
    async ({ scenario, index, name }) => {
      using _slot = await slots.take();
      await using sites = new AsyncDisposableStack();
      const place = { start: () => RealVaultUpstream.start(vault), timeScale: 5 };
      const anotherSite = async (): Promise<Site> => sites.use(await Site.make(inject('kubeconfig'), place));
      const campaign = new Campaign(scenario, await anotherSite(), anotherSite, seeded(seed + index));
      const result = { ...(await campaign.run()), name };
      results.push(result);
      expect(stories(result)).toBe('');
    },
  );
});
