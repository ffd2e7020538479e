import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import type { Credentials } from './endpoint.ts';
import { inClusterEndpoint } from './in-cluster.ts';
import { loadEndpoint } from './kubeconfig.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const base64 = (text: string) => Buffer.from(text).toString('base64');
const kubeconfig = (cluster: object, user: object): string =>
  JSON.stringify({
    'current-context': 'c',
    clusters: [{ name: 'k', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'team' } }],
  });
const account = async (name: string) => {
  const at = join(folder, name);
  await mkdir(at);
  await write(`${name}/token`, 'ONE\n');
  await write(`${name}/ca.crt`, 'CA');
  await write(`${name}/namespace`, 'system\n');
  return at;
};

const load = (kubeconfigPath: string) => loadEndpoint({ kubeconfigPath, env: {}, clock: systemClock });
const shown = ({ authorization, impersonate, tls }: Credentials) => ({
  authorization: authorization?.reveal(),
  impersonate,
  ca: tls.ca?.toString(),
  cert: tls.cert?.toString(),
  key: tls.key?.toString(),
  servername: tls.servername,
  rejectUnauthorized: tls.rejectUnauthorized,
});

test('a kubeconfig with everything in it', async () => {
  const path = await write(
    'data.yaml',
    kubeconfig(
      {
        server: 'https://127.0.0.1:6443/prefix',
        'certificate-authority-data': base64('CA'),
        'tls-server-name': 'kubernetes',
        'proxy-url': 'http://127.0.0.1:3128',
      },
      {
        'client-certificate-data': base64('CERT'),
        'client-key-data': base64('KEY'),
        token: 'T',
        as: 'somebody',
        'as-groups': ['g1', 'g2'],
      },
    ),
  );
  const endpoint = await load(path);
  expect([endpoint.server.href, endpoint.proxyUrl?.href, endpoint.namespace]).toEqual([
    'https://127.0.0.1:6443/prefix',
    'http://127.0.0.1:3128/',
    'team',
  ]);
  expect(shown(await endpoint.credentials())).toEqual({
    authorization: 'Bearer T',
    impersonate: { 'impersonate-user': 'somebody', 'impersonate-group': ['g1', 'g2'] },
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    servername: 'kubernetes',
    rejectUnauthorized: true,
  });
});

test('paths are relative to the file, a token is read from its file, and http is allowed', async () => {
  await mkdir(join(folder, 'sub'));
  await write('sub/ca.pem', 'CA of file');
  await write('sub/token', ' T2\n');
  const path = await write(
    'sub/config',
    kubeconfig(
      {
        server: 'http://127.0.0.1:8001',
        'certificate-authority': 'ca.pem',
        'insecure-skip-tls-verify': true,
      },
      { tokenFile: 'token', token: 'ignored' },
    ),
  );
  expect(shown(await (await load(path)).credentials())).toMatchObject({
    authorization: 'Bearer T2',
    ca: 'CA of file',
    rejectUnauthorized: false,
  });
});

test('of several files in $KUBECONFIG the first that says something wins, and missing ones are left out', async () => {
  const one = await write(
    'one',
    JSON.stringify({ 'current-context': 'c', users: [{ name: 'u', user: { token: 'ONE' } }] }),
  );
  const two = await write('two', kubeconfig({ server: 'https://127.0.0.1' }, { token: 'TWO' }));
  const KUBECONFIG = [one, join(folder, 'missing'), two].join(delimiter);
  const endpoint = await loadEndpoint({ env: { KUBECONFIG }, clock: systemClock });
  expect(shown(await endpoint.credentials()).authorization).toBe('Bearer ONE');
});

test('another context is taken by its name, with its cluster, user and namespace', async () => {
  const path = await write(
    'contexts.yaml',
    JSON.stringify({
      'current-context': 'one',
      clusters: [
        { name: 'k1', cluster: { server: 'https://127.0.0.1:1' } },
        { name: 'k2', cluster: { server: 'https://127.0.0.1:2' } },
      ],
      users: [
        { name: 'u1', user: { token: 'ONE' } },
        { name: 'u2', user: { token: 'TWO' } },
      ],
      contexts: [
        { name: 'one', context: { cluster: 'k1', user: 'u1' } },
        { name: 'two', context: { cluster: 'k2', user: 'u2', namespace: 'other' } },
      ],
    }),
  );
  const endpoint = await loadEndpoint({
    kubeconfigPath: path,
    context: 'two',
    env: {},
    clock: systemClock,
  });
  expect([endpoint.server.port, endpoint.namespace]).toEqual(['2', 'other']);
  expect(shown(await endpoint.credentials()).authorization).toBe('Bearer TWO');
  expect((await load(path)).server.port).toBe('1');
  await expect(
    loadEndpoint({ kubeconfigPath: path, context: 'three', env: {}, clock: systemClock }),
  ).rejects.toThrow(/^no context "three" in the kubeconfig /);
});

