import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../../src/runtime/clock.ts';
import type { FaultRule, FaultStatus } from '../faults.ts';
import { gatewayOf } from '../gateway.ts';
import type { HeldRequest, HoldOutcome } from '../holds.ts';
import { startServer } from '../http-server.ts';
import type { Reply, Route, SimulatedProvider } from '../provider.ts';
import type { Counters, RequestFilter, RequestRecord } from '../request-log.ts';
import { Switches } from '../switches.ts';
import { AuthressAccount, type Entropy, type IssuedSecret } from './account.ts';
import { actInConsole, type AuthressAction, type AuthressActionResult } from './console.ts';
import { defaultErrorCode, errorReply } from './errors.ts';
import { authressRoutes } from './routes.ts';
import { type AuthressClientState, secretsOf, stateOf } from './state.ts';
import { type AuthressSwitches, type AuthressSwitchPatch, authressSwitches } from './switches.ts';

interface AuthressSimulatorOptions {
  /** 0, the default: one that is free. */
  readonly port?: number | undefined;
  /** The management access key. Default: a new one, of a new account. */
  readonly accessKey?: string | undefined;
  /** `/authress`: a path prefix, below which the whole API lies. */
  readonly pathPrefix?: string | undefined;
  /** A gateway's header, asked for instead of a bearer token. */
  readonly gatewayHeader?: { readonly name: string; readonly value: string } | undefined;
  /** Short for the switch of the same name. */
  readonly latencyMs?: number | undefined;
  /** How the switches stand at the start and after a reset. */
  readonly switches?: AuthressSwitchPatch | undefined;
  /** For ids, keys and faults with a probability. Default: the system's random bytes. */
  readonly entropy?: Entropy | undefined;
  readonly clock?: Clock | undefined;
}

/** A running Authress. What it shows are copies, taken at the time of the call. */
export interface AuthressSimulator extends AsyncDisposable {
  /** Where Authress's API begins; no slash at the end. */
  readonly url: string;
  /** See README.md; control-client.ts speaks with it. */
  readonly controlUrl: string;
  /** The ones that are valid now. */
  readonly credentials: { readonly accessKey: string };
  readonly accountId: string;
  /** All but the one of the management key. */
  clients(): readonly AuthressClientState[];
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
  setSwitches(patch: AuthressSwitchPatch): void;
  act(action: AuthressAction): AuthressActionResult;
  reset(): void;
}

class AuthressProvider implements SimulatedProvider {
  readonly name = 'authress';
  readonly secretFields = ['client_secret'];
  readonly switches: Switches<AuthressSwitches>;
  readonly routes: readonly Route[];
  /** Known when the server listens, before the first call. */
  baseUrl = '';
  readonly #open: () => AuthressAccount;
  #account: AuthressAccount;

  constructor(switches: Switches<AuthressSwitches>, open: () => AuthressAccount) {
    this.switches = switches;
    this.#open = open;
    this.#account = open();
    this.routes = authressRoutes({ account: () => this.#account, baseUrl: () => this.baseUrl });
  }

  get account(): AuthressAccount {
    return this.#account;
  }

  failure(_operation: string | undefined, status: number, errorType = defaultErrorCode(status)): Reply {
    const { errorMembers, retryAfter } = this.switches.current;
    const reply = errorReply(status, errorType, this.#account.errorId(), errorMembers);
    if (status !== 429 || retryAfter === 'absent') return reply;
    return { ...reply, headers: { ...reply.headers, 'retry-after': '1' } };
  }

  state(): Record<string, unknown> {
    return { ...stateOf(this.#account) };
  }

  secrets(): readonly IssuedSecret[] {
    return secretsOf(this.#account);
  }

  act(action: unknown): AuthressActionResult {
    return actInConsole(this.#account, action);
  }

  reset(): void {
    this.switches.reset();
    this.#account = this.#open();
  }
}

/** Starts Authress on loopback; disposing stops it and closes every connection. */
export const startAuthressSimulator = async (
  options: AuthressSimulatorOptions = {},
): Promise<AuthressSimulator> => {
  const clock = options.clock ?? systemClock;
  const entropy = options.entropy ?? randomBytes;
  const latency = options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs };
  const switches = new Switches(authressSwitches, { ...options.switches, ...latency });
  // Drawn once: after a reset the management key is the one that was handed out at the start.
  let { accessKey } = options;
  const provider = new AuthressProvider(switches, () => {
    const account = new AuthressAccount({ clock, entropy, switches, accessKey });
    accessKey = account.managementKey;
    return account;
  });
  const server = await startServer(provider, {
    port: options.port ?? 0,
    gateway: gatewayOf(options),
    clock,
    random: () => entropy(4).readUInt32BE(0) / 2 ** 32,
  });
  provider.baseUrl = server.url;
  return {
    url: server.url,
    controlUrl: server.controlUrl,
    get credentials() {
      return { accessKey: provider.account.managementKey };
    },
    get accountId() {
      return provider.account.accountId;
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
