import { expect, test } from 'vitest';
import {
  cronJobs,
  daemonSets,
  deployments,
  events,
  jobs,
  statefulSets,
  type KubeObject,
} from '../../src/kube/resource.ts';
import { brief, isWrite } from '../helpers/recording-proxy.ts';
import { withKwok } from '../helpers/rollouts.ts';
import { deleteSecret, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf, replaced } from '../helpers/upstream.ts';

/** The controllers of workloads are real, and kwok plays the nodes of their pods. */
const makeRollouts = withKwok();

test('named, selected and discovered workloads are restarted once each, and only then is the old credential retired', async () => {
  await using rollouts = await makeRollouts();
  const { world, nodes } = rollouts;
  rollouts.operator();
  await world.provider();
  const consumers = [
    [deployments, 'named'],
    [statefulSets, 'selected'],
    [deployments, 'found'],
    [daemonSets, 'everywhere'],
  ] as const;
  for (const [resource, name] of consumers) await rollouts.workload(resource, name);
  await rollouts.workload(deployments, 'bystander', { secret: 'another' });
  const former = await rollouts.billing({
    discover: true,
    targets: [
      { kind: 'Deployment', name: 'named' },
      { kind: 'StatefulSet', selector: { matchLabels: { app: 'selected' } } },
    ],
  });
  // The first credential restarts nobody: whoever needs it has been waiting for it.
  for (const [resource, name] of consumers) await rollouts.isUp(resource, name);
  expect(rollouts.restarted).toEqual([]);

  // New pods do not come up: the old ones go on with what they have.
  nodes.mayStart = () => false;
  await rollouts.rotate();
  const object = await world.condition('billing', 'RotationInProgress', 'True', 'RolloutPending');
  expect(said(object, 'RotationInProgress')).toBe(
    'True RolloutPending: the old credential lives until these have rolled out: DaemonSet everywhere, Deployment found, Deployment named and 1 more',
  );
  expect(said(object, 'Ready')).toBe('True Ready: the Secret holds a working credential');
  expect(rollouts.oldCredential).toBe(former);

  nodes.mayStart = () => true;
  await replaced(world, 'billing', former);
  for (const [resource, name] of consumers) {
    await rollouts.isUp(resource, name);
    expect(await rollouts.versionOn(resource, name), name).toBe('2');
    expect(await rollouts.generationOf(resource, name), name).toBe(2);
  }
  // All that was ever written to them, by field.
  expect(rollouts.restarted).toEqual([
    'PATCH daemonsets everywhere',
    'PATCH deployments found',
    'PATCH deployments named',
    'PATCH statefulsets selected',
  ]);
  for (const { contentType, bodyKeys } of rollouts.restarts) {
    expect(contentType).toBe('application/apply-patch+yaml');
    expect(bodyKeys).toEqual([
      'apiVersion',
      'kind',
      'metadata.name',
      'metadata.namespace',
      'metadata.uid',
      'spec.template.metadata.annotations.secret-operation.machine-client.dev/billing',
      'spec.template.metadata.annotations.secret-version.machine-client.dev/billing',
    ]);
  }
});

test('two Secrets of one workload that rotate together: a patch and an annotation for each', async () => {
  await using rollouts = await makeRollouts();
  const { world } = rollouts;
  rollouts.operator();
  await world.provider();
  await rollouts.workload(deployments, 'both', { secret: 'first' });
  const restart = { targets: [{ kind: 'Deployment', name: 'both' }] };
  for (const name of ['first', 'second']) await world.client(name, { rotation: { overlap: '1s' }, restart });
  for (const name of ['first', 'second']) await world.ready(name);
  await Promise.all(['first', 'second'].map((name) => rollouts.rotate(name)));
  for (const name of ['first', 'second']) {
    const isPublished = async () => (await world.get(name)).status?.secretVersion === 2;
    await until(`${name} is published`, isPublished);
    await until(`${name} is done`, () => clientOf(world, name).nextSecret === null);
  }
  for (const name of ['first', 'second'])
    expect(await rollouts.versionOn(deployments, 'both', name)).toBe('2');
  expect(rollouts.restarted).toEqual(['PATCH deployments both', 'PATCH deployments both']);
});

test('killed in the middle, the restart goes on where it was', async () => {
  await using rollouts = await makeRollouts();
  const { world, nodes } = rollouts;
  const first = rollouts.operator();
  await world.provider();
  await rollouts.workload(deployments, 'named');
  const former = await rollouts.billing({ targets: [{ kind: 'Deployment', name: 'named' }] });
  nodes.mayStart = () => false;
  await rollouts.rotate();
  const hasBegun = async () => (await rollouts.versionOn(deployments, 'named')) === '2';
  await until('the restart has begun', hasBegun);
  await first.kill();
  rollouts.operator();
  nodes.mayStart = () => true;
  await replaced(world, 'billing', former);
  // Of both processes together.
  expect(rollouts.restarted).toEqual(['PATCH deployments named']);
});

