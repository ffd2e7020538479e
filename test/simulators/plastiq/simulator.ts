import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import type { FaultRule, FaultStatus } from '../faults.ts';
import { gatewayOf } from '../gateway.ts';
import type { HeldRequest, HoldOutcome } from '../holds.ts';
import { startServer } from '../http-server.ts';
import type { Reply, SimulatedProvider } from '../provider.ts';
import type { Counters, RequestFilter, RequestRecord } from '../request-log.ts';
import { Switches } from '../switches.ts';
import { type ClientSecret, type Entropy, type IssuedSecret, PlastiqAccount } from './account.ts';
import { actInConsole, credentialsOf, type PlastiqAction, type PlastiqActionResult } from './console.ts';
import { errorReply } from './errors.ts';
import { plastiqRoutes } from './routes.ts';
import { type PlastiqState, secretsOf, stateOf } from './state.ts';
import { plastiqSwitches, type PlastiqSwitches, type PlastiqSwitchPatch } from './switches.ts';

interface PlastiqSimulatorOptions {
  /** 0, the default: one that is free. */
  readonly port?: number | undefined;
  /** Both are random by default. */
  readonly apiKey?: string | undefined;
  readonly payerId?: string | undefined;
  /** `/plastiq`: a gateway's path prefix, below which the whole API lies. */
  readonly pathPrefix?: string | undefined;
  /** A gateway's header, asked for instead of an API key. */
  readonly gatewayHeader?: { readonly name: string; readonly value: string } | undefined;
  /** Short for the switch of the same name. */
  readonly latencyMs?: number | undefined;
  /** How the switches stand at the start and after a reset. */
  readonly switches?: PlastiqSwitchPatch | undefined;
  /** For ids, secrets and faults with a probability. Default: the system's random bytes. */
  readonly entropy?: Entropy | undefined;
  readonly clock?: Clock | undefined;
}

/** A running Plastiq. What it shows are copies, taken at the time of the call. */
export interface PlastiqSimulator extends AsyncDisposable {
  /** Where Plastiq's API begins: it ends with `/api`. */
  readonly url: string;
  /** See README.md; control-client.ts speaks with it. */
  readonly controlUrl: string;
  /** The newest API key, and the payer that is there from the start. */
  readonly credentials: { readonly apiKey: string; readonly payerId: string };
  payers(): PlastiqState['payers'];
  requests(filter?: RequestFilter): readonly RequestRecord[];
  counters(): Counters;
  /** Every API key and client secret ever issued, in the order of issue. */
  issuedSecrets(): readonly IssuedSecret[];
  /** The client secrets among them. */
  clientSecrets(): readonly ClientSecret[];
  /** Replaces all fault rules. */
  setFaults(rules: readonly FaultRule[]): void;
  faults(): readonly FaultStatus[];
  held(): readonly HeldRequest[];
  /** False when no such request is held. */
  release(id: number, outcome?: HoldOutcome): boolean;
  setSwitches(patch: PlastiqSwitchPatch): void;
  act(action: PlastiqAction): PlastiqActionResult;
  reset(): void;
}

/** What the server says of requests that no route takes: Plastiq has its own codes. */
const serverWords: readonly (string | undefined)[] = ['route_not_found', 'method_not_allowed'];

class PlastiqProvider implements SimulatedProvider {
  readonly name = 'plastiq';
  /** Card data. */
  readonly secretFields = ['data'];
  readonly switches: Switches<PlastiqSwitches>;
  readonly routes;
  readonly #open: () => PlastiqAccount;
  #account: PlastiqAccount;

  constructor(switches: Switches<PlastiqSwitches>, open: () => PlastiqAccount) {
    this.switches = switches;
    this.#open = open;
    this.#account = open();
    this.routes = plastiqRoutes(() => this.#account);
  }

  get account(): PlastiqAccount {
    return this.#account;
  }

  failure(_operation: string | undefined, status: number, errorType?: string): Reply {
    const code = serverWords.includes(errorType) ? undefined : errorType;
    return errorReply(this.switches.current, this.#account.uuid(), status, [], code);
  }

  state(): Record<string, unknown> {
    return { ...stateOf(this.#account) };
  }

  secrets(): readonly IssuedSecret[] {
    return secretsOf(this.#account);
  }

  act(action: unknown): PlastiqActionResult {
    return actInConsole(this.#account, action);
  }

  reset(): void {
    this.switches.reset();
    this.#account = this.#open();
  }
}

/** Starts Plastiq on loopback; disposing stops it and closes every connection. */
export const startPlastiqSimulator = async (
  options: PlastiqSimulatorOptions = {},
): Promise<PlastiqSimulator> => {
  const clock = options.clock ?? systemClock;
  const entropy = options.entropy ?? randomBytes;
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs };
  const switches = new Switches(plastiqSwitches, { ...options.switches, ...latency });
  // Drawn once: after a reset the credentials are those that were handed out at the start.
  let start: { apiKey: string; payerId: string } | undefined;
  const provider = new PlastiqProvider(switches, () => {
    const { apiKey, payerId } = start ?? options;
    const account = new PlastiqAccount({ clock, entropy, switches, apiKey, payerId });
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
    url: `${server.url}/api`,
    controlUrl: server.controlUrl,
    get credentials() {
      return credentialsOf(provider.account);
    },
    payers: () => stateOf(provider.account).payers,
    requests: (filter) => server.log.list(filter).map((record) => ({ ...record })),
    counters: () => server.log.counters(),
    issuedSecrets: () => provider.secrets(),
    clientSecrets: () => provider.secrets().filter((secret) => secret.kind === 'client'),
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
