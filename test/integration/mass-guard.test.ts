import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { annotations, installationSecretName } from '../../src/api/group.ts';
import type { ProviderStatus } from '../../src/api/schema/identity-provider.ts';
import { secrets } from '../../src/kube/resource.ts';
import { calls, deleteSecret, many, mints, restart, said, secretsOf, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

const names = many(12);
const free = 'False NotHeld: nothing is held back';
/** Three seconds: sweeps come by themselves. */
const resyncInterval = '1m';
/** A loss is watched for 5 s, here one second. */
const slow = ['--time-scale=5'];

const fleet = async (
  world: World,
  spec: Record<string, unknown> = {},
  flags: readonly string[] = [],
): Promise<readonly string[]> => {
  world.operator(flags);
  await world.provider({ resyncInterval, ...spec });
  for (const name of names) await world.client(name);
  for (const name of names) await world.ready(name);
  return await secretsOf(world, names);
};

const heldMessage = (change: NonNullable<ProviderStatus['massChange']>): string =>
  `clients or credentials that are known here are gone or changed (${change.affected} of ${change.known}); ` +
  `nothing is recreated or rotated before the provider object carries the annotation machine-client.dev/confirm-mass-change: "${change.token}"`;

/**
 * Waits until the account is held, checks all that is said of it, and returns the token. `least`: of losses that are
 * seen one by one, the hold begins with the first that is too many (more than 10), and keeps its numbers.
 */
const held = async (world: World, least = names.length): Promise<string> => {
  const provider = await world.providerCondition('MassChangeHeld', 'True', 'Held');
  const change = (provider.status as ProviderStatus).massChange;
  if (!change) throw new Error('MassChangeHeld without numbers');
  expect(change.known).toBe(names.length);
  expect(change.affected).toBeGreaterThanOrEqual(least);
  expect(change.affected).toBeLessThanOrEqual(names.length);
  expect(change.token).toMatch(/^[0-9a-f]{12}$/);
  const message = heldMessage(change);
  expect(said(provider, 'MassChangeHeld')).toBe(`True Held: ${message}`);
  expect(said(provider, 'Ready')).toBe('True AccountReachable: the account answers');
  for (const name of names) {
    const object = await world.condition(name, 'Ready', 'False', 'MassChange');
    expect(said(object, 'Ready')).toBe(`False MassChange: ${message}`);
    expect(said(object, 'Stalled')).toBe('False Idle: nothing stands in the way');
  }
  return change.token;
};

const confirm = (world: World, token: string): Promise<unknown> =>
  world.patchProvider({ metadata: { annotations: { [annotations.confirmMassChange]: token } } });

/** Another complete sweep has begun and ended. */
const sweptAgain = async (world: World): Promise<void> => {
  const before = calls(world.simulator, 'search');
  await until('two more sweeps', () => calls(world.simulator, 'search') >= before + 2);
};

test('an empty list: nothing is made again before a person confirms, across a restart too', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const before = await fleet(world);
  world.simulator.act({ action: 'wipeClients' });
  const token = await held(world);
  expect(await secretsOf(world, names)).toEqual(before);
  expect(mints(world.simulator)).toBe(names.length);

  await restart(world);
  await sweptAgain(world);
  expect(await held(world)).toBe(token);
  await confirm(world, 'another-token');
  await world.patch('many-01', { metadata: { annotations: { [annotations.reconcileRequested]: 'now' } } });
  await sweptAgain(world);
  expect(await secretsOf(world, names)).toEqual(before);
  expect(mints(world.simulator)).toBe(names.length);

  await confirm(world, token);
  for (const name of names) expect(said(await world.ready(name), 'Ready')).toBe(works);
  const provider = await world.providerCondition('MassChangeHeld', 'False');
  expect(said(provider, 'MassChangeHeld')).toBe(free);
  expect(provider.status).not.toHaveProperty('massChange');
  expect(world.simulator.clients()).toHaveLength(names.length);
  for (const name of names) expect(await world.works(name)).toBe(true);

  // The answer was for that change, and not for the next one.
  const healed = await secretsOf(world, names);
  world.simulator.act({ action: 'wipeClients' });
  expect(await held(world)).not.toBe(token);
  expect(await secretsOf(world, names)).toEqual(healed);
});

