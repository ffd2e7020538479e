import type { ControlTypes } from '../control-client.ts';
import type { IssuedSecret } from './account.ts';
import type { AuthressAction, AuthressActionResult } from './console.ts';
import type { AuthressState } from './state.ts';
import type { AuthressSwitches, AuthressSwitchPatch } from './switches.ts';

/** For `new ControlClient<AuthressControl>(controlUrl)`. */
export interface AuthressControl extends ControlTypes {
  readonly state: AuthressState;
  readonly secret: IssuedSecret;
  readonly switches: AuthressSwitches;
  readonly switchPatch: AuthressSwitchPatch;
  readonly action: AuthressAction;
  readonly actionResult: AuthressActionResult;
}
