import type { Reply, SimulatedProvider } from '../provider.ts';
import { SigningKey } from '../signing-key.ts';
import { type RunningSimulator, type SimulatorOptions, sourcesOf, startSimulator } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { type IssuedSecret, ScalekitAccount } from './account.ts';
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

interface ScalekitSimulatorOptions extends SimulatorOptions<ScalekitSwitchPatch> {
  /** Of the management client. Both are random by default. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** The organizations that there are; by default one, of a random id. */
  readonly organizations?: readonly string[] | undefined;
}

/** A running Scalekit. What it shows are copies, taken at the time of the call. */
export interface ScalekitSimulator
  extends RunningSimulator<ScalekitSwitchPatch, ScalekitAction, ScalekitActionResult, IssuedSecret> {
  /** The ones that are valid now. */
  readonly credentials: ScalekitCredentials;
  clients(): readonly ScalekitClientState[];
}

/** One for the process: every management call begins with a token, and a key takes some 100 ms. */
const signingKey = new SigningKey();

class ScalekitProvider implements SimulatedProvider {
  readonly name = 'scalekit';
  readonly listOperation = 'list';
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
  const sources = sourcesOf(scalekitSwitches, options);
  // Drawn once: after a reset the credentials are those that were handed out at the start.
  let start: Pick<ScalekitSimulatorOptions, 'clientId' | 'clientSecret' | 'organizations'> = options;
  const provider = new ScalekitProvider(sources.switches, () => {
    const { clientId, clientSecret, organizations } = start;
    const account = new ScalekitAccount({ ...sources, clientId, clientSecret, organizations });
    start = {
      clientId: account.clientId,
      clientSecret: account.managementSecret,
      organizations: account.organizations,
    };
    return account;
  });
  const running = await startSimulator<
    ScalekitSwitchPatch,
    ScalekitAction,
    ScalekitActionResult,
    IssuedSecret
  >(provider, sources, options);
  return {
    ...running,
    get credentials() {
      return credentialsOf(provider.account);
    },
    clients: () => stateOf(provider.account).clients,
  };
};
