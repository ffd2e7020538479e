import { expect, inject, test } from 'vitest';
import { annotateAny, isDeleted, looked, ownClient, worldOf } from '../helpers/any-world.ts';
import { said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import type { Upstream } from '../helpers/upstreams/upstream.ts';
import type { World } from '../helpers/world.ts';

/** A minute that reads may lag is 12 s. */
const flags = ['--time-scale=5'];
/** Of the simulators. */
const lag = { readLagMs: 6_000 };
const starts: readonly (readonly [string, (switches: typeof lag) => Promise<Upstream>])[] = [
  ['Stytch', (switches) => StytchUpstream.start({ switches })],
  ['Scalekit', (switches) => ScalekitUpstream.start({ switches })],
  ['Authress', (switches) => AuthressUpstream.start({ switches })],
];

const reads = ({ upstream }: World<Upstream>): number =>
  upstream.simulator.requests().filter(({ operation, status }) => operation === 'get' && status === 404)
    .length;

test.each(starts)(
  '%s: a client that no read shows yet is asked for again, and not made twice',
  async (_name, start) => {
    await using world = await worldOf(inject('kubeconfig'), await start(lag), {}, flags);
    await world.client('young');
    await world.ready('young');
    const { clientId, createdAt } = ownClient(world, 'young');
    const before = await world.getSecret('young');
    const object = await looked(world, 'young');
    expect(Date.now()).toBeLessThan(createdAt + lag.readLagMs);
    expect(reads(world)).toBeGreaterThan(0);
    expect(said(object, 'Ready')).toBe(works);
    expect(said(object, 'ClientSynced')).toContain('True Synced');
    await until('it is shown, and was looked at', async () => {
      const asked = world.upstream.simulator.requests().at(-1);
      return Date.now() > createdAt + lag.readLagMs && asked?.operation === 'get' && asked.status === 200;
    });
    expect(ownClient(world, 'young').clientId).toBe(clientId);
    expect(await world.getSecret('young')).toEqual(before);
    expect(said(await world.ready('young'), 'Ready')).toBe(works);
  },
);

test.each(starts)('%s: a client that no read shows yet is removed with its object', async (_name, start) => {
  await using world = await worldOf(inject('kubeconfig'), await start(lag), {}, flags);
  await world.client('young');
  await world.ready('young');
  await looked(world, 'young');
  expect(world.upstream.clients()).toHaveLength(1);
  await world.delete('young');
  await isDeleted(world, 'young');
  expect(world.upstream.clients()).toEqual([]);
});

test('a client that is gone in the console is made anew when it would be shown', async () => {
  await using world = await worldOf(inject('kubeconfig'), await StytchUpstream.start(), {}, flags);
  await world.client('lost');
  await world.ready('lost');
  const { clientId, createdAt } = ownClient(world, 'lost');
  world.upstream.deleteClient(clientId);
  await annotateAny(world, 'lost', { 'reconcile-requested': 'now' });
  const second = await until('it is made anew', () => world.upstream.clients()[0]);
  expect(second.clientId).not.toBe(clientId);
  // By the fence, which is a little older than the client.
  expect(second.createdAt).toBeGreaterThan(createdAt + 10_000);
});
