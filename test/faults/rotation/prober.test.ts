import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { annotations } from '../../../src/api/group.ts';
import { deployments } from '../../../src/kube/resource.ts';
import { Prober, podsOf, readers } from '../../helpers/prober.ts';
import { type Rollouts, withKwok } from '../../helpers/rollouts.ts';
import { until } from '../../helpers/until.ts';
import { clientOf } from '../../helpers/upstream.ts';
import type { FaultRule } from '../../simulators/faults.ts';
import { seeded } from '../crash/report.ts';

/**
 * I3 and I4 as their users see them: pods that have the credential in their environment, and readers of the Secret, ask
 * for tokens all through many rotations, and none is ever refused one.
 */
const makeRollouts = withKwok();
const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);

const NAMES = ['one', 'two', 'three', 'four'];
const EVERY_MS = 150;
/** Two seconds, with the time scale of tests. */
const OVERLAP = { spec: '40s', ms: 2_000 };
/** A round is over when everything that it began is at its end. */
const ROUND_MS = 90_000;

const make = async (rollouts: Rollouts): Promise<Prober> => {
  const { world } = rollouts;
  rollouts.operator();
  await world.provider({ connection: { timeout: '20s' } });
  await Promise.all(
    NAMES.map(async (name, index) => {
      await rollouts.workload(deployments, name, { secret: name });
      await world.client(name, {
        rotation: { overlap: index % 2 === 0 ? '1s' : OVERLAP.spec },
        restart: { targets: [{ kind: 'Deployment', name }] },
      });
      await world.ready(name);
      await rollouts.isUp(deployments, name);
    }),
  );
  // Who reads the Secret only now and then has the overlap; pods have until they are replaced.
  return new Prober(world, [readers((name) => (isLong(name) ? OVERLAP.ms : 0)), podsOf(world)], EVERY_MS);
};
const isLong = (name: string): boolean => NAMES.indexOf(name) % 2 === 1;

/** All rotate, and come to the end of it. */
const rotateAll = async ({ world }: Rollouts, round: number, within?: () => Promise<void>): Promise<void> => {
  const token = `round-${round}`;
  await Promise.all(
    NAMES.map((name) =>
      world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: token } } }),
    ),
  );
  await within?.();
  for (const name of NAMES)
    await until(
      `${name} has rotated`,
      async () => {
        const { status } = await world.get(name);
        return status?.['lastHandledRotateRequest'] === token && clientOf(world, name).nextSecret === null;
      },
      { timeoutMs: ROUND_MS, explain: async () => JSON.stringify((await world.get(name)).status) },
    );
};

const told = (prober: Prober): string => {
  console.log(`prober: ${prober.asked} tokens asked for, ${prober.refusals.length} refused`);
  return prober.refusals.map(({ text }) => text).join('\n');
};

const troubles: readonly (readonly [string, readonly FaultRule[], object])[] = [
  ['429', [{ fault: 'status', status: 429, headers: { 'retry-after': '1' }, probability: 0.4 }], {}],
  ['503', [{ fault: 'status', status: 503, probability: 0.4 }], {}],
  ['connections dropped before', [{ fault: 'drop-before', probability: 0.3 }], {}],
  ['connections dropped after', [{ fault: 'drop-after', probability: 0.3 }], {}],
  ['answers cut short', [{ fault: 'truncate', probability: 0.3 }], {}],
  ['slow to settle', [], { latencyMs: 600, searchLagMs: 3_000 }],
];

test('nobody is refused a token while the provider answers badly', { timeout: 600_000 }, async () => {
  await using rollouts = await makeRollouts();
  const { simulator } = rollouts.world;
  await using prober = await make(rollouts);
  for (const [index, [, rules, switches]] of troubles.entries()) {
    simulator.setFaults(rules);
    simulator.setSwitches(switches);
    await rotateAll(rollouts, index, async () => sleep(3_000));
    simulator.setSwitches({ latencyMs: 0, searchLagMs: 0 });
  }
  simulator.setFaults([]);
  expect(told(prober)).toBe('');
  expect(prober.asked).toBeGreaterThan(500);
});

test('nobody is refused a token while the operator is killed again and again', {
  timeout: 600_000,
}, async () => {
  const random = seeded(seed);
  await using rollouts = await makeRollouts();
  const { world } = rollouts;
  await using prober = await make(rollouts);
  for (let round = 0; round < 5; round++)
    await rotateAll(rollouts, round, async () => {
      for (let kill = 0; kill < 4; kill++) {
        await sleep(100 + random() * 1_900);
        await world.operators.at(-1)?.kill();
        rollouts.operator();
      }
    });
  expect(told(prober)).toBe('');
  expect(prober.asked).toBeGreaterThan(500);
});

test('nobody is refused a token while new pods do not come up', { timeout: 300_000 }, async () => {
  await using rollouts = await makeRollouts();
  const { world, nodes } = rollouts;
  await using prober = await make(rollouts);
  nodes.mayStart = () => false;
  await rotateAll(rollouts, 0, async () => {
    for (const name of NAMES) await world.condition(name, 'RotationInProgress', 'True', 'RolloutPending');
    // The overlap has passed three times.
    await sleep(3 * OVERLAP.ms);
    nodes.mayStart = () => true;
  });
  expect(told(prober)).toBe('');
});
