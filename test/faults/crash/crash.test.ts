import { afterAll, describe, expect, inject, test } from 'vitest';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import { Campaign } from './campaign.ts';
import { ProcessCampaign } from './process-campaign.ts';
import { processScenarios } from './process-scenarios.ts';
import { type Result, seeded, Slots, stories, table } from './report.ts';
import { type Place, Site } from './site.ts';
import { full, stytch, subjects } from './subjects.ts';

/** Chooses who meets a second kill. */
const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);
/** Many wait for their turn meanwhile; all scenarios of all providers take hours. */
const timeout = full ? 14_400_000 : 1_800_000;
const results: Result[] = [];
const slots = new Slots();

type Make = (site: Site, anotherSite: () => Promise<Site>) => Promise<Result>;

/** Each scenario has sites of its own: nothing that one of them does reaches another one. */
const run = async (place: Place, name: string, make: Make, ownCluster = false): Promise<void> => {
  using _slot = await slots.take();
  await using sites = new AsyncDisposableStack();
  const cluster = ownCluster ? sites.use(await startControlPlane()) : undefined;
  const kubeconfig = cluster?.kubeconfigPath ?? inject('kubeconfig');
  const anotherSite = async (): Promise<Site> => sites.use(await Site.make(kubeconfig, place));
  const result = { ...(await make(await anotherSite(), anotherSite)), name };
  results.push(result);
  console.log(`${name}: ${result.tried} points, ${result.violations.length} violations`);
  expect(stories(result)).toBe('');
};

const cases = subjects.flatMap((subject) =>
  subject.scenarios.map((scenario) => ({
    subject,
    scenario,
    name: subject === stytch ? scenario.name : `${subject.name}: ${scenario.name}`,
  })),
);
const seedOf = (name: string): number => seed + cases.findIndex((one) => one.name === name);

describe.concurrent('the operator dies at every call', () => {
  test.for(cases)('$name', { timeout }, async ({ subject, scenario, name }) => {
    const random = seeded(seedOf(name));
    const make: Make = (site, anotherSite) => new Campaign(scenario, site, anotherSite, random).run();
    await run(subject, name, make, scenario.ownCluster);
  });

  test.for(processScenarios)('$name', { timeout }, async (scenario) => {
    await run(stytch, scenario.name, (site) => new ProcessCampaign(scenario, site).run());
  });
});

afterAll(() => console.log(`seed ${seed} (MCO_TEST_SEED)\n${table(results)}`));
