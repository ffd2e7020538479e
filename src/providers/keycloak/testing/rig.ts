import {
  call,
  createAs,
  value,
  wish as usualWish,
} from '../../../../test/conformance/provider-conformance.ts';
import type { PortCall, Rig, SimulatedRig } from '../../../../test/conformance/rig.ts';
import { flat } from '../../../../test/helpers/flat-account.ts';
import {
  type KeycloakSimulator,
  startKeycloakSimulator,
} from '../../../../test/simulators/keycloak/simulator.ts';
import { identityProviderSpec } from '../../../api/schema/identity-provider.ts';
import { machineClientSpec } from '../../../api/schema/machine-client.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { Secret } from '../../../runtime/secret.ts';
import type { Connection } from '../../connection.ts';
import { ProviderHttp } from '../../http.ts';
import { ListPages } from '../../list-pages.ts';
import type { UpstreamClient, Wish } from '../../provider.ts';
import { capabilities, KeycloakAccount } from '../account.ts';
import { keycloak, realmOf } from '../index.ts';

type Options = Parameters<typeof startKeycloakSimulator>[0];
export interface KeycloakRig extends SimulatedRig {
  readonly simulator: KeycloakSimulator;
}

interface Setting {
  readonly connection?: Partial<Connection>;
  readonly login?: 'ClientCredentials' | 'Gateway';
  /** In place of the simulator's own. */
  readonly credential?: string;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export const operations: Readonly<Record<PortCall, string>> = {
  list: 'list',
  // By its client id, which is a list of one.
  get: 'list',
  create: 'create',
  update: 'update',
  release: 'update',
  remove: 'delete',
  mint: 'update',
  retire: 'update',
  promote: 'unknown',
  cancel: 'unknown',
  read: 'list',
  turn: 'update',
  drop: 'dropRotated',
  prove: 'token',
};

/** Pages of a list are asked for in this size, at most: Keycloak gives what it is asked for. */
export class SmallPages extends ListPages {
  most = Number.MAX_SAFE_INTEGER;

  override get size(): number {
    return Math.min(this.most, super.size);
  }
}

/** What the suites of all providers ask for. */
export const scopesOfTests = ['read:a', 'b', 'c'];

/** An account that is connected to a simulator. */
export const start = async (options: Options = {}, setting: Setting = {}): Promise<KeycloakRig> => {
  const { login = 'ClientCredentials', clock = systemClock } = setting;
  const simulator = await startKeycloakSimulator({ clock, ...options });
  for (const name of scopesOfTests) simulator.act({ action: 'addScope', name });
  const { clientId, secret } = simulator.credentials;
  const isGateway = login === 'Gateway';
  const secretKeyRef = { name: 'keycloak', key: 'secret' };
  const spec = identityProviderSpec.parse({
    type: 'Keycloak',
    keycloak: {
      baseUrl: simulator.url,
      realm: simulator.realm,
      auth: { type: login, ...(!isGateway && { clientId, secretKeyRef }) },
    },
  });
  const { baseUrl } = keycloak.describe(spec);
  const http = new ProviderHttp(
    { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...setting.connection },
    4,
    clock,
  );
  const pages = new SmallPages(capabilities.pageSize);
  const credential = isGateway ? undefined : new Secret(setting.credential ?? secret);
  const account = flat(
    new KeycloakAccount({ ...realmOf(spec, credential, setting.random ?? Math.random), pages }, http),
  );
  /** Of a client that has no set of keys. */
  const secretsOf = (clientId: string): readonly string[] =>
    simulator.clients().some((one) => one.clientId === clientId && 'jwks.string' in one.attributes)
      ? []
      : simulator
          .issuedSecrets()
          .filter((one) => one.kind === 'client' && one.clientId === clientId && one.revokedAt === null)
          .map(({ value }) => value);
  return {
    simulator,
    account,
    clients: () =>
      simulator.clients().map(({ clientId: id, fields, defaultScopes, keys }) => ({
        id,
        active: fields['enabled'] === true,
        displayName: String(fields['name']),
        description: String(fields['description']),
        scopes: defaultScopes.filter((name) => name !== 'basic' && name !== 'service_account'),
        secrets: [...keys.map(({ keyId }) => keyId), ...secretsOf(id)],
      })),
    fault: (name, fault, times = 1) =>
      simulator.setFaults([{ ...fault, operations: [operations[name]], times }]),
    requests: (name) =>
      simulator
        .requests({ operation: operations[name] })
        .filter(({ clientId: of }) => name !== 'list' || of === null).length,
    addForeign: (id) => {
      simulator.act({ action: 'createClient', clientId: id });
      return id;
    },
    removeInConsole: (id) => void simulator.act({ action: 'deleteClient', clientId: id }),
    asksForTheEnd: true,
    limitPages: (size) => {
      pages.most = size;
    },
    limitLists: (perSecond) => simulator.setSwitches({ listRateLimit: perSecond }),
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await simulator[Symbol.asyncDispose]();
    },
  };
};

/** The usual wish, for a key pair. */
export const wish = (spec: object = {}, uid = 'uid-1'): Wish => ({
  ...usualWish({}, uid),
  spec: machineClientSpec.parse({
    providerRef: { name: 'p' },
    displayName: 'App',
    credential: { type: 'KeyPair' },
    ...spec,
  }),
});
export const create = (rig: Rig, spec: object = {}, incarnation = 0) =>
  createAs(rig, wish(spec), incarnation);

export const live = async ({ account }: Rig, id: string): Promise<UpstreamClient> => {
  const client = value(await account.get(id, call));
  if (!client) throw new Error('gone');
  return client;
};

export const behindGateway = {
  options: { pathPrefix: '/idp/sso', gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' } },
  setting: {
    login: 'Gateway',
    connection: { headers: [{ name: 'x-gateway-key', value: new Secret('let-me-in') }] },
  },
} as const;
