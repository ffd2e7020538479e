import type { PortCall, SimulatedRig } from '../../../../test/conformance/rig.ts';
import {
  startScalekitSimulator,
  type ScalekitSimulator,
} from '../../../../test/simulators/scalekit/simulator.ts';
import { identityProviderSpec } from '../../../api/schema/identity-provider.ts';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { Secret } from '../../../runtime/secret.ts';
import type { Connection } from '../../connection.ts';
import { ProviderHttp } from '../../http.ts';
import { parseDescription } from '../description-mark.ts';
import { scalekit } from '../index.ts';
import { flat, type FlatAccount } from '../../../../test/helpers/flat-account.ts';

export const organizationId = 'org_1';
export const inOrganization = { organizationId };

type Options = NonNullable<Parameters<typeof startScalekitSimulator>[0]>;

export interface ScalekitRig extends SimulatedRig {
  readonly simulator: ScalekitSimulator;
  /** Bound to no organization; `account` is bound to the first one. */
  readonly environment: FlatAccount;
}

const operations: Readonly<Record<PortCall, string>> = {
  list: 'list',
  get: 'get',
  create: 'create',
  update: 'update',
  release: 'update',
  remove: 'delete',
  mint: 'addSecret',
  retire: 'deleteSecret',
  promote: 'unknown',
  cancel: 'unknown',
  read: 'unknown',
  turn: 'unknown',
  drop: 'unknown',
  prove: 'token',
};

/** `secret`: another management secret than the one that works. `gateway`: none at all. */
export const connect = (
  environmentUrl: string,
  auth: { readonly clientId: string; readonly secret: Secret } | 'gateway',
  connection: Partial<Connection> = {},
  clock: Clock = systemClock,
): FlatAccount => {
  const spec = identityProviderSpec.parse({
    type: 'Scalekit',
    scalekit: {
      environmentUrl,
      auth:
        auth === 'gateway'
          ? { type: 'Gateway' }
          : { type: 'Secret', clientId: auth.clientId, secretKeyRef: { name: 'scalekit', key: 'secret' } },
    },
  });
  const { baseUrl } = scalekit.describe(spec);
  const http = new ProviderHttp(
    { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...connection },
    4,
    clock,
  );
  return flat(scalekit.connect(spec, http, auth === 'gateway' ? undefined : auth.secret, Math.random));
};

/** A simulator, and an account that is connected to it. */
export const startRig = async (
  options: Options = {},
  connection: Partial<Connection> = {},
  gateway = false,
): Promise<ScalekitRig> => {
  const simulator = await startScalekitSimulator({ organizations: [organizationId, 'org_2'], ...options });
  const { clientId, clientSecret } = simulator.credentials;
  const auth = gateway ? 'gateway' : { clientId, secret: new Secret(clientSecret) };
  const environment = connect(simulator.url, auth, connection, options.clock);
  return {
    simulator,
    environment,
    account: environment.within(organizationId),
    clients: () =>
      simulator.clients().map((client) => ({
        id: client.clientId,
        active: true,
        displayName: client.name,
        description: parseDescription(client.description).text,
        scopes: client.scopes,
        secrets: client.secrets.map(({ value }) => value),
      })),
    fault: (name, fault, times = 1) =>
      simulator.setFaults([{ ...fault, operations: [operations[name]], times }]),
    requests: (name) =>
      simulator
        .requests({ operation: operations[name] })
        .filter((request) => request.clientId !== simulator.credentials.clientId).length,
    addForeign: (name) => simulator.act({ action: 'createClient', fields: { name } }).clientId ?? '',
    removeInConsole: (id) => void simulator.act({ action: 'deleteClient', clientId: id }),
    limitPages: (size) => simulator.setSwitches({ pageSizeCap: size }),
    limitLists: (perSecond) => simulator.setSwitches({ listRateLimit: perSecond }),
    [Symbol.asyncDispose]: async () => {
      await environment.close();
      await simulator[Symbol.asyncDispose]();
    },
  };
};
