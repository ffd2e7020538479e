import { describe, expect, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { deployments, statefulSets, type KubeObject } from '../../src/kube/resource.ts';
import { pods, type Rollouts, withKwok } from '../helpers/rollouts.ts';
import { said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { replaced } from '../helpers/upstream.ts';

/** Rollouts that do not end keep the old credential alive for as long as it takes, and are named. */
const makeRollouts = withKwok();

const podsOf = ({ world }: Rollouts, app: string): Promise<readonly KubeObject[]> =>
  world.kube.list<KubeObject>(pods, { namespace: world.namespace, labelSelector: `app=${app}` });

const setPaused =
  (paused: boolean) =>
  async ({ world }: Rollouts): Promise<void> => {
    await world.kube.mergePatch(deployments, world.ref('slow'), { spec: { paused } });
  };

const obstacles = [
  {
    what: 'a paused Deployment',
    resource: deployments,
    prevent: setPaused(true),
    named: 'Deployment slow (it is paused)',
    allow: setPaused(false),
    how: 'is resumed',
  },
  {
    what: 'a StatefulSet with OnDelete',
    resource: statefulSets,
    prevent: async ({ world }: Rollouts): Promise<void> => {
      const spec = { updateStrategy: { type: 'OnDelete', rollingUpdate: null } };
      await world.kube.mergePatch(statefulSets, world.ref('slow'), { spec });
    },
    named: 'StatefulSet slow (its update strategy is OnDelete: delete its pods to restart them)',
    allow: async (rollouts: Rollouts): Promise<void> => {
      const { world } = rollouts;
      for (const { metadata } of await podsOf(rollouts, 'slow'))
        await world.kube.delete(pods, world.ref(metadata.name));
    },
    how: 'has its pods deleted by somebody',
  },
] as const;

describe.each(obstacles)('$what is waited for and named', ({ resource, prevent, named, allow, how }) => {
  const stuckAfter = async (rollouts: Rollouts, deadline: string): Promise<string> => {
    rollouts.operator();
    await rollouts.world.provider();
    await rollouts.workload(resource, 'slow');
    await rollouts.isUp(resource, 'slow');
    await prevent(rollouts);
    const former = await rollouts.billing({ targets: [{ kind: resource.kind, name: 'slow' }], deadline });
    await rollouts.rotate();
    return former;
  };

  test(`until it ${how}`, async () => {
    await using rollouts = await makeRollouts();
    const { world } = rollouts;
    const former = await stuckAfter(rollouts, '30m');
    const object = await world.condition('billing', 'RotationInProgress', 'True', 'RolloutPending');
    expect(said(object, 'RotationInProgress')).toContain(`until these have rolled out: ${named}`);
    await rollouts.looksAgain('once more');
    expect(rollouts.oldCredential).toBe(former);

    await allow(rollouts);
    await replaced(world, 'billing', former);
    expect(rollouts.restarted).toEqual([`PATCH ${resource.plural} slow`]);
  });

  test('or until a person revokes the old credential all the same', async () => {
    await using rollouts = await makeRollouts();
    const { world } = rollouts;
    // A quarter of a second, with the time scale of tests.
    const former = await stuckAfter(rollouts, '5s');
    const object = await world.condition('billing', 'RotationInProgress', 'True', 'RolloutStuck');
    expect(said(object, 'RotationInProgress')).toContain(`until they have: ${named}`);
    expect(rollouts.oldCredential).toBe(former);

    await world.patch('billing', { metadata: { annotations: { [annotations.revokePrevious]: '2' } } });
    await replaced(world, 'billing', former);
    expect(rollouts.restarted).toEqual([`PATCH ${resource.plural} slow`]);
  });
});

test('pods that never become Ready: long after the overlap and the deadline the old credential lives, and when they do it ends by itself', async () => {
  await using rollouts = await makeRollouts();
  const { world, nodes } = rollouts;
  rollouts.operator();
  await world.provider();
  await rollouts.workload(deployments, 'slow');
  await rollouts.isUp(deployments, 'slow');
  const former = await rollouts.billing({ targets: [{ kind: 'Deployment', name: 'slow' }], deadline: '5s' });
  nodes.mayStart = () => false;
  await rollouts.rotate();
  await world.condition('billing', 'RotationInProgress', 'True', 'RolloutStuck');
  const wasStuckAt = performance.now();
  const stuck =
    'True RolloutStuck: these have not rolled out within spec.restart.deadline, and the old credential lives until they have: Deployment slow';
  // Overlap and deadline have passed many times over: they are a twentieth and a quarter of a second here.
  for (let look = 1; performance.now() - wasStuckAt < 3_000; look++) {
    await rollouts.looksAgain(`look ${look}`);
    expect(said(await world.get('billing'), 'RotationInProgress')).toBe(stuck);
    expect(said(await world.get('billing'), 'Ready')).toBe(
      'True Ready: the Secret holds a working credential',
    );
    expect(rollouts.oldCredential).toBe(former);
  }

  nodes.mayStart = () => true;
  await replaced(world, 'billing', former);
  expect(rollouts.restarted).toEqual(['PATCH deployments slow']);
});

test('a Deployment whose pods are all new is waited for while old ones are still terminating', async () => {
  await using rollouts = await makeRollouts();
  const { world } = rollouts;
  rollouts.operator();
  await world.provider();
  // Stands for a long grace period: kwok has none.
  await rollouts.workload(deployments, 'slow', {
    template: { finalizers: ['tests.machine-client.dev/busy'] },
  });
  await rollouts.isUp(deployments, 'slow');
  const letGo = async (which: (pod: KubeObject) => boolean): Promise<void> => {
    for (const pod of (await podsOf(rollouts, 'slow')).filter(which))
      await world.kube.mergePatch(pods, world.ref(pod.metadata.name), { metadata: { finalizers: null } });
  };
  await using cleanup = new AsyncDisposableStack();
  // A pod that nobody lets go would hold up the end of the namespace.
  cleanup.defer(async () => {
    await world.kube.delete(deployments, world.ref('slow'));
    await until('its pods are gone', async () => {
      await letGo(() => true);
      return (await podsOf(rollouts, 'slow')).length === 0;
    });
  });
  const former = await rollouts.billing({ targets: [{ kind: 'Deployment', name: 'slow' }] });
  await rollouts.rotate();
  const named = 'until these have rolled out: Deployment slow (pods that are still terminating)';
  await until('they are named', async () =>
    said(await world.get('billing'), 'RotationInProgress').endsWith(named),
  );
  // What `kubectl rollout status` would call done.
  expect((await rollouts.get(deployments, 'slow')).status).toMatchObject({
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    terminatingReplicas: 2,
  });
  await rollouts.looksAgain('once more');
  expect(rollouts.oldCredential).toBe(former);

  await letGo(({ metadata }) => metadata.deletionTimestamp !== undefined);
  await replaced(world, 'billing', former);
  expect(rollouts.restarted).toEqual(['PATCH deployments slow']);
});
