import { expect, inject, test } from 'vitest';
import { findCondition } from '../../src/api/conditions.ts';
import { clientOf, replaced } from '../helpers/upstream.ts';
import { said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

test('an interval rotates again and again, each after the overlap of the one before', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  // Three seconds and one, with the time scale of tests.
  await world.client('clockwork', { rotation: { interval: '1m', overlap: '20s' } });
  const { status } = await world.ready('clockwork');
  const next = Date.parse(String(status?.['nextRotationTime']));
  const last = Date.parse(String(status?.['lastRotationTime']));
  expect(next - last).toBeGreaterThanOrEqual(1_000);
  expect(next - last).toBeLessThanOrEqual(4_000);
  let { clientSecret } = await world.credential('clockwork');
  for (const round of [1, 2, 3]) {
    await replaced(world, 'clockwork', clientSecret);
    ({ clientSecret } = await world.credential('clockwork'));
    expect((await world.ready('clockwork')).status?.secretVersion).toBe(round + 1);
  }
  expect(await world.works('clockwork')).toBe(true);
});

test('what was missed while the operator was away is made up for once', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const first = world.operator();
  await world.provider();
  // Six seconds.
  await world.client('missed', { rotation: { interval: '2m', overlap: '1s' } });
  const { status } = await world.ready('missed');
  await first.kill();
  const { clientSecret } = await world.credential('missed');
  const due = Date.parse(String(status?.['nextRotationTime']));
  await until('the second missed time', () => Date.now() > due + 6_000);
  world.operator();
  await replaced(world, 'missed', clientSecret);
  const after = (await world.ready('missed')).status;
  expect(after?.secretVersion).toBe(2);
  const [next, last] = ['nextRotationTime', 'lastRotationTime'].map((at) => Date.parse(String(after?.[at])));
  expect((next ?? 0) - (last ?? 0)).toBeGreaterThanOrEqual(4_000);
});

test('nothing begins outside of the windows but what a person asks for, and it is said that it is overdue', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  // Open for a minute a year: the last day of next month, or of the one after.
  const month = ((new Date().getUTCMonth() + 2) % 12) + 1;
  const windows = [{ schedule: `0 0 1 ${month} *`, duration: '1m' }];
  await world.client('patient', { rotation: { interval: '1m', overlap: '1s', windows } });
  const object = await world.ready('patient');
  const next = new Date(String(object.status?.['nextRotationTime']));
  expect(next.getUTCMonth() + 1).toBe(month);
  expect(said(object, 'RotationOverdue')).toBe('False Idle: no rotation is overdue');
  const { clientSecret } = await world.credential('patient');
  await world.patch('patient', {
    metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } },
  });
  await replaced(world, 'patient', clientSecret);
  expect(clientOf(world, 'patient').nextSecret).toBeNull();
});

test('a rotation that cannot begin is overdue, and says when it was due', async () => {
  await using world = await World.make(inject('kubeconfig'));
  // Ten minutes are fifteen seconds.
  world.operator(['--time-scale=40']);
  await world.provider();
  await world.client('blocked', { rotation: { interval: '1m', overlap: '1s' } });
  await world.ready('blocked');
  // Somebody else has a rotation open in the console.
  world.simulator.act({ action: 'rotateStart', clientId: clientOf(world, 'blocked').clientId });
  const object = await world.condition('blocked', 'RotationOverdue', 'True', 'RotationOverdue', 60_000);
  expect(said(object, 'RotationOverdue')).toMatch(
    /^True RotationOverdue: a rotation was due at .*Z and has not begun$/,
  );
  expect(findCondition(object.status?.conditions, 'Ready')?.status).toBe('True');
  world.simulator.act({ action: 'rotateCancel', clientId: clientOf(world, 'blocked').clientId });
  await world.patch('blocked', {
    metadata: { annotations: { 'machine-client.dev/reconcile-requested': 'now' } },
  });
  await world.condition('blocked', 'RotationOverdue', 'False');
});

test('a time that never comes is named, and the Secret stays', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('never', { rotation: { schedule: '0 3 30 2 *' } });
  const object = await world.condition('never', 'Stalled', 'True', 'InvalidSpec');
  expect(said(object, 'Stalled')).toContain('spec.rotation.schedule: no cron expression of five fields');
  await world.patch('never', { spec: { rotation: { schedule: '0 3 1 * *', timeZone: 'Europe/Oslo' } } });
  await world.ready('never');
  await world.patch('never', { spec: { rotation: { timeZone: 'Europe/Atlantis' } } });
  await world.condition('never', 'Stalled', 'True', 'InvalidSpec');
  expect(await world.works('never')).toBe(true);
});
