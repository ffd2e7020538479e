import {
  call,
  value,
  createAs,
  wish as usualWish,
} from '../../../../test/conformance/provider-conformance.ts';
import type { PortCall, SimulatedRig } from '../../../../test/conformance/rig.ts';
import { flat } from '../../../../test/helpers/flat-account.ts';
import {
  startVaultAppRoleSimulator,
  type VaultSimulator,
} from '../../../../test/simulators/vaultapprole/simulator.ts';
import { clusterIdentityProviderSpec } from '../../../api/schema/identity-provider.ts';
import { machineClientSpec } from '../../../api/schema/machine-client.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { Secret } from '../../../runtime/secret.ts';
import type { Connection } from '../../connection.ts';
import { ProviderHttp } from '../../http.ts';
import type { OwnToken } from '../../module.ts';
import { ok } from '../../outcome.ts';
import type { UpstreamClient, Wish } from '../../provider.ts';
import { vaultapprole } from '../index.ts';

type Options = Parameters<typeof startVaultAppRoleSimulator>[0];
export interface VaultRig extends SimulatedRig {
  readonly simulator: VaultSimulator;
}

interface Setting {
  readonly connection?: Partial<Connection>;
  readonly login?: 'Token' | 'AppRole' | 'Kubernetes' | 'Gateway';
  /** For `Kubernetes`: by default a token that the simulator takes. */
  readonly ownToken?: OwnToken;
  /** In place of the simulator's own. */
  readonly credential?: string;
  readonly clock?: Clock;
}

/** A token of nobody, for this audience. */
export const jwtFor = (audience: string): Secret => {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  return new Secret(`${part({ alg: 'none' })}.${part({ aud: [audience] })}.`);
};

const operations: Readonly<Record<PortCall, string>> = {
  list: 'list',
  get: 'getRole',
  create: 'writeRole',
  update: 'writeRole',
  release: 'writeRole',
  remove: 'deleteRole',
  mint: 'issueSecretId',
  retire: 'destroySecretId',
  promote: 'unknown',
  cancel: 'unknown',
  read: 'unknown',
  turn: 'unknown',
  drop: 'unknown',
  prove: 'login',
};

/** An account that is connected to a simulator. */
export const start = async (options: Options = {}, setting: Setting = {}): Promise<VaultRig> => {
  const { login = 'Token', clock = systemClock } = setting;
  const simulator = await startVaultAppRoleSimulator({ clock, ...options });
  const { token, roleId, secretId } = simulator.credentials;
  const secretKeyRef = { name: 'vault', key: 'secret' };
  const logins = {
    Token: { auth: { type: 'Token', secretKeyRef }, credential: token },
    AppRole: {
      auth: { type: 'AppRole', roleId, secretKeyRef, mountPath: simulator.operatorMountPath },
      credential: secretId,
    },
    Kubernetes: {
      auth: { type: 'Kubernetes', role: simulator.kubernetes.role, audience: simulator.kubernetes.audience },
      credential: undefined,
    },
    Gateway: { auth: { type: 'Gateway' }, credential: undefined },
  };
  const { auth, credential } = logins[login];
  const spec = clusterIdentityProviderSpec.parse({
    type: 'VaultAppRole',
    vaultAppRole: {
      address: simulator.url,
      namespace: simulator.namespace,
      mountPath: simulator.mountPath,
      auth,
    },
  });
  const { baseUrl } = vaultapprole.describe(spec);
  const http = new ProviderHttp(
    { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...setting.connection },
    4,
    clock,
  );
  const given = setting.credential ?? credential;
  const secret = given === undefined ? undefined : new Secret(given);
  const ownToken = setting.ownToken ?? (async () => ok(jwtFor(simulator.kubernetes.audience)));
  const account = flat(vaultapprole.connect(spec, http, secret, Math.random, ownToken));
  return {
    simulator,
    account,
    clients: () =>
      simulator.clients().map(({ clientId, secretIds }) => ({
        id: clientId,
        active: true,
        displayName: '',
        description: '',
        scopes: [],
        secrets: secretIds.map(({ secretId: value }) => value),
      })),
    fault: (name, fault, times = 1) =>
      simulator.setFaults([{ ...fault, operations: [operations[name]], times }]),
    requests: (name) => simulator.requests({ operation: operations[name] }).length,
    addForeign: (id) => {
      simulator.act({ action: 'createClient', clientId: id });
      return id;
    },
    removeInConsole: (id) => void simulator.act({ action: 'deleteClient', clientId: id }),
    // There are no pages.
    limitPages: () => {},
    limitLists: (perSecond) => simulator.setSwitches({ listRateLimit: perSecond }),
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await simulator[Symbol.asyncDispose]();
    },
  };
};

/** The usual wish without what a role has not. */
export const wish = (spec: object = {}, uid = 'uid-1'): Wish => ({
  ...usualWish({}, uid),
  spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec }),
});
export const create = (rig: VaultRig, spec: object = {}) => createAs(rig, wish(spec));

export const live = async (rig: VaultRig, id: string): Promise<UpstreamClient> => {
  const client = value(await rig.account.get(id, call));
  if (!client) throw new Error('gone');
  return client;
};

export const behindGateway = {
  options: { pathPrefix: '/idp/vault', gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' } },
  setting: {
    login: 'Gateway',
    connection: { headers: [{ name: 'x-gateway-key', value: new Secret('let-me-in') }] },
  },
} as const;
