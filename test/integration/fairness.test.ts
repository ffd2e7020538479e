import { expect, inject, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { makeMark } from '../../src/providers/mark.ts';
import { markValue, metadataKey } from '../../src/providers/stytch/wire.ts';
import { calls, many } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

/** One operator with its sixteen workers, for two namespaces that share nothing else. */
const sides = async (flags: readonly string[] = []) => {
  const slow = await World.make(inject('kubeconfig'));
  const quick = await World.make(inject('kubeconfig'));
  quick.operator([`--watch-namespaces=${slow.namespace},${quick.namespace}`, ...flags]);
  await quick.provider();
  await quick.providerCondition('Ready', 'True');
  return {
    slow,
    quick,
    installation: quick.namespace,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(quick.operators.map((each) => each.kill()));
      await slow[Symbol.asyncDispose]();
      await quick[Symbol.asyncDispose]();
    },
  };
};

/** Clients with a mark of this installation, whose MachineClients do not exist. */
const leave = (world: World, installation: string, count: number): void => {
  for (const name of many(count))
    world.simulator.act({
      action: 'createClient',
      fields: {
        client_id: name,
        scopes: ['read:invoices'],
        trusted_metadata: {
          [metadataKey]: markValue(makeMark(installation, world.namespace, name), 'uid-of-before', []),
        },
      },
    });
};

const orphansAreFound = (world: World, count: number): Promise<unknown> =>
  until(`${count} orphans are found`, async () => {
    const orphans = (await world.getProvider()).status?.['orphans'] as { count: number } | undefined;
    return orphans?.count === count;
  });

/** In the usual time: a client, its proof and its Secret are a matter of a second. */
const isServed = async (world: World, name: string): Promise<void> => {
  await world.client(name);
  await world.ready(name, 10_000);
};

test('forty orphans of an account with one request a minute keep nobody else waiting', async () => {
  await using both = await sides();
  const { slow, quick, installation } = both;
  leave(slow, installation, 40);
  await slow.provider({
    orphanPolicy: 'Delete',
    limits: { requestsPerMinute: 1, burst: 1, concurrency: 4 },
  });
  await orphansAreFound(slow, 40);
  await isServed(quick, 'victim');
});

test('an account that asks for an hour of peace while its orphans are removed gets it, and nobody else does', async () => {
  await using both = await sides();
  const { slow, quick, installation } = both;
  leave(slow, installation, 40);
  slow.simulator.setFaults([
    { operations: ['delete'], fault: 'status', status: 429, headers: { 'retry-after': '3600' } },
  ]);
  await slow.provider({
    orphanPolicy: 'Delete',
    limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 1 },
  });
  await orphansAreFound(slow, 40);
  await until('it was told so', () => calls(slow.simulator, 'delete') >= 1);
  await isServed(quick, 'victim');
  expect(calls(slow.simulator, 'delete')).toBe(1);
});

test('orphans whose deletion is never answered hold no worker', async () => {
  await using both = await sides(['--time-scale=1']);
  const { slow, quick, installation } = both;
  leave(slow, installation, 40);
  slow.simulator.setFaults([{ operations: ['delete'], fault: 'hold-before' }]);
  await slow.provider({
    orphanPolicy: 'Delete',
    connection: { timeout: '60s' },
    limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 64 },
  });
  await until('they hang', () => slow.simulator.held().length >= 8);
  await isServed(quick, 'victim');
});

test('twenty clients of one namespace whose creation is never answered hold no worker', async () => {
  await using both = await sides(['--time-scale=1']);
  const { slow, quick } = both;
  slow.simulator.setFaults([{ operations: ['create'], fault: 'hold-before' }]);
  await slow.provider({
    connection: { timeout: '60s' },
    limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 64 },
  });
  await slow.providerCondition('Ready', 'True');
  for (const name of many(20)) await slow.client(name);
  await until('they hang', () => slow.simulator.held().length >= 8);
  await isServed(quick, 'victim');
  // It is not even kept from what it has to do: all of its own are tried.
  await until('all of them hang', () => slow.simulator.held().length === 20);
  await isServed(quick, 'another');
});

test('the same with three accounts in one namespace', async () => {
  await using both = await sides(['--time-scale=1']);
  const { slow, quick } = both;
  const more = [await World.make(inject('kubeconfig')), await World.make(inject('kubeconfig'))];
  try {
    const accounts = [slow, ...more];
    for (const [index, { simulator, upstream }] of accounts.entries()) {
      simulator.setFaults([{ operations: ['create'], fault: 'hold-before' }]);
      await slow.secret(`login-${index}`, { secret: upstream.managementSecret() });
      const spec = upstream.spec();
      const auth = { type: 'Secret', secretKeyRef: { name: `login-${index}`, key: 'secret' } };
      const name = `account-${index}`;
      await slow.kube.create(identityProviders, slow.namespace, {
        apiVersion,
        kind: 'IdentityProvider',
        metadata: { name, namespace: slow.namespace },
        spec: {
          ...spec,
          stytch: { ...(spec['stytch'] as object), auth },
          connection: { timeout: '60s' },
          limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 64 },
        },
      });
      for (const client of many(12)) await slow.client(`${client}-${index}`, { providerRef: { name } });
    }
    await until('they hang', () => accounts.every(({ simulator }) => simulator.held().length >= 4));
    await isServed(quick, 'victim');
  } finally {
    for (const world of more) await world[Symbol.asyncDispose]();
  }
});
