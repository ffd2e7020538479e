import type { Reply, Route, SimulatedProvider } from '../provider.ts';
import { type RunningSimulator, type SimulatorOptions, sourcesOf, startSimulator } from '../simulator.ts';
import type { Switches } from '../switches.ts';
import { type IssuedSecret, VaultAccount } from './account.ts';
import { actInConsole, credentialsOf, type VaultAction, type VaultActionResult } from './console.ts';
import { errorReply, textOf } from './errors.ts';
import { kubernetes } from './login.ts';
import { vaultRoutes } from './routes.ts';
import { secretsOf, stateOf, type VaultRoleState } from './state.ts';
import { type VaultSwitches, type VaultSwitchPatch, vaultSwitches } from './switches.ts';

interface VaultSimulatorOptions extends SimulatorOptions<VaultSwitchPatch> {
  /** The management token. Random by default, as what follows. */
  readonly token?: string | undefined;
  /** Of the role that the operator logs in with. */
  readonly secretId?: string | undefined;
  /** Of the mount. Default: none, which is that of the root. */
  readonly namespace?: string | undefined;
  /** Default: `approle`. */
  readonly mountPath?: string | undefined;
}

/** A running Vault. What it shows are copies, taken at the time of the call. */
export interface VaultSimulator
  extends RunningSimulator<VaultSwitchPatch, VaultAction, VaultActionResult, IssuedSecret> {
  /** The ones that are valid now. `roleId` and `secretId` are of a role on the mount `operatorMountPath`. */
  readonly credentials: ReturnType<typeof credentialsOf>;
  readonly namespace: string;
  readonly mountPath: string;
  readonly operatorMountPath: string;
  /** The Kubernetes method: its mount and its one role, and whom tokens are to be for. */
  readonly kubernetes: typeof kubernetes;
  clients(): readonly VaultRoleState[];
  /** How many tokens of roles, from logins, are good now. */
  tokens(): number;
}

const operatorMountPath = 'operators';

class VaultProvider implements SimulatedProvider {
  readonly name = 'vaultapprole';
  readonly listOperation = 'list';
  readonly secretFields = ['secret_id', 'jwt'];
  readonly switches: Switches<VaultSwitches>;
  readonly routes: readonly Route[];
  readonly #open: () => VaultAccount;
  #account: VaultAccount;

  constructor(
    switches: Switches<VaultSwitches>,
    place: { readonly namespace: string; readonly mountPath: string },
    open: () => VaultAccount,
  ) {
    this.switches = switches;
    this.#open = open;
    this.#account = open();
    this.routes = vaultRoutes({ ...place, operatorMountPath, account: () => this.#account });
  }

  get account(): VaultAccount {
    return this.#account;
  }

  failure(operation: string | undefined, status: number, errorType?: string): Reply {
    if (operation === undefined)
      return errorReply(status, 'no handler for route "unknown". route entry not found.');
    return errorReply(status, errorType ?? textOf(status));
  }

  state(): Record<string, unknown> {
    return { ...stateOf(this.#account) };
  }

  secrets(): readonly IssuedSecret[] {
    return secretsOf(this.#account);
  }

  act(action: unknown): VaultActionResult {
    return actInConsole(this.#account, action);
  }

  reset(): void {
    this.switches.reset();
    this.#account = this.#open();
  }
}

/** Starts an AppRole mount of Vault on loopback; disposing stops it and closes every connection. */
export const startVaultAppRoleSimulator = async (
  options: VaultSimulatorOptions = {},
): Promise<VaultSimulator> => {
  const sources = sourcesOf(vaultSwitches, options);
  const place = { namespace: options.namespace ?? '', mountPath: options.mountPath ?? 'approle' };
  // Drawn once: after a reset the logins are those that were handed out at the start.
  let { token, secretId } = options;
  const provider = new VaultProvider(sources.switches, place, () => {
    const account = new VaultAccount({ ...sources, token, secretId });
    token = account.managementToken;
    secretId = account.operatorSecretId;
    return account;
  });
  const running = await startSimulator<VaultSwitchPatch, VaultAction, VaultActionResult, IssuedSecret>(
    provider,
    sources,
    options,
  );
  return {
    ...running,
    ...place,
    operatorMountPath,
    kubernetes,
    get credentials() {
      return credentialsOf(provider.account);
    },
    clients: () => stateOf(provider.account).clients,
    tokens: () => provider.account.tokensOfRoles().length,
  };
};
