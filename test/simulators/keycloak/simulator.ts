import type { Reply, Route, SimulatedProvider } from '../provider.ts';
import { type RunningSimulator, type SimulatorOptions, sourcesOf, startSimulator } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { type IssuedSecret, KeycloakAccount, type KeyRecord, type Login } from './account.ts';
import { actInConsole, credentialsOf, type KeycloakAction, type KeycloakActionResult } from './console.ts';
import { errorReply } from './errors.ts';
import { keycloakRoutes } from './routes.ts';
import { type KeycloakClientState, secretsOf, stateOf } from './state.ts';
import { type KeycloakSwitches, type KeycloakSwitchPatch, keycloakSwitches } from './switches.ts';

interface KeycloakSimulatorOptions extends SimulatorOptions<KeycloakSwitchPatch> {
  /** Default: `services`. */
  readonly realm?: string | undefined;
  /** Of the client `operator`, which the operator logs in as. Random by default. */
  readonly secret?: string | undefined;
}

/** A running Keycloak. What it shows are copies, taken at the time of the call. */
export interface KeycloakSimulator
  extends RunningSimulator<KeycloakSwitchPatch, KeycloakAction, KeycloakActionResult, IssuedSecret> {
  /** The ones that are valid now. */
  readonly credentials: ReturnType<typeof credentialsOf>;
  readonly realm: string;
  /** Who else can log in: one without a right, and the administrator, in the realm master. */
  readonly logins: readonly Login[];
  clients(): readonly KeycloakClientState[];
  /** Every key that was ever in a set, in the order of its coming. */
  keys(): readonly KeyRecord[];
}

class KeycloakProvider implements SimulatedProvider {
  readonly name = 'keycloak';
  readonly listOperation = 'list';
  readonly secretFields = ['secret', 'client_secret', 'client_assertion'];
  readonly switches: Switches<KeycloakSwitches>;
  readonly routes: readonly Route[];
  /** Known as soon as the server listens. */
  baseUrl = '';
  readonly #open: () => KeycloakAccount;
  #account: KeycloakAccount;

  constructor(switches: Switches<KeycloakSwitches>, open: () => KeycloakAccount) {
    this.switches = switches;
    this.#open = open;
    this.#account = open();
    this.routes = keycloakRoutes({ account: () => this.#account, baseUrl: () => this.baseUrl });
  }

  get account(): KeycloakAccount {
    return this.#account;
  }

  failure(operation: string | undefined, status: number, errorType?: string): Reply {
    return errorReply(operation, status, errorType);
  }

  state(): Record<string, unknown> {
    return { ...stateOf(this.#account) };
  }

  secrets(): readonly IssuedSecret[] {
    return secretsOf(this.#account);
  }

  act(action: unknown): KeycloakActionResult {
    return actInConsole(this.#account, action);
  }

  reset(): void {
    this.switches.reset();
    this.#account = this.#open();
  }
}

/** Starts a realm of Keycloak on loopback; disposing stops it and closes every connection. */
export const startKeycloakSimulator = async (
  options: KeycloakSimulatorOptions = {},
): Promise<KeycloakSimulator> => {
  const sources = sourcesOf(keycloakSwitches, options);
  const realm = options.realm ?? 'services';
  // Drawn once: after a reset the login is the one that was handed out at the start.
  let { secret } = options;
  const provider = new KeycloakProvider(sources.switches, () => {
    const account = new KeycloakAccount({ ...sources, realm, secret });
    secret = credentialsOf(account).secret;
    return account;
  });
  const running = await startSimulator<
    KeycloakSwitchPatch,
    KeycloakAction,
    KeycloakActionResult,
    IssuedSecret
  >(provider, sources, options);
  provider.baseUrl = running.url;
  return {
    ...running,
    realm,
    get credentials() {
      return credentialsOf(provider.account);
    },
    get logins() {
      return provider.account.logins;
    },
    clients: () => stateOf(provider.account).clients,
    keys: () => provider.account.keys.map((key) => ({ ...key })),
  };
};
