import {
  call,
  createAs,
  value,
  wish as usualWish,
} from '../../../../test/conformance/provider-conformance.ts';
import type { PortCall, SimulatedRig } from '../../../../test/conformance/rig.ts';
import {
  startAuthressSimulator,
  type AuthressSimulator,
} from '../../../../test/simulators/authress/simulator.ts';
import { identityProviderSpec } from '../../../api/schema/identity-provider.ts';
import { machineClientSpec } from '../../../api/schema/machine-client.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { Secret } from '../../../runtime/secret.ts';
import type { Connection } from '../../connection.ts';
import { ProviderHttp } from '../../http.ts';
import type { UpstreamClient, Wish } from '../../provider.ts';
import { authress } from '../index.ts';
import { flat } from '../../../../test/helpers/flat-account.ts';

type Options = Parameters<typeof startAuthressSimulator>[0];
export interface AuthressRig extends SimulatedRig {
  readonly simulator: AuthressSimulator;
}

interface Setting {
  readonly connection?: Partial<Connection>;
  readonly gateway?: boolean;
  /** In place of the simulator's own. */
  readonly credential?: string;
  readonly accountId?: string;
  readonly clock?: Clock;
}

const operations: Readonly<Record<PortCall, string>> = {
  list: 'list',
  get: 'get',
  create: 'create',
  update: 'update',
  release: 'update',
  remove: 'delete',
  mint: 'addKey',
  retire: 'deleteKey',
  promote: 'unknown',
  cancel: 'unknown',
  read: 'unknown',
  turn: 'unknown',
  drop: 'unknown',
  prove: 'get',
};

/** What the user named it: the operator's mark stands behind. */
const withoutMark = (name: string | null): string =>
  (name ?? '').replace(/ ?\[(mco-[a-z2-7]+|released)\]$/, '');

export const start = async (options: Options = {}, setting: Setting = {}): Promise<AuthressRig> => {
  const { gateway = false, clock = systemClock } = setting;
  const simulator = await startAuthressSimulator({
    clock,
    ...options,
    // In the conformance suite everything that the list shows is counted.
    switches: { managementClientListed: false, ...options.switches },
  });
  const spec = identityProviderSpec.parse({
    type: 'Authress',
    authress: {
      baseUrl: simulator.url,
      ...((gateway || setting.accountId !== undefined) && {
        accountId: setting.accountId ?? simulator.accountId,
      }),
      auth: gateway
        ? { type: 'Gateway' }
        : { type: 'Secret', secretKeyRef: { name: 'authress', key: 'access-key' } },
    },
  });
  const http = new ProviderHttp(
    {
      baseUrl: authress.describe(spec).baseUrl,
      timeoutMs: 5_000,
      headers: [],
      refuseLocal: false,
      ...setting.connection,
    },
    4,
    clock,
  );
  const credential = new Secret(setting.credential ?? simulator.credentials.accessKey);
  const account = flat(authress.connect(spec, http, gateway ? undefined : credential, Math.random));
  const operationOf = (name: PortCall): string => (gateway && name === 'prove' ? 'keys' : operations[name]);
  return {
    simulator,
    account,
    clients: () =>
      simulator.clients().map((client) => ({
        id: client.clientId,
        active: true,
        displayName: withoutMark(client.name),
        description: '',
        scopes: [],
        secrets: client.keys.map(({ accessKey, keyId }) => accessKey ?? keyId),
      })),
    fault: (name, fault, times = 1) =>
      simulator.setFaults([{ ...fault, operations: [operationOf(name)], times }]),
    requests: (name) => simulator.requests({ operation: operationOf(name) }).length,
    addForeign: (id) => {
      simulator.act({ action: 'createClient', clientId: id, fields: { name: 'Theirs' } });
      return id;
    },
    removeInConsole: (id) => void simulator.act({ action: 'deleteClient', clientId: id }),
    limitPages: (size) => simulator.setSwitches({ pageSizeCap: size }),
    limitLists: (perSecond) => simulator.setSwitches({ listRateLimit: perSecond }),
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await simulator[Symbol.asyncDispose]();
    },
  };
};

/** The usual wish without what Authress does not bear. */
export const wish = (spec: object = {}, uid = 'uid-1'): Wish => ({
  ...usualWish({}, uid),
  spec: machineClientSpec.parse({ providerRef: { name: 'p' }, displayName: 'App', ...spec }),
});
export const create = (rig: AuthressRig, spec: object = {}) => createAs(rig, wish(spec));

export const live = async (rig: AuthressRig, id: string): Promise<UpstreamClient> => {
  const client = value(await rig.account.get(id, call));
  if (!client) throw new Error('gone');
  return client;
};

export const behindGateway = {
  options: { pathPrefix: '/idp/authress', gatewayHeader: { name: 'X-Gateway-Key', value: 'let-me-in' } },
  setting: {
    gateway: true,
    connection: { headers: [{ name: 'x-gateway-key', value: new Secret('let-me-in') }] },
  },
} as const;
