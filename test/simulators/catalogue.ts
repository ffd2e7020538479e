import { startAuthressSimulator } from './authress/simulator.ts';
import { startKeycloakSimulator } from './keycloak/simulator.ts';
import { startPlastiqSimulator } from './plastiq/simulator.ts';
import { startScalekitSimulator } from './scalekit/simulator.ts';
import { startStytchSimulator } from './stytch/simulator.ts';
import { startVaultAppRoleSimulator } from './vaultapprole/simulator.ts';

/** What the command line can ask of any simulator. */
export interface StartOptions {
  readonly host: string | undefined;
  readonly port: number;
  readonly pathPrefix: string | undefined;
  readonly gatewayHeader: { readonly name: string; readonly value: string } | undefined;
  /** Wanted credentials by name; what is absent is drawn. */
  readonly credentials: Readonly<Record<string, string>>;
  /** A patch of the simulator's switches; it is checked there. */
  readonly switches: Readonly<Record<string, unknown>>;
}

interface RunningSimulator extends AsyncDisposable {
  readonly url: string;
  readonly controlUrl: string;
  readonly credentials: object;
}

/** The simulators that can be started by name. */
export const simulators: Readonly<Record<string, (options: StartOptions) => Promise<RunningSimulator>>> = {
  authress: ({ credentials: { accessKey }, ...options }) => startAuthressSimulator({ ...options, accessKey }),
  plastiq: ({ credentials: { apiKey, payerId }, ...options }) =>
    startPlastiqSimulator({ ...options, apiKey, payerId }),
  stytch: ({ credentials: { projectId, secret }, ...options }) =>
    startStytchSimulator({ ...options, projectId, secret }),
  scalekit: ({ credentials: { clientId, clientSecret, organizationId }, ...options }) =>
    startScalekitSimulator({
      ...options,
      clientId,
      clientSecret,
      organizations: organizationId?.split(','),
    }),
  vaultapprole: ({ credentials: { token, secretId, namespace, mountPath }, ...options }) =>
    startVaultAppRoleSimulator({ ...options, token, secretId, namespace, mountPath }),
  keycloak: ({ credentials: { secret, realm }, ...options }) =>
    startKeycloakSimulator({ ...options, secret, realm }),
};
