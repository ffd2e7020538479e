import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion } from '../../src/api/group.ts';
import { clusterIdentityProviders, identityProviders } from '../../src/api/objects.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { applyCrd, type Definition, installCrds, readCrds } from '../helpers/install-crds.ts';
import {
  createAll,
  grantTokens,
  installedName,
  installedNamespace,
  installManifests,
} from '../helpers/installed.ts';
import { OperatorProcess } from '../helpers/operator-process.ts';
import { said } from '../helpers/said.ts';
import { kubeconfigOf } from '../helpers/service-account.ts';
import { until } from '../helpers/until.ts';
import { VaultAppRoleUpstream } from '../helpers/upstreams/vaultapprole.ts';
import { type MachineClientWire, World } from '../helpers/world.ts';

/** The operator logs in with a token of its own ServiceAccount, and who else would like to have one. */
const namespace = installedNamespace;
const auth = { type: 'Kubernetes', role: 'machine-client-operator', audience: 'vault' };
const everywhere = ['--watch-namespaces=', '--installation-id=', '--time-scale=20'];

let cluster: ControlPlane;
let admin: AdminClient;
let account: Awaited<ReturnType<typeof kubeconfigOf>>;

beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
  await installCrds(admin);
  await createAll(admin, await installManifests());
  account = await kubeconfigOf(admin, cluster.kubeconfigPath, namespace, installedName);
}, 120_000);
afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** What the API server says of whoever comes with this token to it, or to somebody of that audience. */
const isTaken = async (token: string, audience?: string): Promise<boolean> => {
  const spec = { token, ...(audience !== undefined && { audiences: [audience] }) };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec };
  const { body } = await admin.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review);
  return body.status.authenticated === true;
};

/** Somebody's own server, which keeps all that it is sent. */
const startListener = async () => {
  const heard: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    heard.push(`${JSON.stringify(request.headers)} ${await text(request)}`);
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"errors":["permission denied"]}');
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const provider = (kind: 'IdentityProvider' | 'ClusterIdentityProvider', address: string, login: object) => ({
  apiVersion,
  kind,
  spec: { type: 'VaultAppRole', vaultAppRole: { address, auth: login } },
});
const inCluster = (
  world: World<VaultAppRoleUpstream>,
  name: string,
  address: string,
  login: object = auth,
) => {
  const { spec, ...rest } = provider('ClusterIdentityProvider', address, login);
  const clientPolicy = { tokenPolicies: ['*'] };
  return world.kube.create(clusterIdentityProviders, undefined, {
    ...rest,
    metadata: { name },
    spec: { ...spec, clientPolicy, allowedNamespaces: { names: [world.namespace] } },
  });
};
const says = async (world: World<VaultAppRoleUpstream>, name: string, text: string): Promise<void> => {
  await until(`${name}: ${text}`, async () =>
    said(await world.kube.get<MachineClientWire>(clusterIdentityProviders, { name }), 'Ready').includes(text),
  );
};
const operator = (audiences: string, kubeconfig = account.path) =>
  new OperatorProcess({ kubeconfig, namespace, flags: [...everywhere, `--token-audiences=${audiences}`] });
const worldHere = async () => await World.over(cluster.kubeconfigPath, await VaultAppRoleUpstream.start());
const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
    readonly aud: unknown;
    readonly sub: string;
    readonly exp: number;
    readonly iat: number;
  };

test('without the right to ask for tokens it waits and names it, and with it clients are made; nothing is stored', async () => {
  await using world = await worldHere();
  await using running = operator('vault');
  await until('it says which right it needs', () =>
    running.output.some((line) =>
      line.includes('the operator needs RBAC verb \\"create\\" on resource \\"serviceaccounts/token\\"'),
    ),
  );
  await grantTokens(admin);
  await inCluster(world, 'vault', world.upstream.url);
  const providerRef = { kind: 'ClusterIdentityProvider', name: 'vault' };
  await world.client('worker', { providerRef });
  await world.ready('worker', 60_000);
  expect(await world.works('worker')).toBe(true);
  await world.delete('worker');
  await until('it is gone', () => world.isGone('worker'));
  await world.kube.delete(clusterIdentityProviders, { name: 'vault' });
});

