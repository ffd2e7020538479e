import { expect, inject, test } from 'vitest';
import { makeMark } from '../../src/providers/mark.ts';
import {
  annotateAny,
  dataOf,
  isDeleted,
  ownClient,
  quickFlags,
  quickSweeps,
  rotatedTo,
  worldOf,
} from '../helpers/any-world.ts';
import { calls, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { KeycloakSecretsUpstream } from '../helpers/upstreams/keycloak-secrets.ts';
import type { World } from '../helpers/world.ts';

type SecretsWorld = World<KeycloakSecretsUpstream>;
type Options = Parameters<typeof KeycloakSecretsUpstream.start>[0];

const make = async (options: Options = {}, flags = quickFlags): Promise<SecretsWorld> =>
  await worldOf(
    inject('kubeconfig'),
    await KeycloakSecretsUpstream.start(options),
    { ...quickSweeps },
    flags,
  );
/** What is read is proven and published before its deadline, also on a busy machine; what comes later is made anew. */
const unhurried = ['--time-scale=10'];
const unbound = { switches: { secretLifeMs: 0 } };

/** As the program does that the Secret is for. */
const tokenFor = async (data: Readonly<Record<string, string>>): Promise<number> => {
  const answer = await fetch(data['token-url'] ?? '', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: data['client-id'] ?? '',
      client_secret: data['client-secret'] ?? '',
    }),
  });
  await answer.text();
  return answer.status;
};
const secretsOf = (world: SecretsWorld, name: string) =>
  ownClient(world, name).credentials.map(({ value }) => value);
const published = (world: SecretsWorld, name: string, version: number) =>
  until(
    `version ${version} is published`,
    async () => (await world.get(name)).status?.secretVersion === version,
  );

test('under the policy: both secrets work through the overlap, then the new one alone', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '3s' } });
  expect(said(await world.ready('worker'), 'Ready')).toBe(works);
  const first = await dataOf(world, 'worker');
  const { short } = makeMark(world.namespace, world.namespace, 'worker');
  const issuer = `${simulator.url}/realms/${simulator.realm}`;
  expect(first).toEqual({
    'client-id': ownClient(world, 'worker').clientId,
    'client-secret': expect.stringMatching(new RegExp(`^${short}\\.`)) as unknown,
    'token-url': `${issuer}/protocol/openid-connect/token`,
    issuer,
  });
  expect(await tokenFor(first)).toBe(200);
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await published(world, 'worker', 2);
  const second = await dataOf(world, 'worker');
  expect([await tokenFor(first), await tokenFor(second)]).toEqual([200, 200]);
  await rotatedTo(world, 'worker', 2);
  expect([await tokenFor(first), await tokenFor(second)]).toEqual([401, 200]);
  expect(secretsOf(world, 'worker')).toEqual([second['client-secret']]);
  // Never one of Keycloak's own making.
  expect(calls(simulator, 'regenerate')).toBe(0);
  await world.delete('worker');
  await isDeleted(world, 'worker');
  expect(simulator.clients()).toEqual([]);
});

test('a staged secret whose answer was lost is read and published: nothing is made again', async () => {
  await using world = await make({}, unhurried);
  await world.client('worker', { rotation: { overlap: '1s' } });
  await world.ready('worker');
  world.simulator.setFaults([{ operations: ['update'], times: 1, fault: 'drop-after' }]);
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  const made = world.upstream.issuedSecrets().map(({ value }) => value);
  expect(made).toHaveLength(2);
  expect((await dataOf(world, 'worker'))['client-secret']).toBe(made[1]);
});

test('Regenerate in the console is followed, also while the Secret works', async () => {
  await using world = await make();
  await world.client('worker', { rotation: { overlap: '1s' } });
  await world.ready('worker');
  const { clientId } = ownClient(world, 'worker');
  world.simulator.act({ action: 'regenerateSecret', clientId });
  await annotateAny(world, 'worker', { 'reconcile-requested': 'now' });
  await published(world, 'worker', 2);
  const data = await dataOf(world, 'worker');
  expect(data['client-secret']).toBe(world.upstream.issuedSecrets().at(-1)?.value);
  expect(await tokenFor(data)).toBe(200);
});

test('without a policy a rotation is refused, and says what leads out; a policy that is bound is found by the next try', async () => {
  await using world = await make(unbound);
  await world.client('worker', { rotation: { overlap: '1s' } });
  await world.ready('worker');
  const first = await dataOf(world, 'worker');
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  const object = await world.condition('worker', 'RotationBlocked', 'True', 'OverlapNotPossible');
  for (const out of ['rotation policy', 'Replace', 'KeyPair'])
    expect(said(object, 'RotationBlocked')).toContain(out);
  expect(said(object, 'Ready')).toBe(works);
  expect(await tokenFor(first)).toBe(200);
  world.simulator.setSwitches({ secretLifeMs: 365 * 86_400_000 });
  await annotateAny(world, 'worker', { 'reconcile-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
});

test('without a policy the secret is replaced where the spec says so, and a lost answer is read', async () => {
  await using world = await make(unbound, unhurried);
  await world.client('worker', { rotation: { method: 'Replace' } });
  const object = await world.ready('worker');
  expect(said(object, 'Ready')).toContain('spec.rotation.method: Replace');
  const first = await dataOf(world, 'worker');
  await annotateAny(world, 'worker', { 'rotate-requested': 'first' });
  await rotatedTo(world, 'worker', 2);
  const second = await dataOf(world, 'worker');
  expect([await tokenFor(first), await tokenFor(second)]).toEqual([401, 200]);
  world.simulator.setFaults([{ operations: ['update'], times: 1, fault: 'drop-after' }]);
  await annotateAny(world, 'worker', { 'rotate-requested': 'second' });
  await rotatedTo(world, 'worker', 3);
  expect(await tokenFor(await dataOf(world, 'worker'))).toBe(200);
  expect(world.upstream.issuedSecrets()).toHaveLength(3);
});