describe('what is wrong with it is said, and never what is in it', () => {
  test.each([
    ['no YAML', 'a: [hunter2', /is not a YAML mapping$/],
    ['a list', '- hunter2', /is not a YAML mapping$/],
    ['no context', '{}', /no current-context in the kubeconfig/],
    ['another context', '{ current-context: x }', /no context "x"/],
    ['no server', kubeconfig({}, {}), /no cluster with a server/],
    ['no URL', kubeconfig({ server: 'hunter2' }, {}), /server must be an http or https URL$/],
    [
      'what is not supported',
      kubeconfig({ server: 'https://x' }, { 'as-uid': 'hunter2' }),
      /as-uid is not supported$/,
    ],
    [
      'a SOCKS proxy',
      kubeconfig({ server: 'https://x', 'proxy-url': 'socks5://hunter2' }, {}),
      /proxy-url must be an http or https URL$/,
    ],
  ])('%s', async (_, content, message) => {
    const error: Error = await load(await write('bad', content)).then(
      () => new Error('loaded'),
      (thrown: Error) => thrown,
    );
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: 'MCO_KUBECONFIG' });
    expect(`${error.message}${error.stack}${JSON.stringify(error.cause)}`).not.toContain('hunter2');
  });

  test('no file at all', async () => {
    const HOME = join(folder, 'nobody');
    await expect(loadEndpoint({ env: { HOME }, clock: systemClock })).rejects.toThrow(
      'give one with --kubeconfig',
    );
    // As in a container, whose user has no home: the account of the pod is looked for all the same.
    await expect(loadEndpoint({ env: {}, clock: systemClock })).rejects.toThrow(
      'not in a pod, and no kubeconfig at $KUBECONFIG or ~/.kube/config: give one with --kubeconfig',
    );
    await expect(load(join(folder, 'missing'))).rejects.toThrow(/^cannot read the kubeconfig .*missing$/);
  });
});

test('an exec plugin is asked for credentials, and its output is not in the error when it fails', async () => {
  const plugin = await write(
    'plugin',
    `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$1'"}}'`,
  );
  await chmod(plugin, 0o755);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', args: ['FROM-PLUGIN'] };
  const server = 'https://127.0.0.1:6443';
  const path = await write(
    'exec',
    kubeconfig(
      { server, 'certificate-authority-data': base64('CA') },
      { exec, 'client-key-data': base64('KEY') },
    ),
  );
  expect(shown(await (await load(path)).credentials())).toMatchObject({
    authorization: 'Bearer FROM-PLUGIN',
    ca: 'CA',
    key: 'KEY',
  });
  const failing = await write('failing', '#!/bin/sh\necho hunter2 >&2\nexit 1\n');
  await chmod(failing, 0o755);
  const broken = await load(
    await write('exec2', kubeconfig({ server }, { exec: { ...exec, command: './failing' } })),
  );
  await expect(broken.credentials()).rejects.toThrow(/credential plugin ".*failing" failed; run it by hand$/);
});

describe('in a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  test('the service account is taken', async () => {
    const endpoint = await inClusterEndpoint(env, systemClock, await account('pod'));
    expect([endpoint?.server.href, endpoint?.namespace]).toEqual(['https://10.0.0.1/', 'system']);
    expect(shown(await (endpoint as NonNullable<typeof endpoint>).credentials())).toMatchObject({
      authorization: 'Bearer ONE',
      ca: 'CA',
    });
    const v6 = { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    expect((await inClusterEndpoint(v6, systemClock, folder))?.server.href).toBe('https://[fd00::1]:6443/');
    expect(await inClusterEndpoint({}, systemClock, folder)).toBeUndefined();
  });

  test('a kubeconfig goes before the service account only for who asks for that, or names a context', async () => {
    const KUBECONFIG = await write('beside', kubeconfig({ server: 'https://127.0.0.1:7' }, { token: 'T' }));
    const both = { env: { ...env, KUBECONFIG }, clock: systemClock };
    const hostOf = async (options: Partial<Parameters<typeof loadEndpoint>[0]>) =>
      (await loadEndpoint({ ...both, ...options })).server.host;
    expect(await hostOf({})).toBe('10.0.0.1');
    expect(await hostOf({ prefer: 'kubeconfig' })).toBe('127.0.0.1:7');
    expect(await hostOf({ context: 'c' })).toBe('127.0.0.1:7');
    const none = { ...env, KUBECONFIG: join(folder, 'missing') };
    expect(await hostOf({ prefer: 'kubeconfig', env: none })).toBe('10.0.0.1');
    await expect(hostOf({ context: 'c', env: none })).rejects.toThrow('give one with --kubeconfig');
  });

  test('the token is read again after a minute or when it is refused; the CA is a new one only if it changed', async () => {
    const at = await account('rotating');
    const clock = new ManualClock();
    const endpoint = await inClusterEndpoint(env, clock, at);
    if (endpoint === undefined) throw new Error('no endpoint');
    const first = await endpoint.credentials();
    await write('rotating/token', 'TWO');
    clock.advance(59_999);
    expect(await endpoint.credentials()).toBe(first);
    clock.advance(1);
    const second = await endpoint.credentials();
    expect([second.authorization?.reveal(), second.tls === first.tls]).toEqual(['Bearer TWO', true]);
    await write('rotating/token', 'THREE');
    await write('rotating/ca.crt', 'CA2');
    endpoint.forget();
    const third = await endpoint.credentials();
    expect([third.authorization?.reveal(), third.tls === first.tls]).toEqual(['Bearer THREE', false]);
    await rm(join(at, 'token'));
    endpoint.forget();
    expect((await endpoint.credentials()).authorization?.reveal()).toBe('Bearer THREE');
  });
});
