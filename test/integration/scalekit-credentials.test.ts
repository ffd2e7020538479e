import { expect, inject, test } from 'vitest';
import {
  annotateAny,
  looked,
  ownClient,
  quickFlags,
  quickSweeps,
  rotatedTo,
  worldOf,
} from '../helpers/any-world.ts';
import { calls, deleteSecret, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import type { World } from '../helpers/world.ts';

type ScalekitWorld = World<ScalekitUpstream>;

const make = async (
  spec: Record<string, unknown> = {},
  flags: readonly string[] = [],
): Promise<ScalekitWorld> => await worldOf(inject('kubeconfig'), await ScalekitUpstream.start(), spec, flags);

/** What comes with a client, or within two settle times of it, counts as made by whoever made the client. */
const olderThanItsBeginnings = (world: ScalekitWorld, name: string): Promise<unknown> => {
  const { createdAt } = ownClient(world, name);
  return until(`${name} is old enough`, () => Date.now() > createdAt + 2_500);
};

/** Somebody adds a secret in the console. */
const addForeign = (world: ScalekitWorld, name: string) => {
  const { clientId } = ownClient(world, name);
  const { secretId = '', secret = '' } = world.simulator.act({ action: 'addSecret', clientId });
  return { clientId, secretId, secret };
};

const idsOf = (world: ScalekitWorld, name: string): readonly string[] =>
  ownClient(world, name).credentials.map(({ id }) => id);

const statesOf = async (world: ScalekitWorld, name: string): Promise<Record<string, string>> => {
  const { status } = await world.get(name);
  const listed = status?.['credentials'] as readonly { readonly id: string; readonly state: string }[];
  return Object.fromEntries(listed.map(({ id, state }) => [id, state]));
};

test('a rotation adds, proves, publishes and deletes by id, beside a secret of somebody else', async () => {
  await using world = await make();
  const { simulator, upstream } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  await olderThanItsBeginnings(world, 'worker');
  const foreign = addForeign(world, 'worker');
  const named = await looked(world, 'worker');
  const says = `False ForeignCredential: credentials that are not ours are alive on the client and are left alone: ${foreign.secretId}`;
  expect(said(named, 'RotationInProgress')).toBe(says);
  expect(said(named, 'Ready')).toBe(works);
  const former = await world.credential('worker');
  const [formerId = ''] = idsOf(world, 'worker');
  expect(await statesOf(world, 'worker')).toEqual({ [formerId]: 'Current', [foreign.secretId]: 'Foreign' });

  const seen = simulator.requests().at(-1)?.seq ?? 0;
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await until('the former secret is deleted', () => !idsOf(world, 'worker').includes(formerId));
  const fresh = await world.credential('worker');
  expect(fresh.clientSecret).not.toBe(former.clientSecret);
  const [kept, current = ''] = idsOf(world, 'worker');
  expect(kept).toBe(foreign.secretId);
  const relevant = ['addSecret', 'token', 'deleteSecret'];
  const done = simulator
    .requests({ after: seen })
    .filter(({ operation, clientId }) => relevant.includes(operation) && clientId === foreign.clientId);
  expect(done.map(({ operation }) => operation)).toEqual(relevant);
  expect(done.at(-1)?.path).toMatch(new RegExp(`/secrets/${formerId}$`));
  expect(await upstream.ask(foreign.clientId, former.clientSecret)).toBe('refused');
  expect(await upstream.ask(foreign.clientId, fresh.clientSecret)).toBe('accepted');
  expect(await upstream.ask(foreign.clientId, foreign.secret)).toBe('accepted');
  await until('the rotation is over', async () => {
    return said(await world.get('worker'), 'RotationInProgress') === says;
  });
  expect(await statesOf(world, 'worker')).toEqual({ [current]: 'Current', [foreign.secretId]: 'Foreign' });
});

test('where others take all room a rotation waits, names them, and goes on when one of them is gone', async () => {
  await using world = await make(quickSweeps, quickFlags);
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  await olderThanItsBeginnings(world, 'worker');
  const foreign = [1, 2, 3, 4].map(() => addForeign(world, 'worker'));
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  const held = await world.condition('worker', 'RotationBlocked', 'True', 'CredentialLimitReached');
  const ids = foreign.map(({ secretId }) => secretId);
  expect(said(held, 'RotationBlocked')).toBe(
    `True CredentialLimitReached: the client has 5 credentials, as many as the provider allows, and these are not ours: ${ids.join(', ')}; delete one of them at the provider`,
  );
  expect(said(held, 'Ready')).toBe(works);
  // A person's other wishes do not wait for it.
  await world.patch('worker', { spec: { displayName: 'Renamed' } });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  expect(simulator.clients()[0]?.name).toBe('Renamed');
  expect(calls(simulator, 'addSecret', 'deleteSecret')).toBe(0);

  const { clientId, secretId } = foreign[1] ?? { clientId: '', secretId: '' };
  simulator.act({ action: 'deleteSecret', clientId, secretId });
  await until('rotated', async () => (await world.get('worker')).status?.secretVersion === 2);
  await until('the former secret is deleted', () => calls(simulator, 'deleteSecret') === 1);
  const left = idsOf(world, 'worker');
  expect(left).toHaveLength(4);
  for (const id of ids.filter((one) => one !== secretId)) expect(left).toContain(id);
  expect(await world.works('worker')).toBe(true);
});

test('a Secret that is deleted during the overlap: a new secret, and nobody who holds an old one is cut off', async () => {
  await using world = await make();
  const { upstream } = world;
  await world.client('worker', { rotation: { overlap: '1h' } });
  await world.ready('worker');
  const first = await world.credential('worker');
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await world.condition('worker', 'RotationInProgress', 'True', 'Overlap');
  const second = await world.credential('worker');
  await deleteSecret(world, 'worker');
  const third = await until('another Secret', async () => {
    const now = await world.credential('worker').catch(() => undefined);
    return now !== undefined && now.clientSecret !== second.clientSecret && now;
  });
  await world.ready('worker');
  for (const { clientId, clientSecret } of [first, second, third])
    expect(await upstream.ask(clientId, clientSecret)).toBe('accepted');
  expect(idsOf(world, 'worker')).toHaveLength(3);

  await world.patch('worker', { spec: { rotation: { overlap: '0s' } } });
  await rotatedTo(world, 'worker', 3);
  expect(await upstream.ask(first.clientId, first.clientSecret)).toBe('refused');
  expect(await upstream.ask(second.clientId, second.clientSecret)).toBe('refused');
  expect(await world.works('worker')).toBe(true);
});
