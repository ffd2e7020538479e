import { expect, inject, test } from 'vitest';
import { makeMark, type Mark } from '../../src/providers/mark.ts';
import { markValue, metadataKey } from '../../src/providers/stytch/wire.ts';
import { events, type KubeObject } from '../../src/kube/resource.ts';
import { calls, mints, said } from '../helpers/said.ts';
import { isGone } from '../helpers/is-gone.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** Three seconds: sweeps come by themselves. */
const resyncInterval = '1m';

/** A client as somebody else, or an operator that died, left it at the provider. */
const leave = (world: World, id: string, value?: unknown): void => {
  world.simulator.act({
    action: 'createClient',
    fields: {
      client_id: id,
      scopes: ['read:invoices'],
      ...(value !== undefined && { trusted_metadata: { [metadataKey]: value } }),
    },
  });
};
const marked = (mark: Mark, uid = 'uid-of-before'): unknown => markValue(mark, uid, []);
const ids = (world: World): readonly string[] =>
  world.simulator
    .clients()
    .map(({ clientId }) => clientId)
    .toSorted();
const orphansOf = async (world: World): Promise<unknown> => (await world.getProvider()).status?.['orphans'];

const sweptTwice = async (world: World): Promise<void> => {
  const before = calls(world.simulator, 'search');
  await until('two more sweeps', () => calls(world.simulator, 'search') >= before + 2);
};

/** None of these is ours to touch. */
const leaveStrangers = (world: World): readonly string[] => {
  leave(world, 'x-unmarked');
  leave(world, 'x-other-installation', marked(makeMark('other', world.namespace, 'gone')));
  leave(world, 'x-other-namespace', marked(makeMark(world.namespace, 'not-watched', 'gone')));
  const released = marked(makeMark(world.namespace, world.namespace, 'gone')) as object;
  leave(world, 'x-released', { ...released, released: true });
  // Typed by hand: the two forms of the mark do not agree.
  leave(world, 'x-typed', { ...released, owner: `${world.namespace}/${world.namespace}/other` });
  return ['x-other-installation', 'x-other-namespace', 'x-released', 'x-typed', 'x-unmarked'];
};

test('a client without object is reported and named, and removed with orphanPolicy Delete', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const strangers = leaveStrangers(world);
  leave(world, 'lost-1', marked(makeMark(world.namespace, world.namespace, 'gone')));
  leave(world, 'lost-2', marked(makeMark(world.namespace, world.namespace, 'gone')));
  world.operator();
  await world.provider({ resyncInterval });
  await world.client('living');
  const living = (await world.ready('living')).status?.clientId ?? '';
  const reported = {
    count: 2,
    sample: [`lost-1 (${world.namespace}/gone)`, `lost-2 (${world.namespace}/gone)`],
  };
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toEqual(reported);
  await sweptTwice(world);
  expect(await orphansOf(world)).toEqual(reported);
  expect(calls(world.simulator, 'delete')).toBe(0);
  const { namespace } = world;
  const noted = await until('the event of it', async () => {
    const all = await world.kube.list<KubeObject & { reason: string; note: string }>(events, { namespace });
    const found = all.filter(({ reason }) => reason === 'Orphans').map(({ note }) => note);
    return found.length > 0 && found;
  });
  expect(noted).toEqual([
    `2 of our clients have no MachineClient: ${reported.sample.join(', ')}; they stay until spec.orphanPolicy says Delete`,
  ]);

  await world.patchProvider({ spec: { orphanPolicy: 'Delete' } });
  await expect.poll(() => ids(world), { timeout: 60_000 }).toEqual([...strangers, living].toSorted());
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toEqual({ count: 0, sample: [] });
  await sweptTwice(world);
  expect(ids(world)).toEqual([...strangers, living].toSorted());
  expect(calls(world.simulator, 'delete')).toBe(2);
  expect(calls(world.simulator, 'update')).toBe(0);
  expect(await world.works('living')).toBe(true);
});

