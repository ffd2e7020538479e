import type { Reply, SimulatedProvider } from '../provider.ts';
import { type RunningSimulator, type SimulatorOptions, sourcesOf, startSimulator } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { type ClientSecret, type IssuedSecret, PlastiqAccount } from './account.ts';
import { actInConsole, credentialsOf, type PlastiqAction, type PlastiqActionResult } from './console.ts';
import { errorReply } from './errors.ts';
import { plastiqRoutes } from './routes.ts';
import { type PlastiqState, secretsOf, stateOf } from './state.ts';
import { plastiqSwitches, type PlastiqSwitches, type PlastiqSwitchPatch } from './switches.ts';

interface PlastiqSimulatorOptions extends SimulatorOptions<PlastiqSwitchPatch> {
  /** Both are random by default. */
  readonly apiKey?: string | undefined;
  readonly payerId?: string | undefined;
}

/** A running Plastiq; its `url` ends with `/api`. What it shows are copies, taken at the time of the call. */
export interface PlastiqSimulator
  extends RunningSimulator<PlastiqSwitchPatch, PlastiqAction, PlastiqActionResult, IssuedSecret> {
  /** The newest API key, and the payer that is there from the start. */
  readonly credentials: { readonly apiKey: string; readonly payerId: string };
  payers(): PlastiqState['payers'];
  /** The client secrets among them. */
  clientSecrets(): readonly ClientSecret[];
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
  const sources = sourcesOf(plastiqSwitches, options);
  // Drawn once: after a reset the credentials are those that were handed out at the start.
  let start: { apiKey: string; payerId: string } | undefined;
  const provider = new PlastiqProvider(sources.switches, () => {
    const { apiKey, payerId } = start ?? options;
    const account = new PlastiqAccount({ ...sources, apiKey, payerId });
    start = credentialsOf(account);
    return account;
  });
  const running = await startSimulator<PlastiqSwitchPatch, PlastiqAction, PlastiqActionResult, IssuedSecret>(
    provider,
    sources,
    options,
  );
  return {
    ...running,
    url: `${running.url}/api`,
    get credentials() {
      return credentialsOf(provider.account);
    },
    payers: () => stateOf(provider.account).payers,
    clientSecrets: () => provider.secrets().filter((secret) => secret.kind === 'client'),
  };
};
