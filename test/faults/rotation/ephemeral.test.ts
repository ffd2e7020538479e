import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { Prober, readers } from '../../helpers/prober.ts';
import { until } from '../../helpers/until.ts';
import { PlastiqUpstream } from '../../helpers/upstreams/plastiq.ts';
import { World } from '../../helpers/world.ts';
import type { FaultRule } from '../../simulators/faults.ts';
import { seeded } from '../crash/report.ts';
import { told } from './told.ts';

/**
 * Secrets that end by themselves: whoever reads the Secret always finds one that has not ended, though the operator is
 * killed and the provider answers badly. With the time scale of tests (20), a secret lives for seven minutes and is due
 * when one is over.
 */
const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);
const EVERY_MS = 150;
const LIFETIME_MS = 20_000;
/** The operator takes the lifetime to be half an hour, and of that 3 seconds are over. */
const dueAfter3s = { rotation: { rotateBefore: '599m' } };
const NAMES = ['one', 'two', 'three'];
const ISSUED = 5;

const operations = ['issueV2', 'categories'];
const rules: readonly FaultRule[] = [
  { operations, fault: 'status', status: 429, headers: { 'retry-after': '1' }, probability: 0.1 },
  { operations, fault: 'status', status: 503, probability: 0.1 },
  { operations, fault: 'drop-before', probability: 0.1 },
  { operations, fault: 'drop-after', probability: 0.1 },
  { operations, fault: 'truncate', probability: 0.1 },
];

test('Plastiq: nobody reads a secret that has ended', { timeout: 300_000 }, async () => {
  const random = seeded(seed);
  const upstream = await PlastiqUpstream.start({ switches: { lifetimeV2Ms: LIFETIME_MS } });
  await using world = await World.over(inject('kubeconfig'), upstream);
  world.operator();
  await world.provider({ connection: { timeout: '20s' } });
  await Promise.all(NAMES.map((name) => world.client(name, dueAfter3s)));
  await Promise.all(NAMES.map((name) => world.ready(name)));
  await using prober = new Prober(world, [readers(() => 0)], EVERY_MS);
  upstream.simulator.setFaults(rules);
  const versionOf = async (name: string): Promise<number> =>
    (await world.get(name)).status?.secretVersion ?? 0;
  await until(
    `each was issued ${ISSUED} times`,
    async () => {
      await sleep(2_000 + random() * 3_000);
      await world.operators.at(-1)?.kill();
      world.operator();
      return (await Promise.all(NAMES.map(versionOf))).every((version) => version >= ISSUED);
    },
    { timeoutMs: 200_000 },
  );
  expect(told('Plastiq', prober)).toBe('');
  expect(prober.asked).toBeGreaterThan(250);
});
