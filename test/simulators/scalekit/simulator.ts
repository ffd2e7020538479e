import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import type { FaultRule, FaultStatus } from '../faults.ts';
import { gatewayOf } from '../gateway.ts';
import type { HeldRequest, HoldOutcome } from '../holds.ts';
import { startServer } from '../http-server.ts';
import type { Reply, SimulatedProvider } from '../provider.ts';
import type { Counters, RequestFilter, RequestRecord } from '../request-log.ts';
import { SigningKey } from '../signing-key.ts';
import { Switches } from '../switches.ts';
import { type Entropy, type IssuedSecret, ScalekitAccount } from './account.ts';
import {
  actInConsole,
  credentialsOf,
  type ScalekitAction,
  type ScalekitActionResult,
  type ScalekitCredentials,
} from './console.ts';
import { oauthError, oauthWordOf, routingError, rowOf, statusError } from './errors.ts';
import { scalekitRoutes } from './routes.ts';
import { type ScalekitClientState, secretsOf, stateOf } from './state.ts';
import { type ScalekitSwitches, type ScalekitSwitchPatch, scalekitSwitches } from './switches.ts';

interface ScalekitSimulatorOptions {
  /** 0, the default: one that is free. */
  readonly port?: number | undefined;
  /** Of the management client. Both are random by default. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** The organizations that there are; by default one, of a random id. */
  readonly organizations?: readonly string[] | undefined;
  /** `/scalekit`: a gateway's path prefix, below which the whole API lies. */
  readonly pathPrefix?: string | undefined;
  /** A gateway's header, asked for instead of a management token. */
  readonly gatewayHeader?: { readonly name: string; readonly value: string } | undefined;
  /** Short for the switch of the same name. */
  readonly latencyMs?: number | undefined;
  /** How the switches stand at the start and after a reset. */
  readonly switches?: ScalekitSwitchPatch | undefined;
  /** For ids, secrets and faults with a probability. Default: the system's random bytes. */
  readonly entropy?: Entropy | undefined;
  readonly clock?: Clock | undefined;
}

/** A running Scalekit. What it shows are copies, taken at the time of the call. */
export interface ScalekitSimulator extends AsyncDisposable {
  /** Where Scalekit's API begins; no slash at the end. */
  readonly url: string;
  /** See README.md; control-client.ts speaks with it. */
  readonly controlUrl: string;
  /** The ones that are valid now. */
  readonly credentials: ScalekitCredentials;
  clients(): readonly ScalekitClientState[];
  requests(filter?: RequestFilter): readonly RequestRecord[];
  counters(): Counters;
  /** Every secret ever issued, of clients and of management, tokens too, in the order of issue. */
  issuedSecrets(): readonly IssuedSecret[];
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void;
  faults(): readonly FaultStatus[];
  held(): readonly HeldRequest[];
  /** False when no such request is held. */
  release(id: number, outcome?: HoldOutcome): boolean;
  setSwitches(patch: ScalekitSwitchPatch): void;
  act(action: ScalekitAction): ScalekitActionResult;
  reset(): void;
}

/** One for the process: every management call begins with a token, and a key takes some 100 ms. */
const signingKey = new SigningKey();

class ScalekitProvider implements SimulatedProvider {
  readonly name = 'scalekit';
  readonly secretFields = ['client_secret'];
  readonly switches: Switches<ScalekitSwitches>;
  readonly routes;
  readonly #open: () => ScalekitAccount;
  #account: ScalekitAccount;

  constructor(switches: Switches<ScalekitSwitches>, open: () => ScalekitAccount) {
    this.switches = switches;
    this.#open = open;
    this.#account = open();
    this.routes = scalekitRoutes(() => this.#account, signingKey);
  }

  get account(): ScalekitAccount {
    return this.#account;
  }

  failure(operation: string | undefined, status: number, errorType?: string): Reply {
    if (operation === undefined && (status === 404 || status === 405)) return routingError(status);
    const { tokenErrorShape, errorDetail } = this.switches.current;
    return operation === 'token' && tokenErrorShape === 'oauth'
      ? oauthError(status, errorType ?? oauthWordOf(status))
      : statusError(rowOf(status, errorType), errorDetail, this.#account.id('req'));
  }

  state(): Record<string, unknown> {
    return { ...stateOf(this.#account) };
  }

  secrets(): readonly IssuedSecret[] {
    return secretsOf(this.#account);
  }

  act(action: unknown): ScalekitActionResult {
    return actInConsole(this.#account, action);
  }

  reset(): void {
    this.switches.reset();
    this.#account = this.#open();
  }
}

/** Starts Scalekit on loopback; disposing stops it and closes every connection. */
export const startScalekitSimulator = async (
  options: ScalekitSimulatorOptions = {},
): Promise<ScalekitSimulator> => {
  const clock = options.clock ?? systemClock;
  const entropy = options.entropy ?? randomBytes;
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs };
  const switches = new Switches(scalekitSwitches, { ...options.switches, ...latency });
  // Drawn once: after a reset the credentials are those that were handed out at the start.
  let start: Pick<ScalekitSimulatorOptions, 'clientId' | 'clientSecret' | 'organizations'> = options;
  const provider = new ScalekitProvider(switches, () => {
    const { clientId, clientSecret, organizations } = start;
    const account = new ScalekitAccount({ clock, entropy, switches, clientId, clientSecret, organizations });
    start = {
      clientId: account.clientId,
      clientSecret: account.managementSecret,
      organizations: account.organizations,
    };
    return account;
  });
  const server = await startServer(provider, {
    port: options.port ?? 0,
    gateway: gatewayOf(options),
    clock,
    random: () => entropy(4).readUInt32BE(0) / 2 ** 32,
  });
  return {
    url: server.url,
    controlUrl: server.controlUrl,
    get credentials() {
      return credentialsOf(provider.account);
    },
    clients: () => stateOf(provider.account).clients,
    requests: (filter) => server.log.list(filter).map((record) => ({ ...record })),
    counters: () => server.log.counters(),
    issuedSecrets: () => provider.secrets(),
    setFaults: (rules) => server.faults.set(rules),
    faults: () => server.faults.list(),
    held: () => server.holds.list(),
    release: (id, outcome) => server.holds.release(id, outcome),
    setSwitches: (patch) => switches.set(patch),
    act: (action) => provider.act(action),
    reset: () => server.reset(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