test.each([
  ['before the API server has it: it is sent again', 'before', [null, 200]],
  ['when it is done and nobody has heard of it: it is not repeated', 'after', [200]],
] as const)('killed with the restart on its way, %s', async (_, phase, statuses) => {
  await using rollouts = await makeRollouts();
  const { world, watched } = rollouts;
  const first = rollouts.operator();
  await world.provider();
  await rollouts.workload(deployments, 'named');
  const former = await rollouts.billing({ targets: [{ kind: 'Deployment', name: 'named' }] });
  await rollouts.isUp(deployments, 'named');
  const held = watched.proxy.hold((call) => brief(call) === 'PATCH deployments', phase);
  await rollouts.rotate();
  await held.first();
  await first.kill('SIGKILL');
  held.release('drop');
  rollouts.operator();
  await replaced(world, 'billing', former);
  expect(rollouts.restarts.map(({ status }) => status)).toEqual(statuses);
  expect(await rollouts.generationOf(deployments, 'named')).toBe(2);
});

test('a Secret that was deleted comes back with a new credential, which the workloads get before the old one goes', async () => {
  await using rollouts = await makeRollouts();
  const { world, nodes } = rollouts;
  rollouts.operator();
  await world.provider();
  await rollouts.workload(deployments, 'named');
  const former = await rollouts.billing({ targets: [{ kind: 'Deployment', name: 'named' }] });
  await rollouts.isUp(deployments, 'named');

  nodes.mayStart = () => false;
  await deleteSecret(world, 'billing');
  await world.condition('billing', 'RotationInProgress', 'True', 'RolloutPending');
  expect((await world.credential('billing')).clientSecret).not.toBe(former);
  expect(rollouts.oldCredential).toBe(former);
  await rollouts.looksAgain('once more');
  expect(rollouts.oldCredential).toBe(former);

  nodes.mayStart = () => true;
  await replaced(world, 'billing', former);
  expect(rollouts.restarted).toEqual(['PATCH deployments named']);
});

test('a workload that comes after the publication is restarted at most once, and waited for no longer than that', async () => {
  await using rollouts = await makeRollouts();
  const { world, nodes } = rollouts;
  rollouts.operator();
  await world.provider();
  await rollouts.workload(deployments, 'slow');
  const former = await rollouts.billing({ discover: true });
  await rollouts.isUp(deployments, 'slow');
  nodes.mayStart = ({ metadata }) => metadata.labels?.['app'] !== 'slow';
  await rollouts.rotate();
  await world.condition('billing', 'RotationInProgress', 'True', 'RolloutPending');

  // One says itself, as the slow one does, that its pods are for this publication; nobody can know it of the other, so it gets the annotation.
  const { annotations = {} } = (await rollouts.get(deployments, 'slow')).spec.template.metadata;
  await rollouts.workload(deployments, 'told', { template: { annotations } });
  await rollouts.workload(deployments, 'untold');
  await until('it has the version', async () => (await rollouts.versionOn(deployments, 'untold')) === '2');
  await until('only the slow one is waited for', async () =>
    said(await world.get('billing'), 'RotationInProgress').endsWith('rolled out: Deployment slow'),
  );
  expect(rollouts.oldCredential).toBe(former);

  nodes.mayStart = () => true;
  await replaced(world, 'billing', former);
  expect(rollouts.restarted).toEqual(['PATCH deployments slow', 'PATCH deployments untold']);
  expect(await rollouts.generationOf(deployments, 'told')).toBe(1);
});

test('with discover, Jobs and CronJobs that read the Secret are named for each publication, and not touched', async () => {
  await using rollouts = await makeRollouts();
  const { world } = rollouts;
  rollouts.operator();
  await world.provider();
  const pod = (secret: string) => ({
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'none', envFrom: [{ secretRef: { name: secret } }] }],
    },
  });
  const make = async (name: string, secret: string): Promise<void> => {
    const meta = { apiVersion: 'batch/v1', metadata: { name, namespace: world.namespace } };
    const job = { suspend: true, template: pod(secret) };
    await world.kube.create(jobs, world.namespace, { ...meta, kind: 'Job', spec: job });
    const spec = { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job } };
    await world.kube.create(cronJobs, world.namespace, { ...meta, kind: 'CronJob', spec });
  };
  await make('reads', 'billing');
  await make('another', 'other');
  const former = await rollouts.billing({ discover: true });
  await rollouts.rotate();
  await replaced(world, 'billing', former);
  const notes = await until('an event', async () => {
    const found = await world.kube.list<KubeObject & { reason: string; note: string }>(events, {
      namespace: world.namespace,
    });
    const named = found.filter(({ reason }) => reason === 'JobsNotRestarted').map(({ note }) => note);
    return named.length > 0 && named;
  });
  expect(notes).toEqual([
    'CronJob reads, Job reads read the Secret billing and are not restarted: a run keeps the credential that it began with, so let spec.rotation.overlap (1s) be longer than the longest of them',
  ]);
  expect(
    rollouts.watched.proxy.calls().filter((call) => /jobs/.test(call.resource) && isWrite(call)),
  ).toEqual([]);
});
