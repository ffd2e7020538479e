import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { parseOperation } from '../../src/api/operation.ts';
import type { Fate } from '../helpers/recording-proxy.ts';
import { annotate } from '../helpers/rotating.ts';
import { calls } from '../helpers/said.ts';
import { clientOf } from '../helpers/upstream.ts';
import { Watched } from '../helpers/watched.ts';
import { until } from '../helpers/until.ts';

test('a fence that is there and was not answered stands for no call: what somebody else opens then is not ended, by no process', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world, proxy } = watched;
  const first = watched.operator();
  await world.provider();
  await world.client('unanswered', { rotation: { overlap: '10s' } });
  await world.ready('unanswered');
  const { clientId } = clientOf(world, 'unanswered');

  let isLost = false;
  proxy.setHook(({ method, resource, bodyKeys }, phase): Fate => {
    const isFence =
      method === 'PATCH' &&
      resource === 'machineclients' &&
      bodyKeys.includes(`metadata.annotations.${annotations.operation}`);
    if (isLost || phase !== 'after' || !isFence) return 'continue';
    isLost = true;
    world.simulator.act({ action: 'rotateStart', clientId });
    return 'drop';
  });
  await annotate(world, 'unanswered', { 'rotate-requested': 'now' });
  await world.condition('unanswered', 'RotationBlocked', 'True', 'ForeignRotationOpen');
  const { metadata } = await world.get('unanswered');
  expect(parseOperation(metadata.annotations?.[annotations.operation])).toMatchObject({
    kind: 'start',
    result: 'not-sent',
  });

  // Whoever comes after it knows no more than what is written.
  await first.kill();
  watched.operator();
  await annotate(world, 'unanswered', { 'reconcile-requested': 'by the second' });
  await until('the second one has looked', async () => {
    const { status } = await world.get('unanswered');
    return status?.['lastHandledReconcileRequest'] === 'by the second';
  });
  await world.condition('unanswered', 'RotationBlocked', 'True', 'ForeignRotationOpen');
  expect(calls(world.simulator, 'rotateCancel')).toBe(0);

  world.simulator.act({ action: 'rotateCancel', clientId });
  await annotate(world, 'unanswered', { 'reconcile-requested': 'again' });
  await until('the rotation', async () => (await world.get('unanswered')).status?.secretVersion === 2);
  expect(await world.works('unanswered')).toBe(true);
});
