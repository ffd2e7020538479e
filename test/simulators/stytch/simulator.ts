import type { Reply, SimulatedProvider } from '../provider.ts';
import { SigningKey } from '../signing-key.ts';
import { type RunningSimulator, type SimulatorOptions, sourcesOf, startSimulator } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { type IssuedSecret, StytchAccount } from './account.ts';
import { actInConsole, credentialsOf, type StytchAction, type StytchActionResult } from './console.ts';
import { defaultErrorType, managementError, tokenError } from './errors.ts';
import { stytchRoutes } from './routes.ts';
import { type StytchClientState, secretsOf, stateOf } from './state.ts';
import { type StytchSwitches, type StytchSwitchPatch, stytchSwitches } from './switches.ts';

interface StytchSimulatorOptions extends SimulatorOptions<StytchSwitchPatch> {
  /** Both are random by default. */
  readonly projectId?: string | undefined;
  readonly secret?: string | undefined;
}

/** A running Stytch. What it shows are copies, taken at the time of the call. */
export interface StytchSimulator
  extends RunningSimulator<StytchSwitchPatch, StytchAction, StytchActionResult, IssuedSecret> {
  /** The ones that are valid now. */
  readonly credentials: { readonly projectId: string; readonly secret: string };
  clients(): readonly StytchClientState[];
}

class StytchProvider implements SimulatedProvider {
  readonly name = 'stytch';
  readonly listOperation = 'search';
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
  const sources = sourcesOf(stytchSwitches, options);
  // Drawn once: after a reset the credentials are those that were handed out at the start.
  let start: { projectId: string; secret: string } | undefined;
  const provider = new StytchProvider(sources.switches, () => {
    const { projectId, secret } = start ?? options;
    const account = new StytchAccount({ ...sources, projectId, secret });
    start = credentialsOf(account);
    return account;
  });
  const running = await startSimulator<StytchSwitchPatch, StytchAction, StytchActionResult, IssuedSecret>(
    provider,
    sources,
    options,
  );
  return {
    ...running,
    get credentials() {
      return credentialsOf(provider.account);
    },
    clients: () => stateOf(provider.account).clients,
  };
};
