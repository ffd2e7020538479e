import { expect, inject, test } from 'vitest';
import { apiVersion, finalizers } from '../../src/api/group.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { secrets, type KubeObject } from '../../src/kube/resource.ts';
import { ForwardProxy, Gateway } from '../helpers/gateway.ts';
import { calls, deleteSecret, many, mints, patchSecret, restart, said, secretsOf } from '../helpers/said.ts';
import { isGone } from '../helpers/is-gone.ts';
import { until } from '../helpers/until.ts';
import { type MachineClientWire, World } from '../helpers/world.ts';

const secure = ['--allow-insecure-provider-urls=false'];
const byKey = { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } };

/** One more provider object of the simulator's project. */
const addProvider = (world: World, name: string, spec: Record<string, unknown> = {}): Promise<KubeObject> => {
  const { projectId } = world.simulator.credentials;
  return world.kube.create<KubeObject>(identityProviders, world.namespace, {
    apiVersion,
    kind: 'IdentityProvider',
    metadata: { name, namespace: world.namespace },
    spec: { type: 'Stytch', stytch: { projectId, baseUrl: world.simulator.url, auth: byKey }, ...spec },
  });
};

const providerSays = (world: World, name: string, text: string): Promise<unknown> =>
  until(
    `${name}: ${text}`,
    async () => {
      const object = await world.kube.get<MachineClientWire>(identityProviders, world.ref(name));
      return said(object, 'Ready') === text && object;
    },
    {
      explain: async () =>
        JSON.stringify((await world.kube.get<MachineClientWire>(identityProviders, world.ref(name))).status),
    },
  );

const needs = 'which needs --allow-insecure-provider-urls';
const local = (host: string, kind = 'a loopback address'): string => `${host} is ${kind}, ${needs}`;
const urls = [
  { name: 'http', url: 'http://api.example.com', why: `http://api.example.com is not https, ${needs}` },
  { name: 'loopback', url: 'https://127.0.0.1:8443', why: local('127.0.0.1') },
  { name: 'loopback-6', url: 'https://[::1]:8443', why: local('::1') },
  { name: 'localhost', url: 'https://localhost', why: local('localhost') },
  {
    name: 'metadata',
    url: 'https://169.254.169.254/latest',
    why: local('169.254.169.254', 'a link-local address'),
  },
  {
    name: 'mapped',
    url: 'https://[::ffff:169.254.169.254]',
    why: local('::ffff:a9fe:a9fe', 'a link-local address'),
  },
  {
    name: 'azure',
    url: 'https://168.63.129.16',
    why: local('168.63.129.16', 'a metadata service of a cloud'),
  },
];

test('a URL that the operator may not talk to is refused, and allowed by its flags', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator(secure);
  await world.provider();
  const { projectId } = world.simulator.credentials;
  for (const { name, url } of urls)
    await addProvider(world, name, { stytch: { projectId, baseUrl: url, auth: byKey } });
  await addProvider(world, 'proxied', {
    stytch: { projectId, baseUrl: 'https://api.example.com', auth: byKey },
    connection: { proxyUrl: 'http://127.0.0.1:3128' },
  });
  for (const { name, url, why } of urls)
    await providerSays(world, name, `False UrlNotAllowed: ${url}: ${why}`);
  await providerSays(world, 'proxied', `False UrlNotAllowed: http://127.0.0.1:3128: ${local('127.0.0.1')}`);
  const refused = await world.providerCondition('Stalled', 'True', 'UrlNotAllowed');
  expect(said(refused, 'Reachable')).toMatch(/^Unknown UrlNotAllowed: /);
  await world.client('worker');
  const waiting = await world.condition('worker', 'Ready', 'False', 'ProviderNotReady');
  expect(said(waiting, 'Ready')).toBe(
    `False ProviderNotReady: IdentityProvider ${world.namespace}/stytch is not Ready (UrlNotAllowed)`,
  );

  await restart(world, ['--allowed-provider-hosts=api.stytch.com,*.example.com']);
  await addProvider(world, 'around', {
    stytch: { projectId, baseUrl: 'https://api.stytch.com', auth: byKey },
    connection: { proxyUrl: 'http://proxy.evil.org:3128' },
  });
  await providerSays(
    world,
    'around',
    'False UrlNotAllowed: http://proxy.evil.org:3128: the host proxy.evil.org is not one of --allowed-provider-hosts',
  );
  const says = `False UrlNotAllowed: ${world.simulator.url}: the host 127.0.0.1 is not one of --allowed-provider-hosts`;
  await providerSays(world, 'stytch', says);
  expect(calls(world.simulator, 'search', 'create')).toBe(0);

  await restart(world, ['--allowed-provider-hosts=127.0.0.1']);
  await world.ready('worker');
  expect(findCondition((await world.getProvider()).status?.conditions, 'Stalled')?.status).toBe('False');
});

