import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { configMaps } from '../../src/kube/resource.ts';
import type { RequestRecord } from '../simulators/request-log.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { FrontDoor } from '../helpers/front-door.ts';
import { calls, many, mints, said, secretsOf, works } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

const nothing = 'False Idle: nothing stands in the way';
/** Every call but those to the token endpoint, which consumers need. */
const management = ['search', 'get', 'create', 'update', 'delete', 'rotateStart', 'rotate', 'rotateCancel'];
const limits = { requestsPerMinute: 60_000, burst: 1_000, concurrency: 1 };

const stytchAt = (world: World, baseUrl: string): Record<string, unknown> => ({
  stytch: {
    projectId: world.simulator.credentials.projectId,
    baseUrl,
    auth: { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } },
  },
});

/** Waits until the provider says exactly this. */
const providerSays = (world: World, type: string, text: string): Promise<unknown> =>
  until(`provider: ${type}: ${text}`, async () => said(await world.getProvider(), type) === text, {
    explain: async () => JSON.stringify((await world.getProvider()).status, undefined, 1),
  });

const managed = (records: readonly RequestRecord[]): readonly RequestRecord[] =>
  records.filter(({ operation }) => management.includes(operation));
const endOf = ({ at, durationMs }: RequestRecord): number => at + (durationMs ?? 0);

test('429 with Retry-After: the whole account is left alone for that long, then everything is made', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ limits });
  await world.providerCondition('Ready', 'True');
  world.simulator.setFaults([
    { operations: ['create'], times: 1, fault: 'status', status: 429, headers: { 'retry-after': '3' } },
  ]);
  const names = many(5);
  for (const name of names) await world.client(name);
  await until('the refusal', () => calls(world.simulator, 'create') > 0);
  const limited = await until('somebody says so', async () => {
    const objects = await Promise.all(names.map((name) => world.get(name)));
    return objects.find((object) => said(object, 'Ready').includes('RateLimited'));
  });
  expect(said(limited, 'Ready')).toBe('False RateLimited: Stytch create: HTTP 429 too_many_requests');
  expect(said(limited, 'ClientSynced')).toBe(
    'Unknown RateLimited: Stytch create: HTTP 429 too_many_requests',
  );
  expect(said(limited, 'Stalled')).toBe(nothing);
  for (const name of names) await world.ready(name);

  const records = managed(world.simulator.requests());
  const refusal = records.findIndex(({ status }) => status === 429);
  const [refused, next] = records.slice(refusal);
  if (!refused || !next) throw new Error('nothing was asked after the refusal');
  expect(next.at - endOf(refused)).toBeGreaterThanOrEqual(2_990);
  expect(calls(world.simulator, 'create')).toBe(names.length + 1);
  expect(world.simulator.clients()).toHaveLength(names.length);
  expect(said(await world.getProvider(), 'Ready')).toBe('True AccountReachable: the account answers');
});

test('whoever waits for long says so, and is deleted at once if nothing of it is upstream', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider({ limits });
  await world.providerCondition('Ready', 'True');
  world.simulator.setFaults([
    { operations: ['create'], times: 1, fault: 'status', status: 429, headers: { 'retry-after': '600' } },
  ]);
  await world.client('refused');
  await world.condition('refused', 'Ready', 'False', 'RateLimited');
  await world.client('waits');
  const object = await world.condition('waits', 'Ready', 'False', 'WaitingForBudget');
  expect(said(object, 'Reconciling')).toBe(
    "True WaitingForBudget: The provider account's request budget is used up for the moment.",
  );
  await world.delete('waits');
  await until('it is gone', () => world.isGone('waits'));
  expect(calls(world.simulator, 'create')).toBe(1);
});

