import type { ControlTypes } from '../control-client.ts';
import type { IssuedSecret } from './account.ts';
import type { StytchAction, StytchActionResult } from './console.ts';
import type { StytchState } from './state.ts';
import type { StytchSwitches, StytchSwitchPatch } from './switches.ts';

/** For `new ControlClient<StytchControl>(controlUrl)`. */
export interface StytchControl extends ControlTypes {
  readonly state: StytchState;
  readonly secret: IssuedSecret;
  readonly switches: StytchSwitches;
  readonly switchPatch: StytchSwitchPatch;
  readonly action: StytchAction;
  readonly actionResult: StytchActionResult;
}
