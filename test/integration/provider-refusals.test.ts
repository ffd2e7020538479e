import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { calls, many, mints, patchSecret, restart, said, secretsOf, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

const unauthorized =
  'CredentialsInvalid: Stytch search: HTTP 401 unauthorized_credentials; check the management credential of the provider object';

const notReady = (world: World, reason: string): string =>
  `ProviderNotReady: IdentityProvider ${world.namespace}/stytch is not Ready (${reason})`;

test('401 at the start: said on the provider, and healed by the right Secret without a restart', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({}, 'secret-test-wrong');
  await world.client('worker');
  const provider = await world.providerCondition('Ready', 'False', 'CredentialsInvalid');
  expect(said(provider, 'Ready')).toBe(`False ${unauthorized}`);
  expect(said(provider, 'CredentialsValid')).toBe(`False ${unauthorized}`);
  expect(said(provider, 'Reachable')).toBe('True AccountReachable: the account answers');
  const client = await world.condition('worker', 'Ready', 'False', 'ProviderNotReady');
  expect(said(client, 'Ready')).toBe(`False ${notReady(world, 'CredentialsInvalid')}`);
  expect(mints(world.simulator)).toBe(0);

  await patchSecret(world, 'stytch-management', {
    stringData: { secret: world.simulator.credentials.secret },
  });
  await world.ready('worker');
  expect(said(await world.providerCondition('Ready', 'True'), 'CredentialsValid')).toBe(
    'True CredentialsAccepted: the account accepts the credential',
  );
});

test('401 later: thirty objects stop as one, with one probe at growing intervals', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const names = many(30);
  const concurrency = 4;
  world.operator();
  await world.provider({ limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency } });
  for (const name of names) await world.client(name);
  for (const name of names) await world.ready(name);
  const before = await secretsOf(world, names);
  const minted = mints(world.simulator);

  world.simulator.act({ action: 'rotateManagementSecret' });
  const seen = world.simulator.requests().at(-1)?.seq ?? 0;
  for (const name of names) await world.patch(name, { spec: { displayName: `${name} renamed` } });
  for (const name of names) await world.condition(name, 'ClientSynced', 'Unknown', 'ProviderNotReady');
  const provider = await world.providerCondition('Ready', 'False', 'CredentialsInvalid');
  expect(said(provider, 'CredentialsValid')).toContain('False CredentialsInvalid: Stytch ');
  await world.providerCondition('CredentialsValid', 'False');
  await sleep(3_000);
  const after = world.simulator.requests({ after: seen });
  const probes = after.filter(({ operation }) => operation === 'search');
  // Whoever had a permit already may still have asked; nobody else did.
  expect(after.length - probes.length).toBeLessThanOrEqual(concurrency);
  // 60 scaled seconds: from 5 s on with growing distance. At a constant distance they would be more than 12.
  expect(probes.length).toBeGreaterThanOrEqual(1);
  expect(probes.length).toBeLessThanOrEqual(10);
  for (const name of names) expect(said(await world.get(name), 'Ready')).toBe(works);
  expect(await world.works(names[0] ?? '')).toBe(true);
  expect(said(await world.getProvider(), 'Ready')).toBe(`False ${unauthorized}`);

  await patchSecret(world, 'stytch-management', {
    stringData: { secret: world.simulator.credentials.secret },
  });
  for (const name of names) await world.condition(name, 'ClientSynced', 'True', 'Synced');
  expect(world.simulator.clients().every(({ name }) => name.endsWith(' renamed'))).toBe(true);
  expect(await secretsOf(world, names)).toEqual(before);
  expect(mints(world.simulator)).toBe(minted);
});

test('400: stalled until the spec changes, across a restart too', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  world.simulator.setFaults([
    { operations: ['create', 'update'], fault: 'status', status: 400, errorType: 'invalid_m2m_client_scope' },
  ]);
  await world.provider();
  await world.client('made');
  const stalled = await world.condition('made', 'Stalled', 'True', 'RejectedByProvider');
  const says = (operation: string): string =>
    `RejectedByProvider: Stytch ${operation}: HTTP 400 invalid_m2m_client_scope; change the spec`;
  expect(said(stalled, 'Stalled')).toBe(`True ${says('create')}`);
  expect(said(stalled, 'Ready')).toBe(`False ${says('create')}`);
  expect(said(stalled, 'Reconciling')).toBe('False Idle: nothing is under way');
  expect(calls(world.simulator, 'create')).toBe(1);

  await restart(world);
  await world.client('second');
  expect(said(await world.condition('second', 'Stalled', 'True'), 'Stalled')).toBe(`True ${says('create')}`);
  expect(calls(world.simulator, 'create')).toBe(2);
  expect((await world.get('made')).metadata.resourceVersion).toBe(stalled.metadata.resourceVersion);

  // Another spec is tried once, and is refused in the same words.
  await world.patch('made', { spec: { description: 'another try' } });
  const again = await world.condition('made', 'Stalled', 'True', 'RejectedByProvider');
  expect(said(again, 'Stalled')).toBe(`True ${says('create')}`);
  expect(calls(world.simulator, 'create')).toBe(3);

  world.simulator.setFaults([]);
  await world.patch('made', { spec: { description: null } });
  await world.ready('made');
  expect(said(await world.get('second'), 'Stalled')).toBe(`True ${says('create')}`);
  await world.patch('second', { metadata: { annotations: { [annotations.reconcileRequested]: 'now' } } });
  expect((await world.ready('second')).status?.['lastHandledReconcileRequest']).toBe('now');

  // The same for a change of what exists: the Secret stays, and works.
  const before = await secretsOf(world, ['made']);
  world.simulator.setFaults([
    { operations: ['update'], fault: 'status', status: 400, errorType: 'invalid_m2m_client_scope' },
  ]);
  await world.patch('made', { spec: { displayName: 'refused' } });
  const kept = await world.condition('made', 'Stalled', 'True', 'RejectedByProvider');
  expect(said(kept, 'Ready')).toBe(`False ${says('update')}`);
  expect(said(kept, 'ClientSynced')).toBe(`False ${says('update')}`);
  await restart(world);
  await world.client('third');
  await world.ready('third');
  expect(calls(world.simulator, 'update')).toBe(1);
  expect(await world.works('made')).toBe(true);
  expect(await secretsOf(world, ['made'])).toEqual(before);
});