test('429 without Retry-After: longer each time', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator(['--time-scale=5']);
  await world.provider({ limits });
  await world.providerCondition('Ready', 'True');
  world.simulator.setFaults([{ operations: ['create'], times: 3, fault: 'status', status: 429 }]);
  for (const name of many(3)) await world.client(name);
  for (const name of many(3)) await world.ready(name);
  const records = managed(world.simulator.requests());
  const gaps = records.flatMap((record, index) => {
    const next = records[index + 1];
    return record.status === 429 && next ? [next.at - endOf(record)] : [];
  });
  // 1, 2 and 4 s, a fifth of them, and with jitter at least half of that.
  const least = [100, 200, 400];
  expect(gaps).toHaveLength(least.length);
  const seen = JSON.stringify(records.map(({ operation, status, at }) => [operation, status, at]));
  for (const [index, gap] of gaps.entries())
    expect(gap, seen).toBeGreaterThanOrEqual((least[index] ?? 0) - 5);
  expect(mints(world.simulator)).toBe(6);
});

test('503 for ten minutes: one probe, Ready stays, nothing is made twice', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator(['--time-scale=60']);
  await world.provider({ connection: { timeout: '60s' }, limits: { ...limits, concurrency: 4 } });
  const names = many(5);
  for (const name of names) await world.client(name);
  for (const name of names) await world.ready(name);
  const before = await secretsOf(world, names);

  world.simulator.setFaults([{ operations: management, fault: 'status', status: 503 }]);
  const seen = world.simulator.requests().at(-1)?.seq ?? 0;
  await world.client('late');
  for (const name of names) await world.patch(name, { spec: { displayName: `${name} renamed` } });
  const unavailable = 'ProviderUnavailable: Stytch search: HTTP 503 internal_server_error';
  await providerSays(world, 'Ready', `False ${unavailable}`);
  await providerSays(world, 'Reachable', `False ${unavailable}`);
  await sleep(10_000);
  const during = world.simulator.requests({ after: seen });
  // Ten minutes at one try a second would be six hundred.
  expect(during.length).toBeLessThanOrEqual(60);
  for (const name of names) {
    const object = await world.get(name);
    expect(said(object, 'ClientSynced')).toMatch(/^Unknown /);
    expect(said(object, 'Ready')).toBe(works);
    expect(await world.works(name)).toBe(true);
  }
  expect(said(await world.get('late'), 'Stalled')).toBe(nothing);

  world.simulator.setFaults([]);
  for (const name of names) await world.condition(name, 'ClientSynced', 'True', 'Synced');
  await world.ready('late');
  await world.providerCondition('Ready', 'True', 'AccountReachable');
  expect(await secretsOf(world, names)).toEqual(before);
  expect(world.simulator.clients()).toHaveLength(names.length + 1);
});

test('connection refused: said once, and over as soon as somebody listens again', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using door = await FrontDoor.open(world.simulator.url);
  world.operator();
  await world.provider(stytchAt(world, door.url));
  for (const name of many(3)) await world.client(name);
  for (const name of many(3)) await world.ready(name);
  const before = await secretsOf(world, many(3));
  await door.shut();
  await world.client('late');
  await world.patch('many-01', { spec: { displayName: 'renamed' } });
  const refused = `ProviderUnreachable: POST ${door.url}: ECONNREFUSED`;
  await providerSays(world, 'Ready', `False ${refused}`);
  const late = await world.condition('late', 'Ready', 'False', 'ProviderNotReady');
  expect(said(late, 'Ready')).toBe(
    `False ProviderNotReady: IdentityProvider ${world.namespace}/stytch is not Ready (ProviderUnreachable)`,
  );
  const provider = await world.getProvider();
  await sleep(1_000);
  // The same trouble is the same message: nothing is written again.
  expect((await world.getProvider()).metadata.resourceVersion).toBe(provider.metadata.resourceVersion);
  for (const name of many(3)) expect(said(await world.get(name), 'Ready')).toBe(works);

  await door.open();
  await world.ready('late');
  await world.condition('many-01', 'ClientSynced', 'True', 'Synced');
  expect(await secretsOf(world, many(3))).toEqual(before);
  expect(mints(world.simulator)).toBe(4);
});

