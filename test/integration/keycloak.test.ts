import { createPrivateKey, randomUUID } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { secrets } from '../../src/kube/resource.ts';
import { signJwt } from '../../src/providers/key-pairs.ts';
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
import { SimulatedKeycloakUpstream } from '../helpers/upstreams/keycloak.ts';
import type { World } from '../helpers/world.ts';

type KeycloakWorld = World<SimulatedKeycloakUpstream>;
type Options = Parameters<typeof SimulatedKeycloakUpstream.start>[0];

const make = async (options: Options = {}, spec: object = {}): Promise<KeycloakWorld> =>
  await worldOf(
    inject('kubeconfig'),
    await SimulatedKeycloakUpstream.start(options),
    { ...quickSweeps, ...spec },
    quickFlags,
  );

const clientIn = ({ simulator }: KeycloakWorld, id: string) => {
  const client = simulator.clients().find(({ clientId }) => clientId === id);
  if (!client) throw new Error(`there is no client ${id}`);
  return client;
};
const keyIds = (world: KeycloakWorld, id: string) => clientIn(world, id).keys.map(({ keyId }) => keyId);

/** As the program does that the Secret is for: with nothing but what stands in it. */
const tokenFor = async (data: Readonly<Record<string, string>>): Promise<number> => {
  const now = Math.floor(Date.now() / 1000);
  const clientId = data['client-id'] ?? '';
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: data['issuer'],
    jti: randomUUID(),
    iat: now,
    exp: now + 30,
  };
  const header = { alg: 'ES256', kid: data['key-id'], typ: 'JWT' };
  const assertion = signJwt(header, claims, createPrivateKey(data['private-key'] ?? ''), 'SHA256');
  const answer = await fetch(data['token-url'] ?? '', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion.reveal(),
    }),
  });
  await answer.text();
  return answer.status;
};

/** The private keys that have stood in a Secret, and secrets of the server, are in nothing that an operator has said. */
const isSilent = (world: KeycloakWorld, ...pems: readonly (string | undefined)[]): void => {
  const said = world.operators.map(({ output }) => output.join('\n')).join('\n');
  for (const pem of pems) {
    const [, body = ''] = pem?.split('\n') ?? [];
    expect(body.length).toBeGreaterThan(20);
    expect(said).not.toContain(body);
  }
};

test('a client with its fields, a rotation by which both keys work, and the end of all', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', {
    displayName: 'Worker',
    scopes: ['read:invoices'],
    audiences: ['https://invoices.example.com'],
    accessTokenLifetime: '10m',
    rotation: { overlap: '3s' },
  });
  const object = await world.ready('worker');
  expect(said(object, 'Ready')).toBe(works);
  const id = object.status?.clientId ?? '';
  const { short } = makeMark(world.namespace, world.namespace, 'worker');
  expect(id.startsWith(`${short}-`)).toBe(true);
  expect(clientIn(world, id)).toMatchObject({
    fields: { name: 'Worker', fullScopeAllowed: false, serviceAccountsEnabled: true },
    attributes: {
      'machine-client.dev/mark': `${world.namespace}/${world.namespace}/worker`,
      'access.token.lifespan': '600',
    },
    defaultScopes: ['basic', 'read:invoices', 'service_account'],
    audiences: ['https://invoices.example.com'],
  });
  const first = await dataOf(world, 'worker');
  const issuer = `${simulator.url}/realms/${simulator.realm}`;
  expect(first).toEqual({
    'client-id': id,
    'private-key': expect.stringContaining('BEGIN PRIVATE KEY') as unknown,
    'key-id': keyIds(world, id)[0],
    'token-url': `${issuer}/protocol/openid-connect/token`,
    issuer,
  });
  expect(await tokenFor(first)).toBe(200);
  const { metadata } = await world.getSecret('worker');
  const { 'machine-client.dev/operation': operation } = metadata.annotations ?? {};
  expect(first['key-id']?.startsWith(`${short}.${operation}.`)).toBe(true);

  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await until('version 2 is published', async () => (await world.get('worker')).status?.secretVersion === 2);
  const second = await dataOf(world, 'worker');
  expect(await tokenFor(second)).toBe(200);
  await rotatedTo(world, 'worker', 2);
  expect(keyIds(world, id)).toEqual([second['key-id']]);
  expect([await tokenFor(first), await tokenFor(second)]).toEqual([400, 200]);
  isSilent(world, first['private-key'], second['private-key']);

  await world.delete('worker');
  await isDeleted(world, 'worker');
  expect(simulator.clients()).toEqual([]);
});

