import { expect, inject, test } from 'vitest';
import { isDeleted, ownClient, quickFlags, quickSweeps } from '../helpers/any-world.ts';
import { neighbourOf } from '../helpers/neighbours.ts';
import { calls, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { World } from '../helpers/world.ts';

type AnyWorld = World<ScalekitUpstream | AuthressUpstream>;

const spec = { ...quickSweeps, orphanPolicy: 'Delete' };
const cases = [
  { what: 'Scalekit', start: () => ScalekitUpstream.start() },
  {
    what: 'Authress, where the list shows names alone',
    start: () => AuthressUpstream.start({ switches: { listItems: 'summary' } }),
  },
] as const;

const orphansOf = async (world: AnyWorld): Promise<unknown> =>
  (await world.getProvider()).status?.['orphans'];

test.each(cases)('two installations on one account do not see each other: $what', async ({ start }) => {
  await using left: AnyWorld = await World.over(inject('kubeconfig'), await start());
  await using right: AnyWorld = await neighbourOf(left);
  const { simulator } = left.upstream;
  const sweptTwice = async (): Promise<void> => {
    const before = calls(simulator, 'list');
    await until('two more sweeps', () => calls(simulator, 'list') >= before + 2);
  };
  for (const world of [left, right]) {
    world.operator(quickFlags);
    await world.provider(spec);
    for (const name of ['worker', 'leaving']) await world.client(name);
  }
  for (const world of [left, right]) for (const name of ['worker', 'leaving']) await world.ready(name);
  const ids = (world: AnyWorld) => ['worker', 'leaving'].map((name) => ownClient(world, name).clientId);
  const [ofLeft, ofRight] = [ids(left), ids(right)];
  expect(new Set([...ofLeft, ...ofRight]).size).toBe(4);

  // One of them leaves a client behind: that is its own orphan, and nobody else's.
  await Promise.all(left.operators.map((operator) => operator.kill()));
  await left.delete('leaving');
  await left.patch('leaving', { metadata: { finalizers: null } });
  await isDeleted(left, 'leaving');
  await sweptTwice();
  expect(await orphansOf(right)).toEqual({ count: 0, sample: [] });
  expect(ids(right)).toEqual(ofRight);
  expect(left.upstream.clients()).toHaveLength(4);

  left.operator(quickFlags);
  await until('its own operator removes it', () => left.upstream.clients().length === 3);
  await sweptTwice();
  expect(ownClient(left, 'worker').clientId).toBe(ofLeft[0]);
  expect(ids(right)).toEqual(ofRight);
  for (const world of [left, right]) {
    expect(said(await world.get('worker'), 'Ready')).toBe(works);
    expect(await world.works('worker')).toBe(true);
    expect(await orphansOf(world)).toEqual({ count: 0, sample: [] });
  }
  expect(calls(simulator, 'create')).toBe(4);
  expect(calls(simulator, 'delete')).toBe(1);
});
