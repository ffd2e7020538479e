import { createPrivateKey } from 'node:crypto';
import { expect, inject, test } from 'vitest';
import { makeMark } from '../../src/providers/mark.ts';
import {
  annotateAny,
  dataOf,
  isDeleted,
  looked,
  ownClient,
  quickFlags,
  quickSweeps,
  rotatedTo,
  worldOf,
} from '../helpers/any-world.ts';
import { calls, many, restart, said, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import type { World } from '../helpers/world.ts';

type AuthressWorld = World<AuthressUpstream>;
type Options = Parameters<typeof AuthressUpstream.start>[0];

const make = async (options: Options = {}): Promise<AuthressWorld> =>
  await worldOf(inject('kubeconfig'), await AuthressUpstream.start(options), quickSweeps, quickFlags);

const clientIn = ({ simulator }: AuthressWorld, id: string) => {
  const client = simulator.clients().find(({ clientId }) => clientId === id);
  if (!client) throw new Error(`there is no client ${id}`);
  return client;
};

/** What a caller with this credential hears of its own client: 200, or 401 where the key is no good. */
const readsItself = async ({ upstream }: AuthressWorld, id: string, accessKey: string): Promise<number> => {
  const authorization = `Bearer ${accessKey}`;
  const answer = await fetch(`${upstream.url}/v1/clients/${id}`, { headers: { authorization } });
  await answer.text();
  return answer.status;
};

test('a client and its key are two calls; tags of others live beside ours', async () => {
  await using world = await make();
  const { simulator } = world;
  await world.client('worker', { displayName: 'Worker', customMetadata: { team: 'billing' } });
  const object = await world.ready('worker');
  expect(said(object, 'Ready')).toBe(works);
  const writes = ({ method }: { readonly method: string }): boolean => method !== 'GET';
  const done = simulator.requests().filter(writes);
  expect(done.map(({ operation }) => operation)).toEqual(['create', 'addKey']);

  const id = object.status?.clientId ?? '';
  const { short } = makeMark(world.namespace, world.namespace, 'worker');
  const made = clientIn(world, id);
  expect(made.name).toBe(`Worker [${short}]`);
  expect(made.tags).toMatchObject({ team: 'billing', 'machine-client.dev/name': 'worker' });
  const [key] = made.keys;
  expect(await dataOf(world, 'worker')).toEqual({
    'client-id': id,
    'access-key': key?.accessKey,
  });
  expect(await world.works('worker')).toBe(true);
  expect(object.status).toMatchObject({
    secretVersion: 1,
    secretSuffix: `****${key?.keyId}`,
    credentials: [{ id: key?.keyId, state: 'Current' }],
  });

  const theirs = { ...made.tags, owner: 'somebody else' };
  simulator.act({ action: 'changeClient', clientId: id, fields: { tags: theirs } });
  await world.patch('worker', { spec: { displayName: 'Renamed', customMetadata: { team: null } } });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  const { name, tags, keys } = clientIn(world, id);
  expect(name).toBe(`Renamed [${short}]`);
  expect(tags).toMatchObject({ owner: 'somebody else', 'machine-client.dev/name': 'worker' });
  expect(tags).not.toHaveProperty('team');
  expect(keys).toHaveLength(1);
  expect(calls(simulator, 'update')).toBe(1);

  await world.delete('worker');
  await isDeleted(world, 'worker');
  expect(simulator.clients()).toEqual([]);
});

test('credential.type KeyPair: the private half is in the Secret, and never on its way to the provider', async () => {
  await using world = await make({ switches: { ownClientRead: 'allowed' } });
  const { simulator } = world;
  await world.client('worker', { credential: { type: 'KeyPair' }, rotation: { overlap: '0s' } });
  await world.ready('worker');
  const before = await dataOf(world, 'worker');
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await rotatedTo(world, 'worker', 2);
  const after = await dataOf(world, 'worker');
  const { clientId, credentials } = ownClient(world, 'worker');

  expect(Object.keys(after).toSorted()).toEqual(['access-key', 'client-id', 'private-key', 'token-url']);
  expect(after['access-key']?.split('.').slice(0, 3)).toEqual([
    clientId,
    credentials[0]?.id,
    simulator.accountId,
  ]);
  expect(await readsItself(world, clientId, after['access-key'] ?? '')).toBe(200);
  expect(await readsItself(world, clientId, before['access-key'] ?? '')).toBe(401);
  const issued = simulator.issuedSecrets().filter((secret) => secret.clientId === clientId);
  expect(issued).toEqual([]);

  // In none of the forms in which it could have been sent, said or written down.
  const seeds = [before, after].flatMap((data) => {
    const key = createPrivateKey(data['private-key'] ?? '');
    const der = key.export({ format: 'der', type: 'pkcs8' });
    const { d = '' } = key.export({ format: 'jwk' });
    expect(data['access-key']?.endsWith(der.toString('base64'))).toBe(true);
    return [der.toString('base64'), d, Buffer.from(d, 'base64url').toString('base64').replace(/=+$/, '')];
  });
  const emitted = [
    JSON.stringify(simulator.requests()),
    ...world.operators.flatMap(({ output }) => output),
    JSON.stringify(await world.get('worker')),
    JSON.stringify((await world.getSecret('worker')).metadata),
  ].join('\n');
  expect(simulator.requests({ operation: 'addKey' }).map(({ body }) => Object.keys(body as object))).toEqual([
    ['publicKey'],
    ['publicKey'],
  ]);
  for (const seed of seeds) expect(emitted).not.toContain(seed);
});

test('a list of names alone: a restart over healthy objects costs its pages, and drift is put right at a touch', async () => {
  await using world = await make({
    switches: { listItems: 'summary', pageSizeCap: 2, managementClientListed: false },
  });
  const { simulator } = world;
  const names = many(5);
  for (const name of names) await world.client(name, { displayName: name });
  for (const name of names) await world.ready(name);
  await Promise.all(world.operators.map((operator) => operator.kill()));
  const seen = simulator.requests().at(-1)?.seq ?? 0;
  const since = (): readonly string[] =>
    simulator.requests({ after: seen }).map(({ operation }) => operation);
  await restart(world, quickFlags);
  await until('two sweeps of three pages', () => since().length >= 6);
  expect(new Set(since())).toEqual(new Set(['list']));

  const { clientId } = ownClient(world, 'many-03');
  const { name } = clientIn(world, clientId);
  const fields = { name: `Somebody’s ${name}` };
  simulator.act({ action: 'changeClient', clientId, fields });
  await looked(world, 'many-03');
  await world.condition('many-03', 'ClientSynced', 'True', 'Synced');
  expect(clientIn(world, clientId).name).toBe(name);
  expect(since().filter((operation) => operation === 'update')).toHaveLength(1);
  expect(calls(simulator, 'create', 'addKey')).toBe(10);
  for (const each of names) expect(await world.works(each)).toBe(true);
});

test('an account that shows nothing any more: nothing is made again, and all is well when it shows all again', async () => {
  await using world = await make();
  const { simulator } = world;
  const names = many(4);
  for (const name of names) await world.client(name);
  for (const name of names) await world.ready(name);
  const secretsBefore = await Promise.all(names.map((name) => world.getSecret(name)));
  const clientsBefore = simulator.clients();
  simulator.setSwitches({ accountMode: 'blind' });
  await annotateAny(world, 'many-01', { 'rotate-requested': 'now' });
  await annotateAny(world, 'many-02', { 'reconcile-requested': 'now' });
  const provider = await world.providerCondition('MassChangeHeld', 'True', 'Held');
  expect(provider.status?.['massChange']).toMatchObject({ affected: 4, known: 4 });
  for (const name of names) await world.condition(name, 'Ready', 'False', 'MassChange');
  const lists = calls(simulator, 'list');
  await until('one more sweep', () => calls(simulator, 'list') > lists);

  const wanted = ['create', 'addKey', 'deleteKey', 'update', 'delete'];
  expect(wanted.map((operation) => calls(simulator, operation))).toEqual([4, 4, 0, 0, 0]);
  expect(await Promise.all(names.map((name) => world.getSecret(name)))).toEqual(secretsBefore);
  simulator.setSwitches({ accountMode: 'normal' });
  for (const name of names) expect(said(await world.ready(name), 'Ready')).toBe(works);
  await world.providerCondition('MassChangeHeld', 'False', 'NotHeld');
  // What the person had asked for comes now.
  await until('rotated', async () => (await world.get('many-01')).status?.secretVersion === 2);
  expect(simulator.clients().map(({ clientId }) => clientId)).toEqual(
    clientsBefore.map(({ clientId }) => clientId),
  );
  for (const name of names) expect(await world.works(name)).toBe(true);
});
