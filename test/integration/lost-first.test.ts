import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { annotate } from '../helpers/rotating.ts';
import { deleteSecret } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { clientOf } from '../helpers/upstream.ts';
import { World } from '../helpers/world.ts';

const DAY = { rotation: { overlap: '24h' } };

/** A world with one client whose creation was carried out and not answered. */
const withLostFirst = async (spec: Record<string, unknown> = {}): Promise<World> => {
  const world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  world.simulator.setFaults([{ operations: ['create'], fault: 'drop-after', times: 1 }]);
  await world.client('lost', { ...DAY, ...spec });
  await world.ready('lost');
  return world;
};
const rotateAtOnce = async (world: World): Promise<void> => {
  await annotate(world, 'lost', { 'rotate-requested': 'now' });
  await until('a second version is there', async () => (await world.get('lost')).status?.secretVersion === 2);
};

test('the lost secret of a creation never was in a Secret: it goes once its successor is proven, and a rotation may begin', async () => {
  await using world = await withLostFirst();
  await world.condition('lost', 'RotationInProgress', 'False', 'Idle');
  const { secret, nextSecret } = clientOf(world, 'lost');
  const { clientSecret } = await world.credential('lost');
  expect({ secret, nextSecret }).toEqual({ secret: clientSecret, nextSecret: null });
  await world.condition('lost', 'CredentialVerified', 'True');
  expect((await world.getSecret('lost')).metadata.annotations).toMatchObject({
    [annotations.firstCredential]: 'true',
  });
  await rotateAtOnce(world);
  expect(await world.works('lost')).toBe(true);

  // From here on there is an old credential that somebody may hold: a day of overlap.
  await world.condition('lost', 'RotationInProgress', 'True', 'Overlap');
  expect((await world.getSecret('lost')).metadata.annotations).not.toHaveProperty([
    annotations.firstCredential,
  ]);
  expect(clientOf(world, 'lost').secret).toBe(clientSecret);
});

test('a Secret that was there and is gone is not the same: its credential lives through the overlap', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('deleted', DAY);
  await world.ready('deleted');
  const former = await world.credential('deleted');
  await deleteSecret(world, 'deleted');
  await world.condition('deleted', 'RotationInProgress', 'True', 'Overlap');
  expect((await world.credential('deleted')).clientSecret).not.toBe(former.clientSecret);
  expect(clientOf(world, 'deleted').secret).toBe(former.clientSecret);
});
