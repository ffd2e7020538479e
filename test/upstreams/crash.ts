import { afterAll, describe, expect, inject, test } from 'vitest';
import { Campaign } from '../faults/crash/campaign.ts';
import { type Result, seeded, Slots, stories, table } from '../faults/crash/report.ts';
import type { Scenario } from '../faults/crash/scenario.ts';
import { Site } from '../faults/crash/site.ts';
import { full } from '../faults/crash/subjects.ts';
import type { Upstream } from '../helpers/upstreams/upstream.ts';

/**
 * The operator dies at every call, and answers are lost and come late, with a real server at the other end: what is proven on
 * the simulator (test/faults/crash) is proven once more. Each scenario has a place of its own there. With `MCO_TEST_FULL` all
 * scenarios at all points, else those of these ids at so many.
 */
export const diesAtEveryCall = (
  name: string,
  start: () => Promise<Upstream>,
  all: readonly Scenario[],
  usual: readonly string[],
  points?: number,
): void => {
  const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);
  const timeout = full ? 14_400_000 : 1_800_000;
  const results: Result[] = [];
  const slots = new Slots();
  afterAll(() => console.log(`seed ${seed} (MCO_TEST_SEED)\n${table(results)}`));

  const scenarios = all.filter(({ id }) => full || usual.includes(id));
  describe.concurrent(`the operator dies at every call to ${name}`, () => {
    test.for(scenarios.map((scenario, index) => ({ scenario, index, name: scenario.name })))(
      '$name',
      { timeout },
      async ({ scenario, index, name: of }) => {
        using _slot = await slots.take();
        await using sites = new AsyncDisposableStack();
        const place = { start, timeScale: 5 };
        const anotherSite = async (): Promise<Site> =>
          sites.use(await Site.make(inject('kubeconfig'), place));
        const campaign = new Campaign(
          scenario,
          await anotherSite(),
          anotherSite,
          seeded(seed + index),
          full ? undefined : points,
        );
        const result = { ...(await campaign.run()), name: of };
        results.push(result);
        console.log(`${name}, ${of}: ${result.tried} points, ${result.violations.length} violations`);
        expect(stories(result)).toBe('');
      },
    );
  });
};
