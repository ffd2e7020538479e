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
import { type Entropy, type IssuedSecret, StytchAccount } from './account.ts';
import { actInConsole, credentialsOf, type StytchAction, type StytchActionResult } from './console.ts';
import { defaultErrorType, managementError, tokenError } from './errors.ts';
import { stytchRoutes } from './routes.ts';
import { type StytchClientState, secretsOf, stateOf } from './state.ts';
import { type StytchSwitches, type StytchSwitchPatch, stytchSwitches } from './switches.ts';

interface StytchSimulatorOptions {
  /** 0, the default: one that is free. */
  readonly port?: number | undefined;
  /** Both are random by default. */
  readonly projectId?: string | undefined;
  readonly secret?: string | undefined;
  /** `/stytch`: a gateway's path prefix, below which the whole API lies. */
  readonly pathPrefix?: string | undefined;
  /** A gateway's header, asked for instead of Basic credentials. */
  readonly gatewayHeader?: { readonly name: string; readonly value: string } | undefined;
  /** Short for the switch of the same name. */
  readonly latencyMs?: number | undefined;
  /** How the switches stand at the start and after a reset. */
  readonly switches?: StytchSwitchPatch | undefined;
  /** For ids, secrets and faults with a probability. Default: the system's random bytes. */
  readonly entropy?: Entropy | undefined;
  readonly clock?: Clock | undefined;
}

/** A running Stytch. What it shows are copies, taken at the time of the call. */
export interface StytchSimulator extends AsyncDisposable {
  /** Where Stytch's API begins; no slash at the end. */
  readonly url: string;
  /** See README.md; control-client.ts speaks with it. */
  readonly controlUrl: string;
  /** The ones that are valid now. */
  readonly credentials: { readonly projectId: string; readonly secret: string };
  clients(): readonly StytchClientState[];
  requests(filter?: RequestFilter): readonly RequestRecord[];
  counters(): Counters;
  /** Every secret ever issued, of clients and of management, in the order of issue. */
  issuedSecrets(): readonly IssuedSecret[];
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void;
  faults(): readonly FaultStatus[];
  held(): readonly HeldRequest[];
  /** False when no such request is held. */
  release(id: number, outcome?: HoldOutcome): boolean;
  setSwitches(patch: StytchSwitchPatch): void;
  act(action: StytchAction): StytchActionResult;
  reset(): void;
}

class StytchProvider implements SimulatedProvider {
  readonly name = 'stytch';
  readonly secretFields = ['client_secret'];
  readonly switches: Switches<StytchSwitches>;
  readonly routes;
  readonly #open: () => StytchAccount;
  #account: StytchAccount;

  constructor(switches: Switches<StytchSwitches>, open: () => StytchAccount) {
    this.switches = switches;
    this.#open = open;
    this.#account = open();
    this.routes = stytchRoutes(() => this.#account, new SigningKey());
  }

  get account(): StytchAccount {
    return this.#account;
  }

  failure(operation: string | undefined, status: number, errorType = defaultErrorType(status)): Reply {
    const shape = operation === 'token' ? tokenError : managementError;
    return shape(status, errorType, this.#account.requestId());
  }

  state(): Record<string, unknown> {
    return { ...stateOf(this.#account) };
  }

  secrets(): readonly IssuedSecret[] {
    return secretsOf(this.#account);
  }

  act(action: unknown): StytchActionResult {
    return actInConsole(this.#account, action);
  }

  reset(): void {
    this.switches.reset();
    this.#account = this.#open();
  }
}

/** Starts Stytch on loopback; disposing stops it and closes every connection. */
export const startStytchSimulator = async (
  options: StytchSimulatorOptions = {},
): Promise<StytchSimulator> => {
  const clock = options.clock ?? systemClock;
  const entropy = options.entropy ?? randomBytes;
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs };
  const switches = new Switches(stytchSwitches, { ...options.switches, ...latency });
  // Drawn once: after a reset the credentials are those that were handed out at the start.
  let start: { projectId: string; secret: string } | undefined;
  const provider = new StytchProvider(switches, () => {
    const { projectId, secret } = start ?? options;
    const account = new StytchAccount({ clock, entropy, switches, projectId, secret });
    start = credentialsOf(account);
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
