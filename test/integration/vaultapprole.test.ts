import { expect, inject, test } from 'vitest';
import { secrets } from '../../src/kube/resource.ts';
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
import { VaultAppRoleUpstream } from '../helpers/upstreams/vaultapprole.ts';
import type { World } from '../helpers/world.ts';

type VaultWorld = World<VaultAppRoleUpstream>;
type Options = Parameters<typeof VaultAppRoleUpstream.start>[0];

const make = async (options: Options = {}, spec: object = {}): Promise<VaultWorld> =>
  await worldOf(
    inject('kubeconfig'),
    await VaultAppRoleUpstream.start(options),
    { ...quickSweeps, ...spec },
    quickFlags,
  );

const roleIn = ({ simulator }: VaultWorld, id: string) => {
  const role = simulator.clients().find(({ clientId }) => clientId === id);
  if (!role) throw new Error(`there is no role ${id}`);
  return role;
};
const borrowing = { managementPolicy: 'CredentialsOnly', clientId: 'theirs', rotation: { overlap: '0s' } };

test('a role with its policies, a rotation, and the end of both; no token of a proof is left', async () => {
  await using world = await make();
  const { simulator } = world;
  const vaultAppRole = { tokenPolicies: ['read-invoices'], tokenTTL: '20m' };
  await world.client('worker', { vaultAppRole, accessTokenLifetime: '1h', rotation: { overlap: '0s' } });
  const object = await world.ready('worker');
  expect(said(object, 'Ready')).toBe(works);
  const id = object.status?.clientId ?? '';
  const { short } = makeMark(world.namespace, world.namespace, 'worker');
  expect(id.startsWith(`${short}-`)).toBe(true);
  const role = roleIn(world, id);
  expect(role).toMatchObject({
    roleId: `${world.namespace}/${world.namespace}/worker/${id}`,
    token_policies: ['read-invoices'],
    token_ttl: 1200,
    token_max_ttl: 3600,
  });
  const [first] = role.secretIds;
  expect(await dataOf(world, 'worker')).toEqual({
    'role-id': role.roleId,
    'secret-id': first?.secretId,
    'vault-addr': simulator.url,
  });
  expect(await world.works('worker')).toBe(true);
  const { data: _, metadata } = await world.getSecret('worker');
  expect(world.upstream.operationOf(first?.accessor ?? '')).toBe(
    metadata.annotations?.['machine-client.dev/operation'],
  );

  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  const { credentials } = ownClient(world, 'worker');
  expect(credentials.map(({ value }) => value)).toEqual([(await dataOf(world, 'worker'))['secret-id']]);
  expect(await world.upstream.ask(id, first?.secretId ?? '')).toBe('refused');
  // One is of this test, which asked whether the first one worked.
  expect(simulator.tokens()).toBe(1);

  simulator.act({ action: 'changeClient', clientId: id, fields: { token_policies: ['admin'] } });
  await annotateAny(world, 'worker', { 'reconcile-requested': 'now' });
  await until(
    'the policies are put right',
    () => roleIn(world, id).token_policies.join() === 'read-invoices',
  );

  await world.delete('worker');
  await isDeleted(world, 'worker');
  expect(simulator.clients()).toEqual([]);
});

test('a secret id whose answer was lost is found by its operation, and destroyed within the overlap', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  // What comes beside the first one of all needs no overlap anyhow.
  await annotateAny(world, 'worker', { 'rotate-requested': 'first' });
  await rotatedTo(world, 'worker', 2);
  await world.patch('worker', { spec: { rotation: { overlap: '720h' } } });
  simulator.setFaults([{ operations: ['issueSecretId'], times: 1, fault: 'drop-after' }]);
  await annotateAny(world, 'worker', { 'rotate-requested': 'second' });
  await until('version 3 is published', async () => (await world.get('worker')).status?.secretVersion === 3);
  const issued = simulator.issuedSecrets().filter(({ kind }) => kind === 'client');
  const [, second, lost, third] = issued.map(({ value }) => value);
  expect([issued.length, (await dataOf(world, 'worker'))['secret-id']]).toEqual([4, third]);
  expect(ownClient(world, 'worker').credentials.map(({ value }) => value)).toEqual([second, third]);
  expect(lost).toBeDefined();
  expect(calls(simulator, 'destroySecretId')).toBe(2);
});

