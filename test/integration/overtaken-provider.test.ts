import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { isGone } from '../helpers/is-gone.ts';
import type { KubeCall } from '../helpers/recording-proxy.ts';
import { until } from '../helpers/until.ts';
import { Watched } from '../helpers/watched.ts';

const isDryRun = ({ method, resource, query }: KubeCall): boolean =>
  method === 'POST' && resource === 'secrets' && query.includes('dryRun');
const isFence = ({ method, resource, bodyKeys }: KubeCall): boolean =>
  method === 'PATCH' &&
  resource === 'machineclients' &&
  bodyKeys.includes(`metadata.annotations.${annotations.operation}`);

const NAME = 'late';
const removeProvider = ({ world }: Watched): Promise<void> =>
  world.kube.delete(identityProviders, world.ref(world.providerName));
const providerGone = ({ world }: Watched): Promise<true> =>
  until('the provider object is gone', () => isGone(world.getProvider()));
const clientGone = ({ world }: Watched): Promise<true> =>
  until('the MachineClient is gone', () => isGone(world.get(NAME)));

/** One operator, a provider, and a client whose first pass stands still at a call. */
const standingAt = async (watched: Watched, matches: (call: KubeCall) => boolean) => {
  const hold = watched.proxy.hold(matches, 'before');
  watched.operator();
  await watched.world.provider();
  await watched.world.client(NAME);
  await hold.first();
  return hold;
};

test('a provider object that goes between the plan and the fence: nothing is begun with it', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world } = watched;
  const hold = await standingAt(watched, isDryRun);
  await removeProvider(watched);
  await providerGone(watched);
  hold.release();
  await world.condition(NAME, 'Ready', 'False', 'ProviderNotFound');
  expect((await world.get(NAME)).metadata.finalizers).toBeUndefined();
  expect(world.simulator.clients()).toEqual([]);
  await world.delete(NAME);
  await clientGone(watched);
});

test('a provider object that is deleted while the first fence is on its way stays until its client is removed', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world } = watched;
  const hold = await standingAt(watched, isFence);
  await removeProvider(watched);
  await watched.quiet();
  expect((await world.getProvider()).metadata.deletionTimestamp).toBeDefined();
  hold.release();
  await until('the finalizer', async () => (await world.get(NAME)).metadata.finalizers !== undefined);
  await world.delete(NAME);
  await clientGone(watched);
  await providerGone(watched);
  expect(world.simulator.clients()).toEqual([]);
});

test('an object that is gone before its first fence arrives keeps its provider object no longer', async () => {
  await using watched = await Watched.make(inject('kubeconfig'));
  const { world } = watched;
  const hold = await standingAt(watched, isFence);
  await removeProvider(watched);
  await world.delete(NAME);
  await clientGone(watched);
  hold.release();
  await providerGone(watched);
  expect(world.simulator.clients()).toEqual([]);
});
