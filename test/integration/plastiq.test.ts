import { expect, inject, test } from 'vitest';
import { annotations, labels } from '../../src/api/group.ts';
import { secrets } from '../../src/kube/resource.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import { deleteSecret, patchSecret, restart, said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { PlastiqUpstream } from '../helpers/upstreams/plastiq.ts';
import { World } from '../helpers/world.ts';

type PlastiqWorld = World<PlastiqUpstream>;

const make = async (options: Parameters<typeof PlastiqUpstream.start>[0] = {}): Promise<PlastiqWorld> => {
  const world = await World.over(inject('kubeconfig'), await PlastiqUpstream.start(options));
  await world.provider();
  return world;
};

/** What is in the Secret, decoded, by its keys. */
const dataOf = async (world: PlastiqWorld, name: string): Promise<Record<string, string>> => {
  const { data = {} } = await world.getSecret(name);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
};

const secretIn = async (world: PlastiqWorld, name: string): Promise<string> =>
  (await world.credential(name)).clientSecret;

/** Names of the Secrets that the operator has written. */
const written = async ({ kube, namespace }: PlastiqWorld): Promise<readonly string[]> => {
  const all = await kube.list<SecretWire>(secrets, { namespace });
  return all
    .filter(({ metadata }) => metadata.labels?.[labels.managed] === 'true')
    .map(({ metadata }) => metadata.name);
};

const annotate = (world: PlastiqWorld, name: string, annotation: string, value: string): Promise<unknown> =>
  world.patch(name, { metadata: { annotations: { [annotation]: value } } });

/** With the time scale of tests a new secret is due 3 seconds after the last one was asked for. */
const often = { rotation: { rotateBefore: '599m' } };

/** Waits until the Secret holds another secret than this one. */
const another = (world: PlastiqWorld, name: string, former: string): Promise<string> =>
  until(`another secret in ${name}`, async () => {
    const present = await secretIn(world, name).catch(() => '');
    return present !== former && present !== '' && present;
  });

test('a secret is issued and published with its end, and no client is spoken of', async () => {
  await using world = await make();
  const { simulator } = world;
  world.operator();
  const { payerId } = simulator.credentials;
  const endUser = { userAgent: 'Mozilla/5.0 (X11)', ipAddress: '203.0.113.9', deviceId: 'dev-1' };
  await world.client('checkout', { plastiq: { payerId, endUser } });
  const object = await world.ready('checkout');

  const [issued, ...others] = simulator.clientSecrets();
  expect(others).toEqual([]);
  expect(issued).toMatchObject({ version: 'V2', payerId, endUser });
  const { 'client-secret': secret, 'expiry-time': end, ...rest } = await dataOf(world, 'checkout');
  expect(rest).toEqual({});
  expect(secret).toBe(issued?.value);
  const { metadata } = await world.getSecret('checkout');
  expect(metadata.annotations?.[annotations.expiryTime]).toBe(end);
  // The operator counts from before the request.
  const early = (issued?.expiresAt ?? 0) - Date.parse(end ?? '');
  expect(early).toBeGreaterThanOrEqual(0);
  expect(early).toBeLessThan(5_000);
  expect(await world.works('checkout')).toBe(true);

  const suffix = secret?.slice(-4);
  expect(object.status).toMatchObject({
    secretVersion: 1,
    secretSuffix: `****${suffix}`,
    credentials: [
      { id: suffix, state: 'Current', expiryTime: expect.stringContaining(end?.slice(0, 19) ?? '') },
    ],
  });
  expect(object.status?.clientId ?? '').toBe('');
  expect(said(object, 'Ready')).toBe(
    'True Ready: the Secret holds a working credential; it works for 30 minutes, and Plastiq calls it a one-time token: that it may be used again is not promised',
  );
  expect(said(object, 'ClientSynced')).toBe(
    'True Synced: this provider has no clients, only secrets that end by themselves',
  );
  expect(said(object, 'CredentialVerified')).toMatch(/^Unknown Idle/);
  // A third of its half hour is left when the next one is due.
  const due = Date.parse(String(object.status?.['nextRotationTime'])) - (issued?.issuedAt ?? 0);
  expect(due / 60_000).toBeGreaterThan(19.8);
  expect(due / 60_000).toBeLessThan(20.2);
  expect(said(await world.getProvider(), 'Ready')).toMatch(/^True/);
});