test('a gateway: its path prefix is kept, it alone logs in, and its key may change', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using gateway = await Gateway.start(world.simulator, '/identity/stytch', 'first');
  world.operator();
  await world.secret('gateway', { key: 'first\n' });
  const { projectId } = world.simulator.credentials;
  await world.provider({
    stytch: { projectId, baseUrl: `${gateway.url}/`, auth: { type: 'Gateway' } },
    connection: {
      headers: [{ name: 'X-Gateway-Key', valueFrom: { secretKeyRef: { name: 'gateway', key: 'key' } } }],
    },
  });
  await world.client('worker');
  await world.ready('worker');
  expect((await world.credential('worker')).tokenUrl).toBe(
    `${gateway.url}/v1/public/${projectId}/oauth2/token`,
  );
  expect(await world.works('worker')).toBe(true);

  const before = await secretsOf(world, ['worker']);
  gateway.key = 'second';
  await world.patch('worker', { spec: { displayName: 'renamed' } });
  await providerSays(
    world,
    'stytch',
    'False CredentialsInvalid: Stytch search: HTTP 401; check the management credential of the provider object',
  );
  expect(said(await world.get('worker'), 'Ready')).toBe('True Ready: the Secret holds a working credential');
  await patchSecret(world, 'gateway', { stringData: { key: 'second' } });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  expect(world.simulator.clients().map(({ name }) => name)).toEqual(['renamed']);
  expect(await secretsOf(world, ['worker'])).toEqual(before);
  expect(mints(world.simulator)).toBe(1);
  expect(gateway.authorizations).toEqual([]);
});

test('proxyUrl: every call goes through it', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using proxy = await ForwardProxy.start();
  world.operator();
  await world.provider({ connection: { proxyUrl: proxy.url } });
  await world.client('worker');
  await world.ready('worker');
  expect(new Set(proxy.targets)).toEqual(new Set([new URL(world.simulator.url).host]));
  await proxy[Symbol.asyncDispose]();
  await world.patch('worker', { spec: { displayName: 'renamed' } });
  await world.providerCondition('Ready', 'False', 'ProviderUnreachable');
  // Nobody goes around it.
  expect(calls(world.simulator, 'update')).toBe(0);
  expect(await world.works('worker')).toBe(true);
});

test('a proxy that takes connections and says nothing is told, and all goes on when it is well', async () => {
  await using world = await World.make(inject('kubeconfig'));
  await using proxy = await ForwardProxy.start();
  proxy.hangs = true;
  world.operator();
  await world.provider({ connection: { proxyUrl: proxy.url, timeout: '1s' } });
  await world.client('worker');
  const unreachable = await world.providerCondition('Ready', 'False', 'ProviderUnreachable');
  expect(said(unreachable, 'Ready')).toMatch(/: no connection within \d+ ms \(spec\.connection\.timeout\)$/);
  await world.condition('worker', 'Ready', 'False', 'ProviderNotReady');
  proxy.hangs = false;
  await world.ready('worker');
});

test('a new way to the provider is tried before anybody relies on it, and its clients wait meanwhile', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const gone = await ForwardProxy.start();
  await gone[Symbol.asyncDispose]();
  world.operator();
  await world.provider();
  await world.client('worker');
  await world.ready('worker');
  const before = await world.getSecret('worker');
  await world.patchProvider({ spec: { connection: { proxyUrl: gone.url } } });
  const refused = await world.providerCondition('Ready', 'False', 'ProviderUnreachable');
  expect(findCondition(refused.status?.conditions, 'Ready')?.observedGeneration).toBe(2);
  await using proxy = await ForwardProxy.start();
  await world.patchProvider({ spec: { connection: { proxyUrl: proxy.url } } });
  await world.providerCondition('Ready', 'True', 'AccountReachable');
  expect(proxy.targets.length).toBeGreaterThan(0);
  await world.ready('worker');
  expect(await world.getSecret('worker')).toEqual(before);
});

