import { clusterIdentityProviderSpec } from '../../../src/api/schema/identity-provider.ts';
import { ProviderHttp } from '../../../src/providers/http.ts';
import { vaultapprole } from '../../../src/providers/vaultapprole/index.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Secret } from '../../../src/runtime/secret.ts';
import type { PortCall, Rig, TrueClient } from '../../conformance/rig.ts';
import { flat } from '../../helpers/flat-account.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import { vaultApi } from './calls.ts';
import { operatorPolicy } from './policy.ts';
import type { VaultServer } from './vault.ts';

const operations: Readonly<Record<PortCall, string>> = {
  list: 'list',
  get: 'get',
  create: 'write',
  update: 'write',
  release: 'write',
  remove: 'delete',
  mint: 'mint',
  retire: 'destroy',
  promote: 'unknown',
  cancel: 'unknown',
  read: 'unknown',
  turn: 'unknown',
  drop: 'unknown',
  prove: 'login',
};

/** A role for the operator itself, on a mount of its own. */
const ownRole = async (vault: VaultServer, mount: string) => {
  const { path: operators } = await vault.mount();
  const role = `/v1/auth/${operators}/role/operator`;
  const policy = `${operators}-role`;
  await vault.asRoot('PUT', `/v1/sys/policies/acl/${policy}`, { policy: operatorPolicy(mount) });
  await vault.asRoot('POST', role, {
    token_policies: policy,
    token_no_default_policy: true,
    token_ttl: '1h',
  });
  const { json: id } = await vault.asRoot('GET', `${role}/role-id`);
  const { json: made } = await vault.asRoot('POST', `${role}/secret-id`, {});
  return { mountPath: operators, roleId: id.data.role_id, secretId: made.data.secret_id as string };
};

/** What a wire error of Vault means for who prepares or looks: nothing is there. */
const keysOf = async (vault: VaultServer, path: string): Promise<readonly string[]> => {
  const { status, json } = await vault.asRoot('GET', `${path}?list=true`);
  return status === 404 ? [] : (json.data.keys as string[]);
};

/** A mount of its own of a real Vault, behind a fault proxy: what the suite has a simulator for. */
export const realConformanceRig = async (
  vault: VaultServer,
  login: 'Token' | 'AppRole' = 'Token',
): Promise<Rig> => {
  const mount = await vault.mount();
  const proxy = await startFaultProxy(vaultApi, vault.url);
  const secretKeyRef = { name: 'vault', key: 'secret' };
  const own = login === 'AppRole' ? await ownRole(vault, mount.path) : undefined;
  const auth = own
    ? { type: 'AppRole', roleId: own.roleId, mountPath: own.mountPath, secretKeyRef }
    : { type: 'Token', secretKeyRef };
  const spec = clusterIdentityProviderSpec.parse({
    type: 'VaultAppRole',
    vaultAppRole: { address: proxy.url, mountPath: mount.path, auth },
  });
  const { baseUrl } = vaultapprole.describe(spec);
  const http = new ProviderHttp(
    { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false },
    4,
    systemClock,
  );
  const credential = new Secret(own?.secretId ?? mount.operatorToken);
  const account = flat(vaultapprole.connect(spec, http, credential, Math.random));
  const roles = `/v1/auth/${mount.path}/role`;
  const clientOf = async (id: string): Promise<TrueClient> => ({
    id,
    active: true,
    displayName: '',
    description: '',
    scopes: [],
    secrets: await keysOf(vault, `${roles}/${id}/secret-id`),
  });
  return {
    account,
    clients: async () => await Promise.all((await keysOf(vault, roles)).map(clientOf)),
    fault: (name, fault, times = 1) => proxy.setFaults([{ ...fault, operations: [operations[name]], times }]),
    requests: (name) => proxy.requests({ operation: operations[name] }).length,
    addForeign: async (id) => {
      await vault.asRoot('POST', `${roles}/${id}`, {});
      return id;
    },
    removeInConsole: async (id) => {
      await vault.asRoot('DELETE', `${roles}/${id}`);
    },
    // There are no pages.
    limitPages: () => {},
    limitLists: () => {},
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
};
