import type { Capabilities } from '../../src/providers/provider.ts';
import { ephemeral } from './ephemeral/index.ts';
import { ephemeralWish, type Start } from './ephemeral/subject.ts';
import { runBehaviours } from './run-behaviours.ts';

export { ephemeralWish, secretOf } from './ephemeral/subject.ts';

/**
 * What every provider must do whose secrets belong to no client and end by themselves, against its simulator.
 * `options.spec`: the wish. `options.faults: false`: what faults mean does not depend on this variant.
 */
export const ephemeralConformance = (
  capabilities: Capabilities,
  start: Start,
  options: { readonly faults?: boolean; readonly spec?: object } = {},
): void =>
  runBehaviours(
    ephemeral.filter(({ faults }) => options.faults !== false || !faults),
    capabilities,
    async () => ({ rig: await start(), capabilities, wish: ephemeralWish(options.spec), start }),
  );
