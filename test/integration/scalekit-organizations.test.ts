import { expect, inject, test } from 'vitest';
import { annotateAny, isDeleted, quickFlags, quickSweeps } from '../helpers/any-world.ts';
import { calls, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { World } from '../helpers/world.ts';

type ScalekitWorld = World<ScalekitUpstream>;

const organizations = ['org_70000000000000001', 'org_70000000000000002'] as const;
const [first, second] = organizations;

const make = async (flags = quickFlags): Promise<ScalekitWorld> => {
  const upstream = await ScalekitUpstream.start({ organizations });
  const world = await World.over(inject('kubeconfig'), upstream);
  world.operator(flags);
  await world.provider(quickSweeps);
  return world;
};

const inOrganization = (organizationId: string) => ({ organizationId });
/** Lists of this organization that were asked for. */
const lists = ({ simulator }: ScalekitWorld, organization: string): number =>
  simulator.requests({ operation: 'list' }).filter(({ path }) => path.includes(`/${organization}/`)).length;
const orphansOf = async (world: ScalekitWorld): Promise<unknown> =>
  (await world.getProvider()).status?.['orphans'];

const formerOf = async (world: ScalekitWorld): Promise<unknown> =>
  (await world.getProvider()).status?.['formerOrganizations'];

test('two organizations under one provider object are each listed; one that nobody knows stops nobody else', async () => {
  await using world = await make();
  const { simulator } = world;
  const unknown = 'org_79999999999999999';
  await world.client('one', inOrganization(first));
  await world.client('two', inOrganization(second));
  await world.client('nowhere', inOrganization(unknown));
  for (const name of ['one', 'two']) await world.ready(name);
  const lost = await world.condition('nowhere', 'Ready', 'False', 'OrganizationNotFound');
  expect(said(lost, 'Ready')).toBe(
    `False OrganizationNotFound: IdentityProvider ${world.namespace}/scalekit shows no organization ${unknown}: it does not exist there, or may not be seen`,
  );
  expect(lost.metadata.finalizers).toBeUndefined();
  const placed = simulator.clients().map(({ organizationId, name }) => [name, organizationId]);
  expect(Object.fromEntries(placed)).toEqual({ one: first, two: second });
  expect(said(await world.providerCondition('Ready', 'True'), 'Ready')).toBe(
    'True AccountReachable: the account answers',
  );
  const before = organizations.map((organization) => lists(world, organization));
  await until('both are listed again', () =>
    organizations.every((organization, index) => lists(world, organization) > (before[index] ?? 0)),
  );
  for (const name of ['one', 'two']) {
    expect(said(await world.get(name), 'Ready')).toMatch(/^True/);
    expect(await world.works(name)).toBe(true);
  }
  expect(calls(simulator, 'create')).toBe(2);

  // Nothing was made there, so nothing stands in the way of its end.
  await world.delete('nowhere');
  await isDeleted(world, 'nowhere');
});

test('whoever goes as the last of an organization has written down before that it is to be listed', async () => {
  // No list comes in between that would have it written down, too.
  await using world = await make([]);
  for (const name of ['first-to-go', 'last']) await world.client(name, inOrganization(second));
  for (const name of ['first-to-go', 'last']) await world.ready(name);
  await world.delete('first-to-go');
  await isDeleted(world, 'first-to-go');
  expect(await formerOf(world)).toBeUndefined();
  await world.delete('last');
  await isDeleted(world, 'last');
  expect(await formerOf(world)).toEqual([second]);
});

test('an organization without MachineClients is listed for as long as something of ours is left in it', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('stays', inOrganization(first));
  await world.client('leaves', inOrganization(second));
  await world.ready('stays');
  const clientId = (await world.ready('leaves')).status?.clientId ?? '';
  await annotateAny(world, 'leaves', { 'abandon-upstream': 'true' });
  await world.delete('leaves');
  await isDeleted(world, 'leaves');
  const reported = { count: 1, sample: [`${clientId} (${world.namespace}/leaves)`] };
  const seen = lists(world, second);
  await until('it is listed again', () => lists(world, second) > seen);
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toEqual(reported);
  expect(simulator.clients().map((client) => client.clientId)).toContain(clientId);

  // Another process knows it from the status alone.
  expect(await formerOf(world)).toEqual([second]);
  await Promise.all(world.operators.map((operator) => operator.kill()));
  const before = lists(world, second);
  world.operator(quickFlags);
  await until('it is listed by the next process', () => lists(world, second) > before);

  simulator.act({ action: 'deleteClient', clientId });
  await expect.poll(() => orphansOf(world), { timeout: 60_000 }).toEqual({ count: 0, sample: [] });
  await expect.poll(() => formerOf(world), { timeout: 60_000 }).toBeUndefined();
  const [of, then] = [lists(world, first), lists(world, second)];
  await until('the other one is listed again', () => lists(world, first) >= of + 1);
  expect(lists(world, second)).toBe(then);
  expect(await world.works('stays')).toBe(true);
  expect(calls(simulator, 'delete', 'deleteSecret')).toBe(0);
});