test('TLS: an unknown authority is refused, and accepted from the ConfigMap of caBundle', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const certificate = makeCertificate();
  await using door = await FrontDoor.open(world.simulator.url, certificate);
  world.operator();
  await world.provider(stytchAt(world, door.url));
  await world.client('worker');
  await providerSays(
    world,
    'Ready',
    `False TLSFailed: POST ${door.url}: TLS failed (DEPTH_ZERO_SELF_SIGNED_CERT); a private authority goes into spec.connection.caBundle`,
  );
  expect(calls(world.simulator, ...management)).toBe(0);

  await world.patchProvider({
    spec: { connection: { caBundle: { configMapKeyRef: { name: 'corp-ca', key: 'ca.crt' } } } },
  });
  await providerSays(
    world,
    'Ready',
    `False CredentialMissing: IdentityProvider stytch: caBundle.configMapKeyRef names the ConfigMap ${world.namespace}/corp-ca, which does not exist`,
  );
  await world.kube.create(configMaps, world.namespace, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'corp-ca', namespace: world.namespace },
    data: { 'ca.crt': makeCertificate().cert },
  });
  // An authority, and not the one that signed it.
  await providerSays(
    world,
    'Ready',
    `False TLSFailed: POST ${door.url}: TLS failed (DEPTH_ZERO_SELF_SIGNED_CERT); a private authority goes into spec.connection.caBundle`,
  );
  await world.kube.mergePatch(configMaps, world.ref('corp-ca'), { data: { 'ca.crt': certificate.cert } });
  await world.ready('worker');
  const { clientSecret, tokenUrl } = await world.credential('worker');
  expect(world.simulator.clients().map(({ secret }) => secret)).toEqual([clientSecret]);
  expect(tokenUrl.startsWith(`${door.url}/`)).toBe(true);
});

const pages = [
  {
    what: 'a redirect is not followed',
    fault: { fault: 'redirect', location: '/v1/elsewhere' },
    says: 'Redirected: Stytch search: HTTP 307; redirects are not followed: set baseUrl to where the API is',
  },
  {
    what: 'a page instead of an answer is not taken for one',
    fault: { fault: 'status', status: 200, body: 'html' },
    says: 'UnexpectedAnswer: Stytch search: HTTP 200; check that baseUrl is the API, not a page in front of it',
  },
  {
    what: 'the 404 of something in front of it does not mean that a client is gone',
    fault: { fault: 'status', status: 404, body: 'html' },
    says: 'UnexpectedAnswer: Stytch search: HTTP 404; check that baseUrl is the API, not a page in front of it',
  },
  {
    what: 'the page of a proxy is an outage',
    fault: { fault: 'html-502' },
    says: 'ProviderUnavailable: Stytch search: HTTP 502',
  },
] as const;

for (const { what, fault, says } of pages)
  test(what, async () => {
    await using world = await World.make(inject('kubeconfig'));
    world.operator();
    await world.provider();
    for (const name of many(3)) await world.client(name);
    for (const name of many(3)) await world.ready(name);
    const before = await secretsOf(world, many(3));
    world.simulator.setFaults([{ operations: management, ...fault }]);
    for (const name of many(3)) await world.patch(name, { spec: { displayName: 'renamed' } });
    await world.patchProvider({ spec: { resyncInterval: '1m' } });
    await providerSays(world, 'Ready', `False ${says}`);
    for (const name of many(3)) {
      const object = await world.condition(name, 'ClientSynced', 'Unknown');
      expect(said(object, 'Ready')).toBe(works);
    }
    world.simulator.setFaults([]);
    for (const name of many(3)) await world.condition(name, 'ClientSynced', 'True', 'Synced');
    expect(calls(world.simulator, 'unknown')).toBe(0);
    expect(mints(world.simulator)).toBe(3);
    expect(await secretsOf(world, many(3))).toEqual(before);
  });