test('it is issued anew before its end, and whoever reads the Secret always finds one that works', async () => {
  await using world = await make({ switches: { lifetimeV2Ms: 10_000 } });
  const { simulator } = world;
  world.operator();
  await world.client('checkout', often);
  await world.ready('checkout');
  const used: boolean[] = [];
  await until('four were issued', async () => {
    used.push(await world.works('checkout'));
    return simulator.clientSecrets().length >= 4;
  });
  expect(used).not.toContain(false);
  expect(used.length).toBeGreaterThan(20);
  const times = simulator.clientSecrets().map(({ issuedAt }) => issuedAt);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  for (const pause of pauses) expect(pause).toBeGreaterThan(2_500);
});

test('V1: it is said what such a secret is good for, and nothing spends it', async () => {
  await using world = await make();
  const { simulator } = world;
  world.operator();
  // A minute, and due after 3 seconds of it.
  await world.client('card', {
    plastiq: { version: 'V1', payerId: simulator.credentials.payerId },
    rotation: { rotateBefore: '19m' },
  });
  const object = await world.ready('card');
  expect(said(object, 'Ready')).toBe(
    'True Ready: the Secret holds a working credential; it works once, and for 60 seconds after it was issued: whoever uses it first spends it, so it is of use only to a consumer that takes it at once',
  );
  const first = await secretIn(world, 'card');
  const second = await another(world, 'card', first);
  // A third one may be there by now.
  expect(simulator.clientSecrets().slice(0, 2)).toMatchObject([
    { version: 'V1', value: first, usedAt: null },
    { version: 'V1', value: second, usedAt: null },
  ]);
  const use = () => world.upstream.ask('', second);
  expect([await use(), await use()]).toEqual(['accepted', 'refused']);
});

test('a Secret that was edited or deleted, and a person who asks: another one is issued', async () => {
  await using world = await make();
  world.operator();
  await world.client('checkout');
  await world.ready('checkout');
  let secret = await secretIn(world, 'checkout');

  await patchSecret(world, 'checkout', { stringData: { 'client-secret': 'typed-by-hand' } });
  secret = await until('it is put right', async () => {
    const present = await secretIn(world, 'checkout');
    return present !== secret && present !== 'typed-by-hand' && present;
  });
  expect(await world.works('checkout')).toBe(true);

  await deleteSecret(world, 'checkout');
  secret = await another(world, 'checkout', secret);
  expect(await world.works('checkout')).toBe(true);

  await annotate(world, 'checkout', annotations.rotateRequested, 'monday');
  await another(world, 'checkout', secret);
  await until('the request is echoed', async () => {
    return (await world.get('checkout')).status?.['lastHandledRotateRequest'] === 'monday';
  });
  expect((await world.ready('checkout')).status?.secretVersion).toBe(4);
  expect(world.upstream.asked).toBe(4);
});

test('another shape of the Secret holds the same secret', async () => {
  await using world = await make();
  world.operator();
  await world.client('checkout');
  await world.ready('checkout');
  const { 'client-secret': secret, 'expiry-time': end } = await dataOf(world, 'checkout');
  const entries = [
    { key: 'SECRET', field: 'ClientSecret' },
    { key: 'UNTIL', field: 'ExpiryTime' },
    { key: 'API', field: 'Issuer' },
  ];
  await world.patch('checkout', { spec: { secret: { entries } } });
  await until('it has the new keys', async () => 'SECRET' in (await dataOf(world, 'checkout')));
  await world.ready('checkout');
  expect(await dataOf(world, 'checkout')).toEqual({
    SECRET: secret,
    UNTIL: end,
    API: world.simulator.url,
  });
  expect(world.upstream.asked).toBe(1);
});

test('a deletion leaves nothing behind and asks nobody', async () => {
  await using world = await make();
  const { simulator } = world;
  world.operator();
  for (const name of ['checkout', 'kept']) await world.client(name, { deletionPolicy: 'Retain' });
  await world.ready('checkout');
  await world.ready('kept');
  // The check of the account goes on as before.
  const calls = () => ({ ...simulator.counters().calls, categories: 0 });
  const before = calls();
  await world.delete('checkout');
  await until('it is gone', () => world.isGone('checkout'));
  expect(await written(world)).toEqual(['kept']);
  expect(calls()).toEqual(before);
});

