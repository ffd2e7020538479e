import { expect, inject, test } from 'vitest';
import { World } from '../helpers/world.ts';

test('a MachineClient becomes a Stytch client and a Secret that works', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('billing-worker', { displayName: 'Billing worker' });
  const object = await world.ready('billing-worker');
  expect(await world.works('billing-worker')).toBe(true);
  const { clientSecret } = await world.credential('billing-worker');
  expect(object.status).toMatchObject({
    secretSuffix: `****${clientSecret.slice(-4)}`,
    secretVersion: 1,
    binding: { name: 'billing-worker' },
  });
  expect(world.simulator.clients().map(({ name, scopes }) => ({ name, scopes }))).toEqual([
    { name: 'Billing worker', scopes: ['read:invoices'] },
  ]);
  await world.delete('billing-worker');
  await expect.poll(() => world.isGone('billing-worker'), { timeout: 20_000 }).toBe(true);
  expect(world.simulator.clients()).toEqual([]);
});
