import type { ControlTypes } from '../control-client.ts';
import type { IssuedSecret } from './account.ts';
import type { PlastiqAction, PlastiqActionResult } from './console.ts';
import type { PlastiqState } from './state.ts';
import type { PlastiqSwitches, PlastiqSwitchPatch } from './switches.ts';

/** For `new ControlClient<PlastiqControl>(controlUrl)`. */
export interface PlastiqControl extends ControlTypes {
  readonly state: PlastiqState;
  readonly secret: IssuedSecret;
  readonly switches: PlastiqSwitches;
  readonly switchPatch: PlastiqSwitchPatch;
  readonly action: PlastiqAction;
  readonly actionResult: PlastiqActionResult;
}