test('an outage between does not make a refused request worth another try', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  world.simulator.setFaults([
    { operations: ['create'], fault: 'status', status: 400, errorType: 'invalid_m2m_client_scope' },
  ]);
  await world.client('refused');
  await world.condition('refused', 'Stalled', 'True', 'RejectedByProvider');
  world.simulator.setSwitches({ accountMode: 'unauthorized' });
  await world.patchProvider({ spec: { resyncInterval: '2m' } });
  await world.providerCondition('Ready', 'False', 'CredentialsInvalid');
  world.simulator.setSwitches({ accountMode: 'normal' });
  await world.providerCondition('Ready', 'True');
  const object = await world.condition('refused', 'Stalled', 'True', 'RejectedByProvider');
  expect(object.status?.observedGeneration).toBe(1);
  expect(calls(world.simulator, 'create')).toBe(1);
});

const laterRefusals = [
  {
    status: 402,
    errorType: 'payment_required',
    says: 'PaymentRequired: Stytch create: HTTP 402 payment_required; the plan of the account must allow more',
  },
  {
    status: 403,
    errorType: 'forbidden',
    says: 'PermissionDenied: Stytch create: HTTP 403 forbidden; check what the management credential may do',
  },
] as const;

for (const { status, errorType, says } of laterRefusals)
  test(`${status}: the long backoff is in status, survives a restart, and ends when a person asks`, async () => {
    await using world = await World.make(inject('kubeconfig'));
    // 60 s and more at half speed: nobody comes back by itself while this test looks.
    const slow = ['--time-scale=2'];
    world.operator(slow);
    world.simulator.setFaults([{ operations: ['create'], fault: 'status', status, errorType }]);
    await world.provider();
    await world.client('worker');
    const refused = await world.condition('worker', 'Ready', 'False', says.split(':')[0]);
    expect(said(refused, 'Ready')).toBe(`False ${says}`);
    expect(said(refused, 'ClientSynced')).toBe(`False ${says}`);
    expect(said(refused, 'Stalled')).toBe('False Idle: nothing stands in the way');
    const { failedAttempts, lastFailureTime, nextRetryTime } = refused.status ?? {};
    expect(failedAttempts).toBe(1);
    const pause = Date.parse(String(nextRetryTime)) - Date.parse(String(lastFailureTime));
    expect(pause).toBe(30_000);
    // Only this object waits: the account goes on.
    expect(said(await world.providerCondition('Ready', 'True'), 'Reachable')).toBe(
      'True AccountReachable: the account answers',
    );

    await restart(world, slow);
    await world.client('other');
    await world.condition('other', 'Ready', 'False', says.split(':')[0]);
    expect((await world.get('worker')).status).toEqual(refused.status);
    expect(calls(world.simulator, 'create')).toBe(2);

    await world.patch('worker', {
      metadata: { annotations: { [annotations.reconcileRequested]: 'please' } },
    });
    await until('the request is answered', async () => {
      const { status: now } = await world.get('worker');
      return now?.['lastHandledReconcileRequest'] === 'please' && now['failedAttempts'] === 1;
    });
    expect(calls(world.simulator, 'create')).toBe(3);
    expect(said(await world.get('worker'), 'Ready')).toBe(`False ${says}`);

    world.simulator.setFaults([]);
    await world.patch('worker', { spec: { description: 'changed' } });
    const ready = await world.ready('worker');
    for (const field of ['failedAttempts', 'lastFailureTime', 'nextRetryTime'])
      expect(ready.status).not.toHaveProperty(field);
    expect(await world.works('worker')).toBe(true);
    expect(world.simulator.clients()).toHaveLength(1);
  });
