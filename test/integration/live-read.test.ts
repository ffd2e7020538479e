import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { secrets } from '../../src/kube/resource.ts';
import { calls } from '../helpers/said.ts';
import type { Fate } from '../helpers/recording-proxy.ts';
import { until } from '../helpers/until.ts';
import { Watched } from '../helpers/watched.ts';

test('a Secret that is put back to its old version while the old credential is about to be retired: it is not', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world, proxy } = watched;
  watched.operator();
  await world.provider();
  // Half a second, with the time scale of tests.
  await world.client('restored', { rotation: { overlap: '10s' } });
  await world.ready('restored');
  const old = await world.getSecret('restored');
  await world.patch('restored', { metadata: { annotations: { [annotations.rotateRequested]: 'now' } } });
  await until('the new credential', async () => (await world.get('restored')).status?.secretVersion === 2);

  // The decision to retire was made on what the watch shows. At the live read somebody restores a backup.
  let isRestored = false;
  proxy.setHook(async ({ method, resource, name }, phase): Promise<Fate> => {
    if (phase !== 'before' || isRestored || method !== 'GET' || resource !== 'secrets' || name !== 'restored')
      return 'continue';
    isRestored = true;
    const { annotations: own = {} } = (await world.getSecret('restored')).metadata;
    const gone = Object.fromEntries(Object.keys(own).map((key) => [key, null]));
    await world.kube.mergePatch(secrets, world.ref('restored'), {
      metadata: { annotations: { ...gone, ...old.metadata.annotations } },
      data: old.data,
    });
    return 'continue';
  });
  await until('the live read', () => isRestored, { timeoutMs: 30_000 });
  // The rotation ends without the old credential: it is what the Secret holds now.
  await world.condition('restored', 'RotationInProgress', 'False');
  expect(calls(world.simulator, 'rotate')).toBe(0);
  expect(await world.works('restored')).toBe(true);
});
