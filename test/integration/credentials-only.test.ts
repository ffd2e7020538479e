import { expect, inject, test } from 'vitest';
import { annotateAny, looked, quickFlags, quickSweeps, worldOf } from '../helpers/any-world.ts';
import { said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { SimulatedKeycloakUpstream } from '../helpers/upstreams/keycloak.ts';
import { portraitOf } from '../helpers/upstreams/portrait.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import type { Upstream } from '../helpers/upstreams/upstream.ts';
import { VaultAppRoleUpstream } from '../helpers/upstreams/vaultapprole.ts';
import type { World } from '../helpers/world.ts';

/** A client that somebody else has made: credentials are issued and revoked on it, and nothing else of it is touched. */

const borrowing = { managementPolicy: 'CredentialsOnly', scopes: undefined };
const allowed = { ...quickSweeps, clientPolicy: { adoption: 'Allow' } };

const clientOf = (world: World<Upstream>, id: string) => {
  const found = world.upstream.clients().find(({ clientId }) => clientId === id);
  if (!found) throw new Error(`there is no client ${id}`);
  return found;
};
const portrait = (world: World<Upstream>, id: string): unknown => portraitOf(clientOf(world, id));
const credentialsOf = (world: World<Upstream>, id: string): readonly string[] =>
  clientOf(world, id).credentials.map((credential) => credential.id);
const versionOf = async (world: World<Upstream>, name: string): Promise<unknown> =>
  (await world.get(name)).status?.['secretVersion'];

test.each([
  ['Scalekit', () => ScalekitUpstream.start()],
  ['Authress', () => AuthressUpstream.start()],
  ['VaultAppRole', () => VaultAppRoleUpstream.start()],
  ['Keycloak', () => SimulatedKeycloakUpstream.start()],
] as const)('%s: what is issued goes by its id, and what was there stays', async (_type, start) => {
  const upstream: Upstream = await start();
  await using world = await worldOf(inject('kubeconfig'), upstream, allowed, quickFlags);
  const { clientId } = await upstream.createForeign('theirs');
  const before = portrait(world, clientId);
  const [own = ''] = credentialsOf(world, clientId);
  await world.client('borrower', { ...borrowing, clientId, rotation: { overlap: '0s' } });
  const object = await world.ready('borrower');
  expect(said(object, 'ClientSynced')).toMatch(/^True Synced/);
  expect(credentialsOf(world, clientId)).toHaveLength(2);
  expect(object.status?.['credentials']).toContainEqual(
    expect.objectContaining({ id: own, state: 'Foreign' }),
  );

  await annotateAny(world, 'borrower', { 'rotate-requested': 'now' });
  await until('a second credential', async () => (await versionOf(world, 'borrower')) === 2);
  await until('the former one is revoked', () => credentialsOf(world, clientId).length === 2);
  expect(credentialsOf(world, clientId)).toContain(own);
  expect(portrait(world, clientId)).toEqual(before);

  await world.delete('borrower');
  await until('the object is gone', () => world.isGone('borrower'));
  expect(credentialsOf(world, clientId)).toEqual([own]);
  expect(portrait(world, clientId)).toEqual(before);
});

test('Stytch: what is issued is revoked while the former secret lives', async () => {
  const upstream: Upstream = await StytchUpstream.start();
  await using world = await worldOf(inject('kubeconfig'), upstream, allowed, quickFlags);
  const { clientId, secret } = await upstream.createForeign('theirs');
  const before = portrait(world, clientId);
  const [own = ''] = credentialsOf(world, clientId);
  await world.client('borrower', { ...borrowing, clientId, rotation: { overlap: '720h' } });
  await world.ready('borrower');
  expect(await world.works('borrower')).toBe(true);
  expect(credentialsOf(world, clientId)).toHaveLength(2);
  expect(portrait(world, clientId)).toEqual(before);

  await world.delete('borrower');
  await until('the object is gone', () => world.isGone('borrower'));
  expect(credentialsOf(world, clientId)).toEqual([own]);
  expect(secret.endsWith(own)).toBe(true);
  expect(portrait(world, clientId)).toEqual(before);
});

test('a client that is managed, is missing, or may not be adopted is left alone', async () => {
  const upstream: Upstream = await StytchUpstream.start();
  await using world = await worldOf(inject('kubeconfig'), upstream, quickSweeps, quickFlags);
  const { clientId } = await upstream.createForeign('theirs');
  const before = credentialsOf(world, clientId);
  await world.client('borrower', { ...borrowing, clientId });
  const denied = await world.condition('borrower', 'Ready', 'False', 'PolicyDenied');
  expect(said(denied, 'Ready')).toContain(
    'managementPolicy CredentialsOnly is not allowed by spec.clientPolicy.adoption',
  );
  expect(credentialsOf(world, clientId)).toEqual(before);
  await world.patchProvider({ spec: { clientPolicy: { adoption: 'Allow' } } });
  await world.ready('borrower');

  await world.client('missing', { ...borrowing, clientId: 'nobody' });
  await world.condition('missing', 'Ready', 'False', 'ClientNotFound');
  await world.client('managed');
  const managed = await world.ready('managed');
  const id = managed.status?.clientId ?? '';
  const count = credentialsOf(world, id).length;
  await world.client('second', { ...borrowing, clientId: id });
  await world.condition('second', 'Ready', 'False', 'ClientConflict');
  await looked(world, 'second');
  expect(credentialsOf(world, id)).toHaveLength(count);
});
