import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { annotations } from '../../../src/api/group.ts';
import { deployments } from '../../../src/kube/resource.ts';
import { ownClient } from '../../helpers/any-world.ts';
import { Prober, podsOf, readers } from '../../helpers/prober.ts';
import { type Rollouts, withKwokOver } from '../../helpers/rollouts.ts';
import { until } from '../../helpers/until.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import { seeded, Slots } from '../crash/report.ts';
import { told } from './told.ts';
import type { Subject } from './subjects.ts';

/**
 * I3 and I4 as their users see them: pods that have the credential in their environment, and readers of the Secret, ask
 * for tokens all through many rotations, and none is ever refused one.
 */
const seed = Number(process.env['MCO_TEST_SEED'] ?? 20_261_121);

const EVERY_MS = 150;
/** Two seconds, with the time scale of tests. */
const OVERLAP = { spec: '40s', ms: 2_000 };
/**
 * A round is over when everything that it began is at its end. What failed four times while there was trouble waits for
 * 24 s, with the time scale of tests: a minted credential that could not be proven is thrown away, and the next one comes
 * with growing distance.
 */
const ROUND_MS = 90_000;
const TROUBLE_MS = 30_000;

/** Every second one has an overlap. */
const isLong = ({ names }: Subject, name: string): boolean => names.indexOf(name) % 2 === 1;

const make = async (rollouts: Rollouts<Upstream>, subject: Subject): Promise<Prober> => {
  const { world } = rollouts;
  const { names, timeout = '20s' } = subject;
  rollouts.operator();
  await world.provider({ connection: { timeout } });
  await Promise.all(
    names.map(async (name) => {
      await rollouts.workload(deployments, name, { secret: name });
      await world.client(name, {
        rotation: { overlap: isLong(subject, name) ? OVERLAP.spec : '1s' },
        restart: { targets: [{ kind: 'Deployment', name }] },
      });
      await world.ready(name);
      await rollouts.isUp(deployments, name);
      // The first credential of all is published before anybody could be cut off.
      await until(`the first credential of ${name} is accepted`, () => world.works(name));
    }),
  );
  // Who reads the Secret only now and then has the overlap; pods have until they are replaced.
  const lateReaders = readers((name) => (isLong(subject, name) ? OVERLAP.ms : 0));
  return new Prober(world, [lateReaders, podsOf(world)], EVERY_MS);
};

/** All rotate, and come to the end of it. */
const rotateAll = async (
  { world }: Rollouts<Upstream>,
  { names }: Subject,
  round: number,
  within: () => Promise<void>,
): Promise<void> => {
  const token = `round-${round}`;
  await Promise.all(
    names.map((name) =>
      world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: token } } }),
    ),
  );
  await within();
  for (const name of names)
    await until(
      `${name} has rotated`,
      async () => {
        const { status } = await world.get(name);
        return (
          status?.['lastHandledRotateRequest'] === token && ownClient(world, name).credentials.length === 1
        );
      },
      { timeoutMs: ROUND_MS, explain: async () => JSON.stringify((await world.get(name)).status) },
    );
};

/** Who waits for a provider leaves the machine to the others. */
const slots = new Slots();

/** What is asked of each provider. */
export const nobodyIsRefused = (subject: Subject): void => {
  const makeRollouts = withKwokOver(subject.start);

  test('while the provider answers badly', { timeout: 600_000 }, async () => {
    using _slot = await slots.take();
    await using rollouts = await makeRollouts();
    const { upstream } = rollouts.world;
    await using prober = await make(rollouts, subject);
    for (const [index, { rules, slow }] of subject.troubles.entries()) {
      upstream.simulator.setFaults(rules);
      upstream.slow(...slow);
      const calm = setTimeout(() => upstream.simulator.setFaults([]), TROUBLE_MS);
      await rotateAll(rollouts, subject, index, async () => sleep(3_000)).finally(() => clearTimeout(calm));
      upstream.slow(0, 0);
    }
    upstream.simulator.setFaults([]);
    expect(told(subject.name, prober)).toBe('');
    expect(prober.asked).toBeGreaterThan(subject.asksAtLeast);
  });

  test('while the operator is killed again and again', { timeout: 600_000 }, async () => {
    const random = seeded(seed);
    using _slot = await slots.take();
    await using rollouts = await makeRollouts();
    const { world } = rollouts;
    await using prober = await make(rollouts, subject);
    for (let round = 0; round < subject.rounds; round++)
      await rotateAll(rollouts, subject, round, async () => {
        for (let kill = 0; kill < 4; kill++) {
          await sleep(100 + random() * 1_900);
          await world.operators.at(-1)?.kill();
          rollouts.operator();
        }
      });
    expect(told(subject.name, prober)).toBe('');
    expect(prober.asked).toBeGreaterThan(subject.asksAtLeast);
  });

  test('while new pods do not come up', { timeout: 300_000 }, async () => {
    using _slot = await slots.take();
    await using rollouts = await makeRollouts();
    const { world, nodes } = rollouts;
    await using prober = await make(rollouts, subject);
    nodes.mayStart = () => false;
    await rotateAll(rollouts, subject, 0, async () => {
      for (const name of subject.names)
        await world.condition(name, 'RotationInProgress', 'True', 'RolloutPending');
      // The overlap has passed three times.
      await sleep(3 * OVERLAP.ms);
      nodes.mayStart = () => true;
    });
    expect(told(subject.name, prober)).toBe('');
  });
};
