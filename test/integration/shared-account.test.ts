import { expect, inject, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { quickFlags, quickSweeps } from '../helpers/any-world.ts';
import { calls, patchSecret, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { type MachineClientWire, World } from '../helpers/world.ts';

const limits = { requestsPerMinute: 60_000, burst: 1_000, concurrency: 1 };
const viaSecond = { providerRef: { name: 'second' } };

/** Two provider objects of one account, each with a credential of its own, which is the same one. */
const make = async (flags: readonly string[] = [], spec: Record<string, unknown> = {}): Promise<World> => {
  const world = await World.make(inject('kubeconfig'));
  world.operator(flags);
  await world.provider({ limits, ...spec });
  const { projectId, secret } = world.simulator.credentials;
  await world.secret('second-management', { secret });
  const auth = { type: 'Secret', secretKeyRef: { name: 'second-management', key: 'secret' } };
  await world.kube.create(identityProviders, world.namespace, {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name: 'second', namespace: world.namespace },
    spec: { type: 'Stytch', stytch: { projectId, baseUrl: world.simulator.url, auth }, limits },
  });
  await world.client('one');
  await world.client('two', viaSecond);
  for (const name of ['one', 'two']) await world.ready(name);
  return world;
};

const readyOf = async (world: World, name: string): Promise<string> =>
  said(await world.kube.get<MachineClientWire>(identityProviders, world.ref(name)), 'Ready');
const providersSay = (world: World, text: string): Promise<unknown> =>
  until(
    `both say ${text}`,
    async () => (await readyOf(world, 'stytch')) === text && (await readyOf(world, 'second')) === text,
    { explain: async () => JSON.stringify([await readyOf(world, 'stytch'), await readyOf(world, 'second')]) },
  );
const fine = 'True AccountReachable: the account answers';

test('one list for both, as often as the more eager of the two wants it', async () => {
  // The second one wants it once an hour.
  await using world = await make(quickFlags, quickSweeps);
  await providersSay(world, fine);
  const seen = world.simulator.requests().at(-1)?.seq ?? 0;
  const lists = () => world.simulator.requests({ after: seen });
  await until('three lists', () => lists().length >= 3);
  const done = lists();
  expect(new Set(done.map(({ operation }) => operation))).toEqual(new Set(['search']));
  // A minute is one and a half seconds here, and at least 85 % of it with jitter.
  for (const [index, { at }] of done.entries()) {
    const next = done[index + 1];
    if (next) expect(next.at - at).toBeGreaterThan(1_200);
  }
  for (const name of ['stytch', 'second']) {
    const { status } = await world.kube.get<{ status?: { limits?: object } }>(
      identityProviders,
      world.ref(name),
    );
    expect(status?.limits).toEqual(limits);
  }
  // It shows both what is there: nobody had to look at a client.
  expect(world.simulator.clients()).toHaveLength(2);
  expect(calls(world.simulator, 'get')).toBe(0);
});

test('429 with Retry-After to one of them is heard by both', async () => {
  await using world = await make();
  await providersSay(world, fine);
  const seen = world.simulator.requests().at(-1)?.seq ?? 0;
  world.simulator.setFaults([
    { operations: ['create'], times: 1, fault: 'status', status: 429, headers: { 'retry-after': '1' } },
  ]);
  await world.client('refused');
  const refused = await until('the refusal', () =>
    world.simulator.requests({ after: seen }).find(({ status }) => status === 429),
  );
  await world.client('late', viaSecond);
  for (const name of ['refused', 'late']) await world.ready(name);
  const management = world.simulator
    .requests({ after: refused.seq })
    .filter(({ operation }) => operation !== 'token');
  const paths = new Set(management.map(({ operation }) => operation));
  expect(paths).toContain('create');
  for (const { at } of management) expect(at - refused.at).toBeGreaterThanOrEqual(990);
  expect(calls(world.simulator, 'create')).toBe(5);
  expect(world.simulator.clients()).toHaveLength(4);
});

test('401 to one of them stops both; each goes on with a credential that is right', async () => {
  await using world = await make();
  await providersSay(world, fine);
  world.simulator.act({ action: 'rotateManagementSecret' });
  const { secret } = world.simulator.credentials;
  await world.patch('one', { spec: { displayName: 'One' } });
  const refused =
    'False CredentialsInvalid: Stytch search: HTTP 401 unauthorized_credentials; check the management credential of the provider object';
  await providersSay(world, refused);
  await world.patch('two', { spec: { displayName: 'Two' } });
  for (const name of ['one', 'two']) {
    const object = await world.condition(name, 'ClientSynced', 'Unknown', 'ProviderNotReady');
    expect(said(object, 'Ready')).toBe(works);
  }

  await patchSecret(world, 'stytch-management', { stringData: { secret } });
  await world.condition('one', 'ClientSynced', 'True', 'Synced');
  await until('the first is ready', async () => (await readyOf(world, 'stytch')) === fine);
  // They stand for one account no longer: what one has does not help the other.
  expect(await readyOf(world, 'second')).toBe(refused);
  await patchSecret(world, 'second-management', { stringData: { secret } });
  await world.condition('two', 'ClientSynced', 'True', 'Synced');
  await providersSay(world, fine);
  const names = world.simulator.clients().map(({ name }) => name);
  expect(names.toSorted()).toEqual(['One', 'Two']);
});

test('401 to both with one credential: the right one wakes the objects of both', async () => {
  await using world = await make();
  const secretKeyRef = { name: 'stytch-management' };
  await world.kube.mergePatch(identityProviders, world.ref('second'), {
    spec: { stytch: { auth: { secretKeyRef } } },
  });
  await providersSay(world, fine);
  world.simulator.act({ action: 'rotateManagementSecret' });
  for (const name of ['one', 'two']) await world.patch(name, { spec: { displayName: `${name} renamed` } });
  await until('neither is ready', async () => {
    const both = [await readyOf(world, 'stytch'), await readyOf(world, 'second')];
    return both.every((text) => text.startsWith('False CredentialsInvalid'));
  });
  const { secret } = world.simulator.credentials;
  await patchSecret(world, 'stytch-management', { stringData: { secret } });
  await providersSay(world, fine);
  for (const name of ['one', 'two']) await world.condition(name, 'ClientSynced', 'True', 'Synced');
  const names = world.simulator.clients().map(({ name }) => name);
  expect(names.toSorted()).toEqual(['one renamed', 'two renamed']);
  for (const name of ['one', 'two']) expect(await world.works(name)).toBe(true);
  expect(calls(world.simulator, 'create')).toBe(2);
});