test('a role whose creation was not answered is not made a second time', async () => {
  await using world = await make();
  const { simulator } = world;
  simulator.setFaults([{ operations: ['writeRole'], times: 1, fault: 'drop-after' }]);
  await world.client('worker');
  await world.ready('worker');
  expect([simulator.clients().length, calls(simulator, 'writeRole', 'issueSecretId')]).toEqual([1, 2]);
});

test('a role of somebody else: no right on roles is needed, nothing is listed, and what others issued stays', async () => {
  const allowed = { clientPolicy: { adoption: 'Allow' } };
  await using world = await make({ switches: { rights: 'secret-ids' } }, allowed);
  const { simulator } = world;
  const { secret } = world.upstream.createForeign('theirs');
  const before = roleIn(world, 'theirs');
  await world.client('borrower', borrowing);
  const object = await world.ready('borrower');
  expect(object.status?.clientId).toBe('theirs');
  expect(await dataOf(world, 'borrower')).toMatchObject({ 'role-id': before.roleId });
  await annotateAny(world, 'borrower', { 'rotate-requested': 'now' });
  await until('it is rotated', async () => (await world.get('borrower')).status?.secretVersion === 2);
  await until('the former one is gone', () => roleIn(world, 'theirs').secretIds.length === 2);
  await world.delete('borrower');
  await isDeleted(world, 'borrower');
  const after = roleIn(world, 'theirs');
  expect(after).toEqual(before);
  expect(after.secretIds.map(({ secretId }) => secretId)).toEqual([secret]);
  expect(calls(simulator, 'writeRole', 'deleteRole')).toBe(0);
});

test('policies that the provider object does not allow, or of which nobody knows, give no secret id', async () => {
  const closed = { clientPolicy: { adoption: 'Allow', tokenPolicies: ['read-invoices'] } };
  await using world = await make({}, closed);
  const { simulator } = world;
  const fields = { token_policies: ['read-invoices', 'admin'] };
  simulator.act({ action: 'createClient', clientId: 'theirs', fields });
  await world.client('asks', { vaultAppRole: { tokenPolicies: ['admin'] } });
  const asks = await world.condition('asks', 'Ready', 'False', 'PolicyDenied');
  expect(said(asks, 'Ready')).toContain('the policy admin is not allowed by spec.clientPolicy.tokenPolicies');
  await world.client('borrower', borrowing);
  const has = await world.condition('borrower', 'Ready', 'False', 'PolicyDenied');
  expect(said(has, 'Ready')).toContain('the client theirs has the policy admin');
  simulator.act({
    action: 'changeClient',
    clientId: 'theirs',
    fields: { token_policies: ['read-invoices'] },
  });
  simulator.setSwitches({ rights: 'secret-ids' });
  await annotateAny(world, 'borrower', { 'reconcile-requested': 'hidden' });
  await until('the policies are not known', async () =>
    said(await world.get('borrower'), 'Ready').includes('tokens whose policies are not shown'),
  );
  expect(calls(simulator, 'issueSecretId')).toBe(0);
  simulator.setSwitches({ rights: 'all' });
  await annotateAny(world, 'borrower', { 'reconcile-requested': 'shown' });
  await world.ready('borrower');
});

test('with a role of its own the operator logs in again by itself', async () => {
  const upstream = await VaultAppRoleUpstream.start({ switches: { managementTokenTtlMs: 1_500 } });
  const { roleId, secretId } = upstream.simulator.credentials;
  await using world = await worldOf(inject('kubeconfig'), upstream, {}, quickFlags);
  const auth = {
    type: 'AppRole',
    roleId,
    mountPath: upstream.simulator.operatorMountPath,
    secretKeyRef: { name: 'vaultapprole-management', key: 'secret' },
  };
  await world.kube.mergePatch(secrets, world.ref('vaultapprole-management'), {
    stringData: { secret: secretId },
  });
  await world.patchProvider({ spec: { ...quickSweeps, vaultAppRole: { auth } } });
  await world.client('worker');
  await world.ready('worker');
  const { simulator } = upstream;
  await until('several logins', () => calls(simulator, 'operatorLogin') >= 3);
  expect(
    simulator.requests({ operation: 'list' }).filter(({ status }) => status === 403).length,
  ).toBeLessThan(3);
});