test('another project behind the same provider object: over when the right one is back', async () => {
  const gateway = { name: 'X-Gateway-Key', value: 'let-me-in' };
  await using world = await World.make(inject('kubeconfig'), { gatewayHeader: gateway });
  const { projectId } = world.simulator.credentials;
  const before = await fleet(world, {
    stytch: { projectId, baseUrl: world.simulator.url, auth: { type: 'Gateway' } },
    connection: { headers: [gateway] },
  });
  world.simulator.act({ action: 'changeProject' });
  await held(world);
  expect(world.simulator.clients()).toEqual([]);
  expect(await secretsOf(world, names)).toEqual(before);

  world.simulator.act({ action: 'changeProject', projectId });
  for (const name of names) expect(said(await world.ready(name), 'Ready')).toBe(works);
  const provider = await world.providerCondition('MassChangeHeld', 'False');
  expect(provider.status).not.toHaveProperty('massChange');
  expect(await secretsOf(world, names)).toEqual(before);
  expect(mints(world.simulator)).toBe(names.length);
});

test('a lost integrity key: healthy Secrets are signed again without a person, the others wait', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await fleet(world);
  const integrity = async (name: string): Promise<string> => {
    const { metadata } = await world.getSecret(name);
    return metadata.annotations?.[annotations.integrity] ?? '';
  };
  const data = (): Promise<readonly unknown[]> =>
    Promise.all(names.map(async (name) => (await world.getSecret(name)).data));
  const loseKey = async (): Promise<void> => {
    await Promise.all(world.operators.map((operator) => operator.kill()));
    await world.kube.delete(secrets, { namespace: world.operatorNamespace, name: installationSecretName });
  };
  const dataBefore = await data();
  const first = await integrity('many-01');
  await loseKey();
  world.operator();
  for (const name of names)
    await until(`${name} is signed again`, async () => {
      const now = (await integrity(name)).split(':')[0];
      return now !== '' && now !== first.split(':')[0];
    });
  for (const name of names) {
    const object = await world.ready(name);
    expect(object.status).toMatchObject({ secretVersion: 1 });
    expect(await world.works(name)).toBe(true);
  }
  expect(await data()).toEqual(dataBefore);
  expect(said(await world.getProvider(), 'MassChangeHeld')).toBe(free);

  // The key and the clients: nobody can vouch for anything, so nothing is touched.
  const before = await secretsOf(world, names);
  await loseKey();
  world.simulator.act({ action: 'wipeClients' });
  world.operator();
  await held(world);
  await sweptAgain(world);
  expect(await secretsOf(world, names)).toEqual(before);
  expect(mints(world.simulator)).toBe(names.length);
});

test('a single lost client is made again without asking, and no other one is touched', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const before = await fleet(world);
  const lost = (await world.get('many-05')).status?.clientId ?? '';
  world.simulator.act({ action: 'deleteClient', clientId: lost });
  await until('another client', async () => {
    const { status } = await world.get('many-05');
    return status?.clientId !== undefined && status.clientId !== lost;
  });
  expect(said(await world.ready('many-05'), 'Ready')).toBe(works);
  expect(await world.works('many-05')).toBe(true);
  const others = names.filter((name) => name !== 'many-05');
  const after = await secretsOf(world, others);
  expect(after).toEqual(before.filter((_, index) => names[index] !== 'many-05'));
  expect(said(await world.getProvider(), 'MassChangeHeld')).toBe(free);
  expect(mints(world.simulator)).toBe(names.length + 1);
});

test('all clients lost, and every object asked to look before the sweep does: held as well', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const before = await fleet(world, { resyncInterval: '1h' }, slow);
  world.simulator.act({ action: 'wipeClients' });
  await Promise.all(
    names.map((name) =>
      world.patch(name, { metadata: { annotations: { [annotations.reconcileRequested]: 'now' } } }),
    ),
  );
  await held(world, 11);
  await sleep(500);
  expect(await secretsOf(world, names)).toEqual(before);
  expect(mints(world.simulator)).toBe(names.length);
});

