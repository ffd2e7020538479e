import { afterAll, describe, expect, inject, test } from 'vitest';
import { startControlPlane } from '../../control-plane/control-plane.ts';
import { Journal } from '../full/journal.ts';
import { Campaign } from './campaign.ts';
import { ProcessCampaign } from './process-campaign.ts';
import { processScenarios } from './process-scenarios.ts';
import { lineOf, type Result, type ResultLine, resultOf, seeded, Slots, stories, table } from './report.ts';
import { type Place, Site } from './site.ts';
import { full, stytch, subjects } from './subjects.ts';

/** Chooses who meets a second kill. */
const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);
/** Many wait for their turn meanwhile; all scenarios of all providers take hours. */
const timeout = full ? 14_400_000 : 1_800_000;
/** Of a campaign that goes on for hours: what has been done in it, for who begins again. */
const file = process.env['MCO_TEST_JOURNAL'];
const journal = file === undefined ? undefined : new Journal<ResultLine>(file);
const results: Result[] = ((await journal?.read()) ?? []).map(resultOf);
const before = new Set(results.map(({ name }) => name));
const isDone = ({ name }: { readonly name: string }): boolean => before.has(name);
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
  await journal?.append(lineOf(result));
  console.log(`${name}: ${result.tried} points, ${result.violations.length} violations`);
  expect(stories(result)).toBe('');
};

const all = subjects.flatMap((subject) =>
  subject.scenarios.map((scenario) => ({
    subject,
    scenario,
    name: subject === stytch ? scenario.name : `${subject.name}: ${scenario.name}`,
  })),
);
const seedOf = (name: string): number => seed + all.findIndex((one) => one.name === name);

describe.concurrent('the operator dies at every call', () => {
  test.for(all.filter((one) => !isDone(one)))('$name', { timeout }, async ({ subject, scenario, name }) => {
    const random = seeded(seedOf(name));
    const make: Make = (site, anotherSite) => new Campaign(scenario, site, anotherSite, random).run();
    await run(subject, name, make, scenario.ownCluster);
  });

  test.for(processScenarios.filter((one) => !isDone(one)))('$name', { timeout }, async (scenario) => {
    await run(stytch, scenario.name, (site) => new ProcessCampaign(scenario, site).run());
  });
});

afterAll(() => console.log(`seed ${seed} (MCO_TEST_SEED)\n${table(results)}`));
