import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { collectionOf, type Manifest, parseManifests } from '../helpers/installed.ts';
import { identityOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { findTool, helm4, kubectl } from '../tools/tools.ts';
import { chart, good, Helm, inRelease, release, releaseNamespace } from './helm.ts';

/** What a release leaves behind, and what it tells its reader to do. A cluster that has never seen our kinds. */
let cluster: ControlPlane;
let admin: AdminClient;
let helm: Helm;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mco-release-'));
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  helm = await Helm.find(helm4, cluster.kubeconfigPath);
});
afterAll(async () => {
  await helm[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const pathOf = (manifest: Manifest): string => `${collectionOf(manifest)}/${manifest.metadata.name}`;
const isThere = async (path: string): Promise<boolean> => (await admin.call('GET', path)).status === 200;

interface Pod {
  readonly spec: { readonly containers: readonly [{ readonly command: readonly string[] }] };
}

/** Runs what is in the pod, as its kubelet would. */
const runPod = async (pod: Pod): Promise<string> => {
  const { server, ca, token } = await identityOf(admin, cluster.kubeconfigPath, 'default', 'default');
  await writeFile(join(folder, 'token'), token);
  await writeFile(join(folder, 'ca.crt'), ca);
  const { hostname, port } = new URL(server);
  const [, ...args] = pod.spec.containers[0].command;
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: {
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      KIND: 'ClusterIdentityProvider',
      ACCOUNT: folder,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'),
    },
  });
  return stdout;
};

test('a provider of the release comes after its kind, belongs to the release, and stays when all else goes', async () => {
  const values = (requestsPerMinute: number) =>
    helm.values({
      defaultProvider: {
        enabled: true,
        name: 'corporate',
        spec: {
          type: 'Stytch',
          stytch: {
            projectId: 'project-test-00000000-0000-0000-0000-000000000000',
            auth: { type: 'Secret', secretKeyRef: { name: 'stytch', key: 'secret' } },
          },
          limits: { requestsPerMinute },
        },
      },
    });
  const provider = '/apis/machine-client.dev/v1beta1/clusteridentityproviders/corporate';
  const limitOf = async (): Promise<number> =>
    (await admin.call('GET', provider)).body.spec.limits.requestsPerMinute;
  const isInRelease = async (): Promise<boolean> =>
    parseManifests(await good(helm.run('get', 'manifest', release, ...inRelease))).some(
      ({ kind }) => kind === 'ClusterIdentityProvider',
    );

  // The pod begins before there is any definition, and ends when the kind is served.
  const rendered = parseManifests(
    await good(helm.run('template', release, chart, ...inRelease, '--values', await values(100))),
  );
  const name = `${release}-wait`;
  const waiting = rendered.find(({ metadata }) => metadata.name === name) as unknown as Pod;
  await until('there is a ServiceAccount', () =>
    isThere('/api/v1/namespaces/default/serviceaccounts/default'),
  );
  let said = '';
  const ran = runPod(waiting).then((output) => {
    said = output;
  });
  const installing = good(
    helm.run('install', release, chart, ...inRelease, '--create-namespace', '--values', await values(100)),
  );
  const pod = `/api/v1/namespaces/${releaseNamespace}/pods/${name}`;
  await until('Helm has made the pod', () => isThere(pod), { timeoutMs: 60_000 });
  expect(await isThere(provider)).toBe(false);
  await ran;
  expect(said).toContain('ClusterIdentityProvider is served');
  await admin.call('PATCH', `${pod}/status`, { status: { phase: 'Succeeded' } });
  await installing;
  expect(await isThere(pod)).toBe(false);
  expect(await limitOf()).toBe(100);
  expect(await isInRelease()).toBe(false);

  await good(helm.run('upgrade', release, chart, ...inRelease, '--values', await values(200)));
  expect(await limitOf()).toBe(200);
  expect(await isInRelease()).toBe(true);

  // The first revision does not know it as one of its objects: it stays, as it is.
  await good(helm.run('rollback', release, '1', ...inRelease));
  expect(await limitOf()).toBe(200);
  expect(await isInRelease()).toBe(false);
  await good(helm.run('upgrade', release, chart, ...inRelease, '--values', await values(300)));
  expect(await limitOf()).toBe(300);
  expect(await isInRelease()).toBe(true);

  const all = parseManifests(await good(helm.run('get', 'manifest', release, ...inRelease)));
  await good(helm.run('uninstall', release, ...inRelease));
  const found = await Promise.all(all.map((manifest) => isThere(pathOf(manifest))));
  const left = all.filter((_, index) => found[index]).map(({ metadata }) => metadata.name);
  expect(left.toSorted()).toEqual([
    'clusteridentityproviders.machine-client.dev',
    'corporate',
    'identityproviders.machine-client.dev',
    'machineclients.machine-client.dev',
  ]);

  await good(helm.run('install', release, chart, ...inRelease, '--values', await values(400)));
  expect(await limitOf()).toBe(400);
  expect(await isInRelease()).toBe(true);
  await good(helm.run('uninstall', release, ...inRelease));
});

test('what the notes say can be pasted into a shell', async () => {
  await symlink(await findTool(kubectl), join(folder, 'kubectl'));
  const paste = async (notes: string): Promise<void> => {
    const [, commands = ''] =
      /^(\x20{2}export PROJECT_ID=[^]*?^END$)/mu.exec(notes) ?? expect.fail(`no commands in: ${notes}`);
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
      env: {
        PATH: [folder, process.env['PATH']].join(delimiter),
        HOME: folder,
        KUBECONFIG: cluster.kubeconfigPath,
      },
    });
  };
  const areThere = async (namespace: string): Promise<void> => {
    const ours = `/apis/machine-client.dev/v1beta1/namespaces/${namespace}`;
    const { body: provider } = await admin.call('GET', `${ours}/identityproviders/stytch`);
    expect(provider.spec.stytch.projectId).toBe('project-test-00000000-0000-0000-0000-000000000000');
    const { name, key } = provider.spec.stytch.auth.secretKeyRef;
    const { body: secret } = await admin.call('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`);
    expect(secret.data[key]).toBe(Buffer.from('REPLACE-WITH-THE-PROJECT-SECRET').toString('base64'));
    const { body: client } = await admin.call('GET', `${ours}/machineclients/billing-worker`);
    expect(client.spec.providerRef.name).toBe('stytch');
  };
  await paste(
    await good(helm.run('upgrade', '--install', release, chart, ...inRelease, '--create-namespace')),
  );
  await areThere('payments');

  await admin.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team' },
  });
  const values = await helm.values({
    watchNamespaces: ['team'],
    installationId: 'team',
    crds: { install: false },
  });
  await paste(
    await good(
      helm.run('install', 'scoped', chart, '--namespace', 'ops', '--create-namespace', '--values', values),
    ),
  );
  await areThere('team');
});
