import type { ControlTypes } from '../control-client.ts';
import type { IssuedSecret } from './account.ts';
import type { ScalekitAction, ScalekitActionResult } from './console.ts';
import type { ScalekitState } from './state.ts';
import type { ScalekitSwitches, ScalekitSwitchPatch } from './switches.ts';

/** For `new ControlClient<ScalekitControl>(controlUrl)`. */
export interface ScalekitControl extends ControlTypes {
  readonly state: ScalekitState;
  readonly secret: IssuedSecret;
  readonly switches: ScalekitSwitches;
  readonly switchPatch: ScalekitSwitchPatch;
  readonly action: ScalekitAction;
  readonly actionResult: ScalekitActionResult;
}
