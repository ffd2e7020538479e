import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion } from '../../../src/api/group.ts';
import { clusterIdentityProviderSpec } from '../../../src/api/schema/identity-provider.ts';
import { clusterIdentityProviders } from '../../../src/api/objects.ts';
import { ProviderHttp } from '../../../src/providers/http.ts';
import { ok } from '../../../src/providers/outcome.ts';
import { vaultapprole } from '../../../src/providers/vaultapprole/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Secret } from '../../../src/runtime/secret.ts';
import { call, failure, value } from '../../conformance/provider-conformance.ts';
import { type AdminClient, adminClient } from '../../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../../control-plane/control-plane.ts';
import { flat } from '../../helpers/flat-account.ts';
import {
  createAll,
  grantTokens,
  installedName,
  installedNamespace,
  installManifests,
} from '../../helpers/installed.ts';
import { OperatorProcess } from '../../helpers/operator-process.ts';
import { kubeconfigOf } from '../../helpers/service-account.ts';
import { until } from '../../helpers/until.ts';
import { World } from '../../helpers/world.ts';
import { operatorPolicy } from './policy.ts';
import { RealVaultUpstream } from './upstream.ts';
import { startVault, VAULT_STARTS_WITHIN_MS, type VaultServer } from './vault.ts';

/** The operator logs in to a real Vault with a token of its own ServiceAccount, which Vault has a real API server review. */
const namespace = installedNamespace;
const kubernetes = 'kubernetes';

let vault: VaultServer;
let cluster: ControlPlane;
let admin: AdminClient;
let account: Awaited<ReturnType<typeof kubeconfigOf>>;

const tokenFor = async (name: string, audience?: string): Promise<string> => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const spec = { expirationSeconds: 600, ...(audience !== undefined && { audiences: [audience] }) };
  const { body } = await admin.call('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });
  return body.status.token as string;
};

/** As docs/providers/vaultapprole.md tells an administrator of Vault; `reviewer` may ask the API server about tokens. */
const furnish = async (): Promise<void> => {
  const metadata = { name: 'reviewer', namespace };
  await createAll(admin, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'reviewer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ] as never);
  await done('POST', `/v1/sys/auth/${kubernetes}`, { type: 'kubernetes' });
  await done('POST', `/v1/auth/${kubernetes}/config`, {
    kubernetes_host: cluster.url,
    kubernetes_ca_cert: cluster.ca,
    token_reviewer_jwt: await tokenFor('reviewer'),
    disable_local_ca_jwt: true,
  });
};
const done = async (method: 'POST' | 'PUT', path: string, json: object): Promise<void> => {
  const { status, text } = await vault.asRoot(method, path, json);
  if (status >= 300) throw new Error(`Vault: ${method} ${path}: ${status} ${text}`);
};

/** A role for whoever is this ServiceAccount, with all that an operator needs at this mount. */
const allow = async (role: string, mount: string, more: object = {}): Promise<void> => {
  await done('PUT', `/v1/sys/policies/acl/${role}`, { policy: operatorPolicy(mount) });
  await done('POST', `/v1/auth/${kubernetes}/role/${role}`, {
    bound_service_account_namespaces: namespace,
    bound_service_account_names: installedName,
    audience: 'vault',
    token_policies: role,
    token_ttl: '1h',
    ...more,
  });
};

beforeAll(async () => {
  [vault, cluster] = await Promise.all([startVault(), startControlPlane()]);
  admin = adminClient(cluster.kubeconfigPath);
  await createAll(admin, await installManifests());
  await grantTokens(admin);
  account = await kubeconfigOf(admin, cluster.kubeconfigPath, namespace, installedName);
  await furnish();
}, VAULT_STARTS_WITHIN_MS);
afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await vault[Symbol.asyncDispose]();
});

test('a client is made, rotated and removed, and nothing but the token of the ServiceAccount logs the operator in', async () => {
  await using world = await World.over(cluster.kubeconfigPath, await RealVaultUpstream.start(vault));
  const { mountPath, address } = (
    world.upstream.spec() as { vaultAppRole: { mountPath: string; address: string } }
  ).vaultAppRole;
  await allow('operator', mountPath);
  const flags = ['--watch-namespaces=', '--installation-id=', '--time-scale=20', '--token-audiences=vault'];
  await using _operator = new OperatorProcess({ kubeconfig: account.path, namespace, flags });
  await world.kube.create(clusterIdentityProviders, undefined, {
    apiVersion,
    kind: 'ClusterIdentityProvider',
    metadata: { name: 'vault' },
    spec: {
      type: 'VaultAppRole',
      vaultAppRole: { address, mountPath, auth: { type: 'Kubernetes', role: 'operator', audience: 'vault' } },
      clientPolicy: { tokenPolicies: ['app'] },
      allowedNamespaces: { names: [world.namespace] },
    },
  });
  await world.client('worker', {
    providerRef: { kind: 'ClusterIdentityProvider', name: 'vault' },
    vaultAppRole: { tokenPolicies: ['app'] },
    rotation: { overlap: '1s' },
  });
  const made = await world.ready('worker');
  expect(await world.works('worker')).toBe(true);
  const first = world.upstream.clients()[0]?.credentials[0]?.value;
  await world.patch('worker', {
    metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } },
  });
  await until('it has rotated', () => {
    const [client] = world.upstream.clients();
    return client?.credentials.length === 1 && client.credentials[0]?.value !== first;
  });
  expect(world.upstream.clients()[0]?.clientId).toBe(made.status?.clientId);
  await world.delete('worker');
  await until('it is gone', () => world.isGone('worker'));
  expect(world.upstream.clients()).toEqual([]);
  const logins = world.upstream.simulator.requests({ operation: 'login' });
  expect(logins.filter(({ path }) => path.includes(`/${kubernetes}/`))).toHaveLength(1);
});

test.each([
  ['a role that there is not', 'nobody', 'vault', {}],
  ['a token for somebody else', 'bound', 'elsewhere', {}],
  ['a token of another ServiceAccount', 'bound', 'vault', { bound_service_account_names: 'another' }],
  [
    'a ServiceAccount of another namespace',
    'bound',
    'vault',
    { bound_service_account_namespaces: 'another' },
  ],
  ['no token at all', 'bound', undefined, {}],
] as const)('%s is a login that is refused', async (_, role, audience, more) => {
  const { path } = await vault.mount();
  await allow('bound', path, more);
  const jwt = audience === undefined ? 'no.token.atall' : await tokenFor(installedName, audience);
  const auth = { type: 'Kubernetes', role, audience: 'vault' };
  const vaultAppRole = { address: vault.url, mountPath: path, auth };
  const spec = clusterIdentityProviderSpec.parse({ type: 'VaultAppRole', vaultAppRole });
  const connection = { baseUrl: vault.url, timeoutMs: 5_000, headers: [], refuseLocal: false };
  const http = new ProviderHttp(connection, 4, systemClock);
  const connected = flat(
    vaultapprole.connect(spec, http, undefined, Math.random, async () => ok(new Secret(jwt))),
  );
  const outcome = await connected.list(undefined, call);
  expect(failure(outcome)).toMatchObject({
    kind: 'rejected',
    reason: 'CredentialsInvalid',
    retry: 'account',
  });
  expect(outcome.kind === 'ok' ? '' : outcome.error.message).not.toContain(jwt);
  await allow('bound', path);
  if (role === 'bound' && audience === 'vault') value(await connected.list(undefined, call));
  await connected.close();
});