test('all Secrets deleted at once: no new credential is made for any of them before a person confirms', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await fleet(world, {}, slow);
  await Promise.all(names.map((name) => deleteSecret(world, name)));
  const token = await held(world, 11);
  await sleep(500);
  expect(mints(world.simulator)).toBe(names.length);
  await confirm(world, token);
  for (const name of names) expect(said(await world.ready(name), 'Ready')).toBe(works);
  for (const name of names) expect(await world.works(name)).toBe(true);
});

test('twelve first creations that a crash interrupted are no mass change', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.providerCondition('Ready', 'True');
  world.simulator.setFaults([{ operations: ['create'], fault: 'hold-after' }]);
  for (const name of names) await world.client(name);
  // Each is carried out and not answered; on a busy machine the first ones are given up before the last ones arrive.
  await until('all are carried out', () => world.simulator.clients().length === names.length);
  await Promise.all(world.operators.map((operator) => operator.kill()));
  world.simulator.setFaults([]);
  world.operator();
  for (const name of names) expect(said(await world.ready(name), 'Ready')).toBe(works);
  for (const name of names) expect(await world.works(name)).toBe(true);
  expect(world.simulator.clients()).toHaveLength(names.length);
  expect(said(await world.getProvider(), 'MassChangeHeld')).toBe(free);
});

test('massDeletionPolicy Hold: many deletions at once wait for a person, few do not, and a restart forgets nothing', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const before = await fleet(world, { massDeletionPolicy: 'Hold' }, slow);
  await world.client('single');
  await world.ready('single');
  const asked = performance.now();
  await world.delete('single');
  await until('one goes by itself', () => world.isGone('single'));
  // Five seconds, here one: whatever is marked with it would be counted.
  expect(performance.now() - asked).toBeGreaterThan(900);
  expect(calls(world.simulator, 'delete')).toBe(1);

  // At once: one after the other, on a busy machine, the first would have been watched long enough before the eleventh comes.
  await Promise.all(names.map((name) => world.delete(name)));
  const provider = await world.providerCondition('MassChangeHeld', 'True', 'Held');
  const { token = '' } = (provider.status as ProviderStatus).massChange ?? {};
  const message = (affected: number, known: number): string =>
    `clients are marked for deletion (${affected} of ${known}), and massDeletionPolicy is Hold: none of them is removed before the provider object carries the annotation machine-client.dev/confirm-mass-change: "${token}"`;
  const { affected = 0, known = 0 } = (provider.status as ProviderStatus).massChange ?? {};
  expect(affected).toBeGreaterThan(10);
  expect(said(provider, 'MassChangeHeld')).toBe(`True Held: ${message(affected, known)}`);
  for (const name of names) {
    const object = await world.condition(name, 'Ready', 'False', 'MassDeletion');
    expect(said(object, 'Ready')).toBe(`False MassDeletion: ${message(affected, known)}`);
  }
  const lists = calls(world.simulator, 'search');
  await restart(world, slow);
  await until('the account is listed', () => calls(world.simulator, 'search') > lists);
  // Longer than what is marked is watched.
  await sleep(3_000);
  expect(calls(world.simulator, 'delete')).toBe(1);
  expect(await secretsOf(world, names)).toEqual(before);
  expect((await world.getProvider()).status).toMatchObject({ massChange: { token } });

  // One is let go of by name, and a wrong word lets go of none.
  await world.patch('many-01', { metadata: { annotations: { [annotations.abandonUpstream]: 'true' } } });
  await until('it has gone', () => world.isGone('many-01'));
  await confirm(world, 'not-the-token');
  await sleep(1_000);
  expect(calls(world.simulator, 'delete')).toBe(1);
  await confirm(world, token);
  for (const name of names) await until(`${name} is gone`, () => world.isGone(name));
  expect(world.simulator.clients()).toHaveLength(1);
  await world.providerCondition('MassChangeHeld', 'False', 'NotHeld');
  await until(
    'nothing is said of it any more',
    async () => ((await world.getProvider()).status as ProviderStatus).massChange === undefined,
  );
});