test('two provider objects of one account share the lower limits, and either may come first', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('first');
  await world.ready('first');
  // 60 a minute at most one at once: a second between two calls.
  await addProvider(world, 'slow', { limits: { requestsPerMinute: 60, burst: 1, concurrency: 1 } });
  await world.client('second', { providerRef: { name: 'slow' } });
  await world.ready('second');
  // A request may take longer to arrive than the next one, on a busy machine: all of them together keep the pace.
  const slackMs = async (names: readonly string[]): Promise<number> => {
    const seen = world.simulator.requests().at(-1)?.seq ?? 0;
    for (const name of names) await world.client(name);
    for (const name of names) await world.ready(name);
    const calls = world.simulator.requests({ after: seen }).filter(({ operation }) => operation !== 'token');
    expect(calls.length).toBeGreaterThanOrEqual(names.length);
    return (calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0) - (calls.length - 1) * 1_000;
  };
  expect(await slackMs(many(4))).toBeGreaterThanOrEqual(-500);

  await world.delete('second');
  await until('the second client is gone', () => world.isGone('second'));
  await world.kube.delete(identityProviders, world.ref('slow'));
  await until('the slow provider is gone', () =>
    isGone(world.kube.get(identityProviders, world.ref('slow'))),
  );
  expect(await slackMs(many(8).map((name) => `fast-${name}`))).toBeLessThan(-2_000);
});

test('a provider in use stays until its last client is gone; one that nobody uses goes at once', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await addProvider(world, 'unused');
  await providerSays(world, 'unused', 'True AccountReachable: the account answers');
  await world.client('one');
  await world.client('two');
  await world.ready('one');
  await world.ready('two');
  const finalizersOf = async (name: string): Promise<readonly string[]> =>
    (await world.kube.get<KubeObject>(identityProviders, world.ref(name))).metadata.finalizers ?? [];
  expect(await finalizersOf('unused')).toEqual([]);
  expect(await finalizersOf('stytch')).toEqual([finalizers.inUse]);
  await world.kube.delete(identityProviders, world.ref('unused'));
  expect(await isGone(world.kube.get(identityProviders, world.ref('unused')))).toBe(true);

  await world.kube.delete(identityProviders, world.ref('stytch'));
  await world.delete('one');
  await until('the first client is gone', () => world.isGone('one'));
  expect(world.simulator.clients()).toHaveLength(1);
  // The other one is still looked after: its provider waits for it.
  expect(await finalizersOf('stytch')).toEqual([finalizers.inUse]);
  expect(await world.works('two')).toBe(true);
  await world.delete('two');
  await until('the second client is gone', () => world.isGone('two'));
  await until('the provider is gone', () => isGone(world.getProvider()));
  expect(world.simulator.clients()).toEqual([]);
  const left = await world.kube.get<KubeObject>(secrets, world.ref('stytch-management'));
  expect(left.metadata.finalizers ?? []).toEqual([]);
});

test('the credential of a provider that logs in with another one now can be deleted', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  // Nobody uses this one; it must not take from the Secret what the other one needs.
  await addProvider(world, 'unused');
  await world.client('worker');
  await world.ready('worker');
  const held = async (name: string): Promise<boolean> =>
    (await world.kube.get<KubeObject>(secrets, world.ref(name))).metadata.finalizers?.includes(
      finalizers.inUse,
    ) === true;
  await until('the credential is held', () => held('stytch-management'));
  const { resourceVersion } = (await world.getSecret('stytch-management')).metadata;
  await world.secret('stytch-next', { secret: world.simulator.credentials.secret });
  await world.patchProvider({ spec: { stytch: { auth: { secretKeyRef: { name: 'stytch-next' } } } } });
  await until('the other credential is held', () => held('stytch-next'));
  expect((await world.getSecret('stytch-management')).metadata.resourceVersion).toBe(resourceVersion);
  await deleteSecret(world, 'stytch-management');
  await until('it is gone', () => isGone(world.getSecret('stytch-management')));
  await providerSays(
    world,
    'unused',
    `False CredentialMissing: IdentityProvider unused: auth.secretKeyRef names the Secret ${world.namespace}/stytch-management, which does not exist`,
  );
  await world.patch('worker', { spec: { displayName: 'renamed' } });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
});

test('kubectl delete secret && kubectl create secret works at once', async () => {
  await using world = await World.make(inject('kubeconfig'));
  world.operator();
  await world.provider();
  await world.client('worker');
  await world.ready('worker');
  world.simulator.act({ action: 'rotateManagementSecret' });
  await deleteSecret(world, 'stytch-management');
  await until('it is gone', () => isGone(world.getSecret('stytch-management')));
  await world.secret('stytch-management', { secret: world.simulator.credentials.secret });
  await world.patch('worker', { spec: { displayName: 'renamed' } });
  await world.condition('worker', 'ClientSynced', 'True', 'Synced');
  await world.providerCondition('Ready', 'True');
  expect(world.simulator.clients().map(({ name }) => name)).toEqual(['renamed']);
});
