import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { deployments, statefulSets, type KubeObject, type Resource } from '../../src/kube/resource.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { Kubelet } from '../helpers/kubelet.ts';
import { said } from '../helpers/said.ts';
import { clientOf, replaced } from '../helpers/upstream.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** The controllers of Deployments and StatefulSets are real; only the pods' becoming Ready is played. */
let admin: AdminClient;
beforeAll(() => {
  admin = adminClient(inject('kubeconfig'));
});
afterAll(() => admin[Symbol.asyncDispose]());

interface Workload extends KubeObject {
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } };
  };
  readonly status?: { readonly updatedReplicas?: number };
}

/** A workload with two pods that have the Secret in their environment. */
const workload = async (
  world: World,
  resource: Resource,
  name: string,
  secret: string,
  spec: object = {},
): Promise<void> => {
  const labels = { app: name };
  await world.kube.create(resource, world.namespace, {
    apiVersion: 'apps/v1',
    kind: resource.kind,
    metadata: { name, namespace: world.namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'none', envFrom: [{ secretRef: { name: secret } }] }] },
      },
      ...spec,
    },
  });
};
const versionOn = async (world: World, resource: Resource, name: string, machineClient: string) => {
  const { spec } = await world.kube.get<Workload>(resource, world.ref(name));
  return spec.template.metadata.annotations?.[`secret-version.machine-client.dev/${machineClient}`];
};
const generationOf = async (world: World, resource: Resource, name: string): Promise<number | undefined> =>
  (await world.kube.get<Workload>(resource, world.ref(name))).metadata.generation;
const rotate = (world: World, name: string, token: string) =>
  world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: token } } });
const published = (world: World, name: string, version: number) =>
  until(
    `${name} at version ${version}`,
    async () => (await world.get(name)).status?.secretVersion === version,
  );

test('named, selected and discovered workloads are restarted once each, and only then is the old credential retired', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using kubelet = new Kubelet(admin, world.namespace);
  world.operator();
  await world.provider();
  await workload(world, deployments, 'named', 'billing');
  await workload(world, statefulSets, 'selected', 'billing');
  await workload(world, deployments, 'found', 'billing');
  await workload(world, deployments, 'bystander', 'another');
  await world.client('billing', {
    rotation: { overlap: '1s' },
    restart: {
      discover: true,
      targets: [
        { kind: 'Deployment', name: 'named' },
        { kind: 'StatefulSet', selector: { matchLabels: { app: 'selected' } } },
      ],
    },
  });
  await world.ready('billing');
  // The first credential restarts nobody: whoever needs it has been waiting for it.
  expect(await generationOf(world, deployments, 'named')).toBe(1);
  const { clientSecret } = await world.credential('billing');

  // New pods do not come up: the old ones go on with what they have.
  kubelet.mayStart = () => false;
  await rotate(world, 'billing', 'one');
  await world.condition('billing', 'RotationInProgress', 'True', 'RolloutPending');
  const object = await world.get('billing');
  expect(said(object, 'RotationInProgress')).toBe(
    'True RolloutPending: the old credential lives until these have rolled out: Deployment found, Deployment named, StatefulSet selected',
  );
  expect(said(object, 'Ready')).toBe('True Ready: the Secret holds a working credential');
  expect(clientOf(world, 'billing').secret).toBe(clientSecret);

  kubelet.mayStart = () => true;
  await replaced(world, 'billing', clientSecret);
  for (const [resource, name] of [
    [deployments, 'named'],
    [statefulSets, 'selected'],
    [deployments, 'found'],
  ] as const) {
    expect(await versionOn(world, resource, name, 'billing'), name).toMatch(/^2-/);
    expect(await generationOf(world, resource, name), name).toBe(2);
  }
  expect(await generationOf(world, deployments, 'bystander')).toBe(1);
});

describe('what never ends by itself keeps the old credential alive, and is named', () => {
  test.each([
    ['a paused Deployment', deployments, { paused: true }, 'Deployment slow (it is paused)'],
    [
      'a StatefulSet with OnDelete',
      statefulSets,
      { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
      'StatefulSet slow (its update strategy is OnDelete: delete its pods to restart them)',
    ],
  ])('%s', async (_, resource, spec, named) => {
    await using world = await World.make(inject('kubeconfig'));
    await using _kubelet = new Kubelet(admin, world.namespace);
    world.operator();
    await world.provider();
    await workload(world, resource, 'slow', 'billing');
    const updated = () =>
      until('the workload is up', async () => {
        const { status } = await world.kube.get<Workload>(resource, world.ref('slow'));
        return (status as { availableReplicas?: number } | undefined)?.availableReplicas === 2;
      });
    await updated();
    await world.kube.mergePatch(resource, world.ref('slow'), { spec });
    await world.client('billing', {
      rotation: { overlap: '1s' },
      // A quarter of a second, with the time scale of tests.
      restart: { targets: [{ kind: resource.kind, name: 'slow' }], deadline: '5s' },
    });
    await world.ready('billing');
    const { clientSecret } = await world.credential('billing');
    await rotate(world, 'billing', 'one');
    const object = await world.condition('billing', 'RotationInProgress', 'True', 'RolloutStuck');
    expect(said(object, 'RotationInProgress')).toContain(`until they have: ${named}`);
    expect(clientOf(world, 'billing').secret).toBe(clientSecret);

    // A person revokes the old one all the same.
    await world.patch('billing', { metadata: { annotations: { [annotations.revokePrevious]: '2' } } });
    await replaced(world, 'billing', clientSecret);
  });
});

test('two Secrets of one workload that rotate together cost it one rollout, and each its own annotation', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using _kubelet = new Kubelet(admin, world.namespace);
  world.operator();
  await world.provider();
  await workload(world, deployments, 'both', 'first');
  const restart = { targets: [{ kind: 'Deployment', name: 'both' }] };
  for (const name of ['first', 'second']) await world.client(name, { rotation: { overlap: '1s' }, restart });
  for (const name of ['first', 'second']) await world.ready(name);
  await Promise.all(['first', 'second'].map((name) => rotate(world, name, 'one')));
  for (const name of ['first', 'second']) await published(world, name, 2);
  for (const name of ['first', 'second'])
    await until(`${name} is done`, () => clientOf(world, name).nextSecret === null);
  for (const name of ['first', 'second'])
    expect(await versionOn(world, deployments, 'both', name)).toMatch(/^2-/);
});

test('killed in the middle, the restart goes on where it was', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using kubelet = new Kubelet(admin, world.namespace);
  const first = world.operator();
  await world.provider();
  await workload(world, deployments, 'named', 'billing');
  await world.client('billing', {
    rotation: { overlap: '1s' },
    restart: { targets: [{ kind: 'Deployment', name: 'named' }] },
  });
  await world.ready('billing');
  const { clientSecret } = await world.credential('billing');
  kubelet.mayStart = () => false;
  await rotate(world, 'billing', 'one');
  await until(
    'the restart has begun',
    async () => (await versionOn(world, deployments, 'named', 'billing'))?.startsWith('2-') === true,
  );
  await first.kill();
  world.operator();
  kubelet.mayStart = () => true;
  await replaced(world, 'billing', clientSecret);
  expect(await generationOf(world, deployments, 'named')).toBe(2);
});
