import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { secrets } from '../../../src/kube/resource.ts';
import { noLeak, noLostSecret, noOrphans, oneClient, Strangers } from '../../helpers/invariants.ts';
import { until } from '../../helpers/until.ts';
import { World } from '../../helpers/world.ts';

/**
 * The operator is killed with SIGKILL at each of its calls to the provider: after the call was committed, before it
 * was answered. Which calls there are is learnt from a run without faults, so a call that is added later is killed too.
 */
interface Scenario {
  readonly name: string;
  /** Up to where nothing is killed. */
  readonly prepare: (world: World, object: string) => Promise<unknown>;
  readonly act: (world: World, object: string) => Promise<unknown>;
  /** Whether what `act` asked for has come about. */
  readonly done: (world: World, object: string) => Promise<boolean>;
}

/** Everything but the sweep's pages and the key set: calls that belong to one object. */
const operations = [
  'create',
  'get',
  'update',
  'delete',
  'rotateStart',
  'rotate',
  'rotateCancel',
  'token',
] as const;
const spec = { displayName: 'before', rotation: { overlap: '1s' } };
const make = async (world: World, object: string): Promise<void> => {
  await world.client(object, spec);
  await world.ready(object);
};
const nothing = async (): Promise<void> => {};
const client = (world: World, object: string) =>
  world.simulator
    .clients()
    .find(({ trustedMetadata }) =>
      (trustedMetadata['machine-client.dev'] as { owner?: string } | undefined)?.owner?.endsWith(
        `/${object}`,
      ),
    );
/** Published in this version, and nothing is open any more. */
const atRest = async (world: World, object: string, version: number): Promise<boolean> => {
  const { status, metadata } = await world.get(object);
  const ready =
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  return (
    ready &&
    status?.observedGeneration === metadata.generation &&
    (status.secretVersion ?? 0) >= version &&
    client(world, object)?.nextSecret === null
  );
};

const scenarios: readonly Scenario[] = [
  {
    name: 'create',
    prepare: nothing,
    act: (world, object) => world.client(object, spec),
    done: (world, object) => atRest(world, object, 1),
  },
  {
    name: 'recover',
    prepare: make,
    act: (world, object) => world.kube.delete(secrets, world.ref(object)),
    done: (world, object) => atRest(world, object, 2),
  },
  {
    name: 'update',
    prepare: make,
    act: (world, object) =>
      world.patch(object, { spec: { displayName: 'after', scopes: ['write:invoices'] } }),
    done: async (world, object) =>
      (await atRest(world, object, 1)) && client(world, object)?.name === 'after',
  },
  {
    name: 'rotate',
    prepare: make,
    act: (world, object) =>
      world.patch(object, { metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } } }),
    done: (world, object) => atRest(world, object, 2),
  },
  {
    name: 'delete',
    prepare: make,
    act: (world, object) => world.delete(object),
    done: (world, object) => world.isGone(object),
  },
];

let world: World;
let strangers: Strangers;
beforeAll(async () => {
  world = await World.make(inject('kubeconfig'));
  await world.provider();
  strangers = await Strangers.make(world);
});
afterAll(async () => await world[Symbol.asyncDispose]());

const finished = (scenario: Scenario, object: string): Promise<boolean> =>
  until(`${scenario.name} of ${object}`, () => scenario.done(world, object), {
    timeoutMs: 60_000,
    explain: async () => JSON.stringify(await world.get(object).catch(() => 'gone')),
  });

const calls = async (scenario: Scenario): Promise<number> => {
  const object = `${scenario.name}-learn`;
  const operator = world.operator();
  await scenario.prepare(world, object);
  const before = world.simulator.requests().at(-1)?.seq ?? 0;
  await scenario.act(world, object);
  await finished(scenario, object);
  await operator.kill();
  const wanted: readonly string[] = operations;
  return world.simulator.requests({ after: before }).filter(({ operation }) => wanted.includes(operation))
    .length;
};

const violations = async (object: string): Promise<string[]> => [
  ...(await oneClient(world, object)),
  ...(await noLostSecret(world, object)),
  ...(await noOrphans(world, object)),
  ...(await strangers.violations()),
];

describe.for(scenarios)('$name', (scenario) => {
  test('killed at each call, after it was committed and before it was answered', async () => {
    const total = await calls(scenario);
    let killed = 0;
    for (let nth = 1; nth <= total; nth++) {
      const object = `${scenario.name}-${nth}`;
      const first = world.operator();
      await scenario.prepare(world, object);
      world.simulator.setFaults([{ operations: [...operations], nth, fault: 'hold-after' }]);
      await scenario.act(world, object);
      // A pass that met a conflict looks once more than another one: then there is no such call this time.
      await until(
        `call ${nth} of ${scenario.name}`,
        async () => world.simulator.held().length > 0 || (await scenario.done(world, object)),
        {
          timeoutMs: 60_000,
        },
      );
      killed += world.simulator.held().length > 0 ? 1 : 0;
      await first.kill('SIGKILL');
      world.simulator.setFaults([]);
      const second = world.operator();
      await finished(scenario, object);
      expect(await violations(object), `${scenario.name}, killed at call ${nth} of ${total}`).toEqual([]);
      await second.kill();
    }
    expect(killed, 'points at which the operator was killed').toBeGreaterThan(0);
    console.log(`${scenario.name}: ${killed} points, 0 violations`);
  });
});

test('no secret is in anything that all of these operators emitted', async () => {
  expect(world.simulator.issuedSecrets().length).toBeGreaterThan(10);
  expect(await noLeak(world)).toEqual([]);
});
