import { expect } from 'vitest';
import { makeMark } from '../../src/providers/mark.ts';
import { isDeleted, ownClient } from './any-world.ts';
import { neighbourOf } from './neighbours.ts';
import { said, works } from './said.ts';
import { until } from './until.ts';
import type { Upstream } from './upstreams/upstream.ts';
import { World } from './world.ts';

/** Sweeps are three seconds apart, and a request has three: a real server may be slow on a machine that does much else. */
const spec = { resyncInterval: '1m', connection: { timeout: '60s' }, orphanPolicy: 'Delete' };
const READY_MS = 60_000;
const names = ['worker', 'leaving'];
/** In another cluster, which has the very same namespaces. */
const elsewhere = 'elsewhere';
const none = { count: 0, sample: [] };

/**
 * Two operators of two installations on one account, beside clients of a third one for objects of the same names in the same
 * namespaces: none touches, counts or removes what another one has made, at sweeps and at deletions.
 */
export const seeNothingOfEachOther = async (kubeconfig: string, upstream: Upstream): Promise<void> => {
  await using left = await World.over(kubeconfig, upstream);
  await using right = await neighbourOf(left);
  const both = [left, right];
  const all = () => upstream.clients();
  /** Lists of all clients that were begun until now: a look at one client is none. */
  const sweeps = (): number =>
    upstream.simulator.requests({ operation: 'list' }).filter(({ clientId }) => clientId === null).length;
  const orphansOf = async (world: World<Upstream>): Promise<unknown> =>
    (await world.getProvider()).status?.['orphans'];
  /** What is begun from now on: each of the two once at least, the second one of some that came before. */
  const swept = async (): Promise<void> => {
    const before = sweeps();
    await until('more sweeps', () => sweeps() >= before + 2 * both.length, { timeoutMs: 60_000 });
  };
  // One for an object that is there, and one for an object that nobody here has.
  for (const world of both)
    for (const name of ['worker', 'nobody'])
      await upstream.createMarked(makeMark(elsewhere, world.namespace, name));
  const theirs = JSON.stringify(all());
  const fromElsewhere = () => JSON.stringify(all().filter(({ owner }) => owner?.startsWith(`${elsewhere}/`)));
  expect(fromElsewhere()).toBe(theirs);

  for (const world of both) {
    world.operator();
    await world.provider(spec);
    for (const name of names) await world.client(name);
  }
  for (const world of both) for (const name of names) await world.ready(name, READY_MS);
  const idsIn = (world: World<Upstream>) => names.map((name) => ownClient(world, name).clientId);
  const [ofLeft, ofRight] = [idsIn(left), idsIn(right)];
  const ids = () => all().map(({ clientId }) => clientId);
  const elseIds = ids().filter((id) => ![...ofLeft, ...ofRight].includes(id));
  expect(new Set(ids()).size).toBe(8);

  // One of them leaves a client behind: that is its own orphan, and nobody else's.
  await Promise.all(left.operators.map((operator) => operator.kill()));
  await left.delete('leaving');
  await left.patch('leaving', { metadata: { finalizers: null } });
  await isDeleted(left, 'leaving');
  const before = sweeps();
  await until('two sweeps of the other', () => sweeps() >= before + 2, { timeoutMs: 60_000 });
  expect(await orphansOf(right)).toEqual(none);
  expect(new Set(ids())).toEqual(new Set([...elseIds, ...ofLeft, ...ofRight]));

  left.operator();
  await until('its own operator removes it', () => !ids().includes(ofLeft[1] ?? ''), { timeoutMs: 60_000 });
  await swept();
  expect(new Set(ids())).toEqual(new Set([...elseIds, ofLeft[0], ...ofRight]));

  await right.delete('leaving');
  await isDeleted(right, 'leaving');
  await swept();
  expect(new Set(ids())).toEqual(new Set([...elseIds, ofLeft[0], ofRight[0]]));
  expect(fromElsewhere()).toBe(theirs);
  for (const world of both) {
    expect(said(await world.get('worker'), 'Ready')).toBe(works);
    expect(await world.works('worker')).toBe(true);
    expect(await orphansOf(world)).toEqual(none);
  }
};