test('scopes that change are put right one by one, in one go; a scope that is not there is said before anything is made', async () => {
  await using world = await make();
  await world.client('worker', { scopes: ['read:invoices'], description: 'first' });
  const id = (await world.ready('worker')).status?.clientId ?? '';
  const changes = calls(world.simulator, 'update');
  await world.patch('worker', { spec: { scopes: ['write:invoices'], description: 'second' } });
  await until(
    'the scopes are others',
    () => clientIn(world, id).defaultScopes.join() === 'basic,service_account,write:invoices',
  );
  expect(clientIn(world, id).fields['description']).toBe('second');
  expect(calls(world.simulator, 'addScope', 'removeScope')).toBe(2);
  expect(calls(world.simulator, 'update')).toBe(changes + 1);
  // That the first call left something to the next one is no answer that nobody expected.
  expect(world.operators.flatMap(({ output }) => output).join('\n')).not.toContain(
    'still shows other values',
  );
  await world.ready('worker');

  await world.client('other', { scopes: ['read:nothing'] });
  await until('it is said', async () => said(await world.get('other'), 'Ready').includes('read:nothing'));
  expect(calls(world.simulator, 'create')).toBe(1);
});

test('a key whose answer was lost is found by its operation, and taken out within the overlap', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  // What comes beside the first one of all needs no overlap anyhow.
  await annotateAny(world, 'worker', { 'rotate-requested': 'first' });
  await rotatedTo(world, 'worker', 2);
  await world.patch('worker', { spec: { rotation: { overlap: '720h' } } });
  simulator.setFaults([{ operations: ['update'], times: 1, fault: 'drop-after' }]);
  await annotateAny(world, 'worker', { 'rotate-requested': 'second' });
  await until('version 3 is published', async () => (await world.get('worker')).status?.secretVersion === 3);
  const made = simulator.keys().map(({ keyId }) => keyId);
  expect(made).toHaveLength(4);
  const [, second, , third] = made;
  expect((await dataOf(world, 'worker'))['key-id']).toBe(third);
  expect(ownClient(world, 'worker').credentials.map(({ value }) => value)).toEqual([second, third]);
});

test('a creation that was not answered is not made a second time', async () => {
  await using world = await make();
  world.simulator.setFaults([{ operations: ['create'], times: 1, fault: 'drop-after' }]);
  await world.client('worker');
  await world.ready('worker');
  expect([world.simulator.clients().length, calls(world.simulator, 'create')]).toEqual([1, 1]);
});

test('a client of somebody else that logs in by a secret is refused before anything is made', async () => {
  await using world = await make({}, { clientPolicy: { adoption: 'Allow' } });
  const { simulator } = world;
  simulator.act({ action: 'createClient', clientId: 'theirs', keys: false });
  await world.client('borrower', { managementPolicy: 'CredentialsOnly', clientId: 'theirs' });
  const borrowed = await world.condition('borrower', 'Ready', 'False', 'FieldNotSupported');
  expect(said(borrowed, 'Ready')).toContain('logs in by client-secret');
  expect(calls(simulator, 'create', 'update')).toBe(0);
});

test('a client that is taken over, made inactive, and let go', async () => {
  await using world = await make({}, { clientPolicy: { adoption: 'Allow' } });
  const { simulator } = world;
  world.upstream.createForeign('theirs');
  const [theirs] = keyIds(world, 'theirs');
  await world.client('worker', {
    clientId: 'theirs',
    adoptionPolicy: 'Existing',
    deletionPolicy: 'Retain',
    rotation: { overlap: '0s' },
  });
  await world.ready('worker');
  const own = await dataOf(world, 'worker');
  expect(await tokenFor(own)).toBe(200);
  // It is somebody else's, and stays.
  expect(keyIds(world, 'theirs')).toEqual([theirs, own['key-id']]);
  await world.patch('worker', { spec: { state: 'Inactive' } });
  await until('it is disabled', () => clientIn(world, 'theirs').fields['enabled'] === false);
  await world.patch('worker', { spec: { state: 'Active' } });
  await until('it is enabled', () => clientIn(world, 'theirs').fields['enabled'] === true);
  await world.delete('worker');
  await isDeleted(world, 'worker');
  expect(simulator.clients()).toHaveLength(1);
  expect(clientIn(world, 'theirs').attributes).not.toHaveProperty(['machine-client.dev/mark']);
});

test('the operator logs in again by itself, and with another secret as soon as it has it', async () => {
  await using world = await make({ switches: { tokenTtlMs: 1_500 } });
  const { simulator } = world;
  await world.client('worker');
  await world.ready('worker');
  const logins = () => simulator.requests({ operation: 'token', clientId: 'operator' });
  await until('several logins', () => logins().length >= 3);
  expect(logins().every(({ status }) => status === 200)).toBe(true);
  const { credentials: { secret = '' } = {} } = simulator.act({ action: 'rotateManagementSecret' });
  await world.kube.mergePatch(secrets, world.ref('keycloak-management'), { stringData: { secret } });
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await until('version 2 is published', async () => (await world.get('worker')).status?.secretVersion === 2);
});
