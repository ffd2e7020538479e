import { afterAll, beforeAll, expect, test } from 'vitest';
import { group } from '../../src/api/group.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { webhook } from '../helpers/admission.ts';
import { installCrds } from '../helpers/install-crds.ts';
import { isGone } from '../helpers/is-gone.ts';
import { until } from '../helpers/until.ts';
import { PlastiqUpstream } from '../helpers/upstreams/plastiq.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import type { Joined } from '../helpers/upstreams/upstream.ts';
import { World } from '../helpers/world.ts';

/**
 * The API server decides at the beginning of a DELETE whether finalizers hold the object, and asks validating webhooks
 * before the end of it. A client that is made meanwhile is one whose object goes although it has our finalizer.
 */
let cluster: ControlPlane;
let admin: AdminClient;
beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  await installCrds(admin);
}, 120_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
});

interface Deletion extends AsyncDisposable {
  /** Lets it end, and resolves when it has. */
  end(): Promise<void>;
}

/** Makes an object, and begins to delete it; the API server asks, and waits. */
const deletionOf = async (
  world: World<Joined>,
  name: string,
  spec: Record<string, unknown> = {},
): Promise<Deletion> => {
  const goOn = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<'asked'>();
  const hook = await webhook(admin, {
    name: `slow.${world.namespace}.test`,
    namespace: world.namespace,
    apiGroup: group,
    resource: 'machineclients',
    operations: ['DELETE'],
    validating: true,
    asked: async () => {
      asked.resolve('asked');
      await goOn.promise;
    },
  });
  // A webhook is in force a moment after it was made.
  const deletion = await until('a deletion that is asked about', async () => {
    await world.client(name, spec);
    const under = world.delete(name);
    const first = await Promise.race([asked.promise, under]);
    return first === 'asked' && { ends: under };
  });
  return {
    end: async () => {
      goOn.resolve();
      await deletion.ends;
    },
    [Symbol.asyncDispose]: async () => {
      goOn.resolve();
      await hook[Symbol.asyncDispose]();
    },
  };
};

const orphanCount = async (world: World<Joined>): Promise<number | undefined> =>
  ((await world.getProvider()).status?.['orphans'] as { count: number } | undefined)?.count;

const secretIsGone = (world: World<Joined>, name: string): Promise<boolean> => isGone(world.getSecret(name));

const starts: readonly (readonly [string, () => Promise<Joined & { clients(): readonly unknown[] }>])[] = [
  ['Stytch', () => StytchUpstream.start()],
  ['Scalekit', () => ScalekitUpstream.start()],
];

test.each(starts)(
  '%s: what was made while the deletion of its object was under way goes with it, and then its provider',
  async (_name, start) => {
    const upstream = await start();
    await using world = await World.over(cluster.kubeconfigPath, upstream);
    await world.provider();
    await using deletion = await deletionOf(world, 'worker');
    world.operator();
    await world.ready('worker');
    await deletion.end();
    expect(await world.isGone('worker')).toBe(true);
    // It is in use until what was left is removed.
    await world.kube.delete(identityProviders, world.ref(world.providerName));
    await until('its Secret is gone', () => secretIsGone(world, 'worker'));
    await until('its provider is gone', () => isGone(world.getProvider()));
    expect(upstream.clients()).toEqual([]);
  },
);

test('Plastiq: an issued secret stands for nothing that is left, and its Secret goes', async () => {
  await using world = await World.over(cluster.kubeconfigPath, await PlastiqUpstream.start());
  await world.provider();
  await using deletion = await deletionOf(world, 'worker');
  world.operator();
  await world.ready('worker');
  await deletion.end();
  await until('its Secret is gone', () => secretIsGone(world, 'worker'));
});

test.each([
  [
    'the client stays where it is to be retained',
    { deletionPolicy: 'Retain' },
    1,
    ['client-id', 'client-secret', 'token-url'],
  ],
  [
    'the Secret stays, and is nobody’s, where it is to be retained',
    { secret: { deletionPolicy: 'Retain' } },
    0,
    ['client-id', 'client-secret', 'token-url'],
  ],
  [
    'from a Secret that was there before only ours goes',
    { secret: { name: 'shared', creationPolicy: 'Merge' } },
    0,
    ['theirs'],
  ],
] as const)('%s', async (_what, spec, clients, keys) => {
  await using world = await World.make(cluster.kubeconfigPath);
  await world.provider();
  await world.secret('shared', { theirs: 'kept' });
  await using deletion = await deletionOf(world, 'worker', spec);
  world.operator();
  await world.ready('worker');
  await deletion.end();
  const name = 'secret' in spec && 'name' in spec.secret ? spec.secret.name : 'worker';
  const isOurs = async (): Promise<boolean> => {
    const { metadata } = await world.getSecret(name);
    return metadata.annotations?.['machine-client.dev/owner'] !== undefined;
  };
  if (clients === 0) await until('nothing of ours is left', async () => !(await isOurs()));
  else {
    await world.patchProvider({ spec: { resyncInterval: '1m' } });
    await until('it is named', async () => (await orphanCount(world)) === 1);
    expect(await isOurs()).toBe(true);
  }
  expect(world.simulator.clients()).toHaveLength(clients);
  expect(Object.keys((await world.getSecret(name)).data ?? {}).toSorted()).toEqual(keys);
});

test('an operator that did not see it names what is left', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  await world.provider();
  await using deletion = await deletionOf(world, 'worker');
  const operator = world.operator();
  await world.ready('worker');
  await operator.kill();
  await deletion.end();
  world.operator();
  await until('it is named', async () => (await orphanCount(world)) === 1);
  expect(world.simulator.clients()).toHaveLength(1);
  expect(await secretIsGone(world, 'worker')).toBe(false);
});