test('an API key that is revoked stops the account and nothing else; the next one brings it back', async () => {
  await using world = await make();
  const { simulator } = world;
  world.operator();
  await world.client('checkout');
  await world.ready('checkout');
  const secret = await secretIn(world, 'checkout');
  simulator.act({ action: 'revokeApiKey' });
  await annotate(world, 'checkout', annotations.rotateRequested, 'now');
  const provider = await until('the provider is not ready', async () => {
    const object = await world.getProvider();
    return said(object, 'Ready').startsWith('False CredentialsInvalid') && object;
  });
  expect(said(provider, 'Ready')).toMatch(
    /^False CredentialsInvalid: Plastiq \w+: HTTP 401 AUTHORIZATION_ERROR; check the management credential of the provider object$/,
  );
  const object = await world.ready('checkout');
  expect(object.status?.secretVersion).toBe(1);
  expect(await secretIn(world, 'checkout')).toBe(secret);
  expect(await world.works('checkout')).toBe(true);

  simulator.act({ action: 'rotateApiKey' });
  await patchSecret(world, 'plastiq-management', {
    stringData: { secret: simulator.credentials.apiKey },
  });
  await another(world, 'checkout', secret);
  expect(await world.works('checkout')).toBe(true);
  expect(said(await world.getProvider(), 'Ready')).toMatch(/^True/);
});

test.each([
  ['before the provider has it', 'hold-before'],
  ['when it is issued and nobody has heard of it', 'hold-after'],
] as const)('killed while a secret is asked for, %s: there is one Secret, and it works', async (_, fault) => {
  await using world = await make();
  const { simulator } = world;
  const first = world.operator();
  simulator.setFaults([{ operations: ['issueV2'], times: 1, fault }]);
  await world.client('checkout');
  const held = await until('it is held', () => simulator.held()[0]);
  await first.kill('SIGKILL');
  await restart(world);
  await world.ready('checkout');
  // Late, or lost: it is nobody's, and ends by itself.
  simulator.release(held.id);
  await until('both were issued', () => simulator.clientSecrets().length === 2);
  expect(await written(world)).toEqual(['checkout']);
  expect(await world.works('checkout')).toBe(true);
  expect((await world.ready('checkout')).status?.secretVersion).toBe(1);
  expect(world.upstream.asked).toBe(2);
});

test('an answer that is lost is waited for, and not asked for again at once', async () => {
  await using world = await make();
  const { simulator } = world;
  world.operator();
  simulator.setFaults([{ operations: ['issueV2'], times: 1, fault: 'drop-after' }]);
  await world.client('checkout');
  const object = await world.condition('checkout', 'Ready', 'False');
  expect(said(object, 'Ready')).toMatch(/^False (Settling|ProviderUnreachable)/);
  await world.ready('checkout');
  expect(await world.works('checkout')).toBe(true);
  const [lost, found, ...others] = simulator.clientSecrets();
  expect(others).toEqual([]);
  expect(await secretIn(world, 'checkout')).toBe(found?.value);
  // 20 seconds after the fence, which is a moment before the request; with the time scale of tests, one.
  expect((found?.issuedAt ?? 0) - (lost?.issuedAt ?? 0)).toBeGreaterThan(850);
});

test('what the spec has wrong is said, and tried again when it is right', async () => {
  await using world = await make();
  const { simulator } = world;
  world.operator();
  await world.client('named', { displayName: 'Checkout' });
  const named = await world.condition('named', 'Stalled', 'True', 'FieldNotSupported');
  expect(said(named, 'Ready')).toBe(
    'False FieldNotSupported: spec.displayName means nothing to Plastiq; remove it',
  );
  await world.client('unknown', { plastiq: { payerId: '8f51c396-6e29-49a6-ba5a-1a31d5420158' } });
  const unknown = await world.condition('unknown', 'Stalled', 'True', 'RejectedByProvider');
  expect(said(unknown, 'Ready')).toBe(
    'False RejectedByProvider: Plastiq issue: HTTP 404 NOT_FOUND_ERROR; change the spec',
  );
  expect(simulator.clientSecrets()).toEqual([]);

  await world.patch('named', { spec: { displayName: null } });
  await world.patch('unknown', { spec: { plastiq: { payerId: simulator.credentials.payerId } } });
  for (const name of ['named', 'unknown']) {
    await world.ready(name);
    expect(await world.works(name)).toBe(true);
  }
  expect(world.upstream.asked).toBe(3);
});