test('an object that was removed by force leaves its Secret until its client goes', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ resyncInterval });
  await world.client('forced');
  await world.client('kept');
  const clientId = (await world.ready('forced')).status?.clientId ?? '';
  await world.ready('kept');
  await Promise.all(world.operators.map((operator) => operator.kill()));
  await world.delete('forced');
  await world.patch('forced', { metadata: { finalizers: null } });
  await until('it is gone', () => world.isGone('forced'));
  world.operator();
  const reported = { count: 1, sample: [`${clientId} (${world.namespace}/forced)`] };
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toEqual(reported);
  expect(await world.works('forced')).toBe(true);

  await world.patchProvider({ spec: { orphanPolicy: 'Delete' } });
  await until('its Secret is gone too', () => isGone(world.getSecret('forced')));
  expect(ids(world)).not.toContain(clientId);
  expect(await world.works('kept')).toBe(true);
});

test('an object that comes back finds its client again, and it is no orphan any more', async () => {
  await using world = await World.make(inject('kubeconfig'));
  leave(world, 'left-behind', marked(makeMark(world.namespace, world.namespace, 'returning')));
  world.operator();
  await world.provider({ resyncInterval });
  await expect
    .poll(() => orphansOf(world), { timeout: 60_000 })
    .toEqual({ count: 1, sample: [`left-behind (${world.namespace}/returning)`] });
  await world.client('returning');
  expect((await world.ready('returning')).status?.clientId).toBe('left-behind');
  expect(await world.works('returning')).toBe(true);
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toEqual({ count: 0, sample: [] });
  expect(ids(world)).toEqual(['left-behind']);
  expect(calls(world.simulator, 'create')).toBe(0);
});

test('a duplicate of a living object goes when the overlap has passed, and not before', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const strangers = leaveStrangers(world);
  world.operator();
  await world.provider({ resyncInterval });
  await world.client('short', { rotation: { overlap: '2m' } });
  await world.client('long', { rotation: { overlap: '24h' } });
  const idOf = async (name: string): Promise<string> => {
    const { metadata, status } = await world.ready(name);
    leave(world, `second-${name}`, marked(makeMark(world.namespace, world.namespace, name), metadata.uid));
    return status?.clientId ?? '';
  };
  const [short, long] = [await idOf('short'), await idOf('long')];
  const published = Date.parse(String((await world.get('short')).status?.['lastRotationTime']));
  await until('the duplicate is removed', () => calls(world.simulator, 'delete') === 1);
  // Six seconds are two minutes here; the time in status has no fraction.
  expect(Date.now() - published).toBeGreaterThanOrEqual(6_000);
  expect(ids(world)).toEqual([...strangers, short, long, 'second-long'].toSorted());
  await sweptTwice(world);
  expect(ids(world)).toEqual([...strangers, short, long, 'second-long'].toSorted());
  expect(await orphansOf(world)).toEqual({ count: 0, sample: [] });
  for (const name of ['short', 'long']) {
    expect(said(await world.get(name), 'Ready')).toBe('True Ready: the Secret holds a working credential');
    expect(await world.works(name)).toBe(true);
  }
  expect(mints(world.simulator)).toBe(2);
});

test('a second client that another cluster has made under our id stops its object, until a person has removed it', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ resyncInterval });
  await world.client('worker', { rotation: { overlap: '0s' } });
  const { clientId = '' } = (await world.ready('worker')).status ?? {};
  leave(world, 'theirs', marked(makeMark(world.namespace, world.namespace, 'worker')));
  const stopped = await world.condition('worker', 'Stalled', 'True', 'ManagedByAnother', 40_000);
  expect(said(stopped, 'Stalled')).toBe(
    `True ManagedByAnother: another MachineClient with the same namespace and name has made the client theirs: another cluster has the installation id ${world.namespace}. Give each its own (--installation-id; installationId in the chart), and delete the client theirs at the provider when nobody uses it`,
  );
  expect(said(stopped, 'Ready')).toBe('True Ready: the Secret holds a working credential');
  await sweptTwice(world);
  expect(ids(world)).toEqual([clientId, 'theirs'].toSorted());
  world.simulator.act({ action: 'deleteClient', clientId: 'theirs' });
  await world.condition('worker', 'Stalled', 'False');
  expect(mints(world.simulator)).toBe(1);
});