test('a server of somebody’s own is sent a token that is good for its audience alone, and no other', async () => {
  await using world = await worldHere();
  await using theirs = await startListener();
  await using running = operator('vault,payments');
  await inCluster(world, 'theirs', theirs.url);
  const jwt = await until('a login', () => /"jwt":"([^"]+)"/.exec(theirs.heard.join('\n'))?.[1]);
  const { aud, sub, exp, iat } = claimsOf(jwt);
  expect([aud, sub, exp - iat]).toEqual([
    ['vault'],
    `system:serviceaccount:${namespace}:${installedName}`,
    600,
  ]);
  // The API server takes it from nobody.
  expect([await isTaken(jwt), await isTaken(jwt, 'vault')]).toEqual([false, true]);
  await says(world, 'theirs', 'CredentialsInvalid');

  // Neither the one that nobody allowed, nor the one that would open the cluster.
  await using others = await startListener();
  for (const [name, audience] of [
    ['unnamed', 'elsewhere'],
    ['itself', 'https://kubernetes.default.svc'],
  ] as const) {
    await inCluster(world, name, others.url, { ...auth, audience });
    await says(
      world,
      name,
      `TokenNotAllowed: the operator asks for no token for the audience ${audience}: name it in tokenAudiences of the chart (--token-audiences), or change auth.audience`,
    );
  }
  expect(others.heard).toEqual([]);
  const all = [...theirs.heard, ...running.output].join('\n');
  expect(running.output.join('\n')).not.toContain(jwt);
  expect(all.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)?.filter((one) => one !== jwt) ?? []).toEqual([]);
  for (const name of ['theirs', 'unnamed', 'itself'])
    await world.kube.delete(clusterIdentityProviders, { name });
});

/** The definition of IdentityProvider as if it had the member of the other one. */
const loosened = (definition: Definition, ofCluster: Definition): Definition => {
  const copy = structuredClone<Definition>(definition);
  for (const [index, { schema }] of copy.spec.versions.entries()) {
    const from = ofCluster.spec.versions[index]?.schema.openAPIV3Schema.properties?.['spec']?.properties;
    Object.assign(schema.openAPIV3Schema.properties?.['spec']?.properties ?? {}, {
      vaultAppRole: from?.['vaultAppRole'],
    });
  }
  return copy;
};

test('a namespaced provider object is sent none: the API server refuses it, and so does the operator', async () => {
  await using world = await worldHere();
  await using theirs = await startListener();
  await using _running = operator('vault');
  const body = {
    ...provider('IdentityProvider', theirs.url, auth),
    metadata: { name: 'theirs', namespace: world.namespace },
  };
  await expect(world.kube.create(identityProviders, world.namespace, body)).rejects.toMatchObject({
    status: 422,
    apiMessage: expect.stringContaining('spec.vaultAppRole.auth'),
  });
  const all = await readCrds();
  const [definition, ofCluster] = ['IdentityProvider', 'ClusterIdentityProvider'].map((kind) =>
    all.find(({ spec }) => spec.names.kind === kind),
  );
  if (!definition || !ofCluster) throw new Error('a definition is missing');
  await applyCrd(admin, loosened(definition, ofCluster));
  await until('it is stored', () =>
    world.kube.create(identityProviders, world.namespace, body).then(Boolean, () => false),
  );
  await until('the operator says no', async () =>
    said(await world.kube.get<MachineClientWire>(identityProviders, world.ref('theirs')), 'Ready').startsWith(
      'False InvalidSpec: ',
    ),
  );
  expect(theirs.heard).toEqual([]);
  await applyCrd(admin, definition);
});

test.each([
  [
    'for the API server itself',
    'https://kubernetes.default.svc',
    undefined,
    'is an audience of the API server',
  ],
  ['of an operator that is no ServiceAccount', 'vault', 'administrator', 'runs as a ServiceAccount'],
])('a setting that asks for tokens %s ends the start', async (_, audiences, as, why) => {
  await using refused = operator(audiences, as === undefined ? account.path : cluster.kubeconfigPath);
  expect(await refused.exited).toBe(1);
  const said = refused.output.find((line) => line.includes('MCO_SETTING')) ?? '';
  expect(said).toContain(why);
  expect(said).not.toContain('eyJ');
});
