import type { Reply, Route, SimulatedProvider } from '../provider.ts';
import { type RunningSimulator, type SimulatorOptions, sourcesOf, startSimulator } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { AuthressAccount, type IssuedSecret } from './account.ts';
import { actInConsole, type AuthressAction, type AuthressActionResult } from './console.ts';
import { defaultErrorCode, errorReply } from './errors.ts';
import { authressRoutes } from './routes.ts';
import { type AuthressClientState, secretsOf, stateOf } from './state.ts';
import { type AuthressSwitches, type AuthressSwitchPatch, authressSwitches } from './switches.ts';

interface AuthressSimulatorOptions extends SimulatorOptions<AuthressSwitchPatch> {
  /** The management access key. Default: a new one, of a new account. */
  readonly accessKey?: string | undefined;
}

/** A running Authress. What it shows are copies, taken at the time of the call. */
export interface AuthressSimulator
  extends RunningSimulator<AuthressSwitchPatch, AuthressAction, AuthressActionResult, IssuedSecret> {
  /** The ones that are valid now. */
  readonly credentials: { readonly accessKey: string };
  readonly accountId: string;
  /** All but the one of the management key. */
  clients(): readonly AuthressClientState[];
}

class AuthressProvider implements SimulatedProvider {
  readonly name = 'authress';
  readonly listOperation = 'list';
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
  const sources = sourcesOf(authressSwitches, options);
  // Drawn once: after a reset the management key is the one that was handed out at the start.
  let { accessKey } = options;
  const provider = new AuthressProvider(sources.switches, () => {
    const account = new AuthressAccount({ ...sources, accessKey });
    accessKey = account.managementKey;
    return account;
  });
  const running = await startSimulator<
    AuthressSwitchPatch,
    AuthressAction,
    AuthressActionResult,
    IssuedSecret
  >(provider, sources, options);
  provider.baseUrl = running.url;
  return {
    ...running,
    get credentials() {
      return { accessKey: provider.account.managementKey };
    },
    get accountId() {
      return provider.account.accountId;
    },
    clients: () => stateOf(provider.account).clients,
  };
};
