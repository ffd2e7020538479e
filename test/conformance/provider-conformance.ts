import type { Capabilities } from '../../src/providers/provider.ts';
import type { Rig } from './rig.ts';
import { runBehaviours } from './run-behaviours.ts';
import { withClients } from './with-clients/index.ts';
import { type Drift, subjectOf } from './with-clients/subject.ts';

export { call, failure, textOf, value } from './outcomes.ts';
export { create, createAs, mark, wish } from './with-clients/wish.ts';

/**
 * What every provider with clients must do, against its simulator. It is driven by the declared capabilities: a
 * provider that cannot do a thing says so, and is not asked to. `options.faults: false`: what faults mean does not
 * depend on this variant. `options.drift`: of a provider whose clients have no name.
 */
export const providerConformance = (
  capabilities: Capabilities,
  start: () => Promise<Rig>,
  options: { readonly faults?: boolean; readonly spec?: object; readonly drift?: Drift } = {},
): void =>
  runBehaviours(
    withClients.filter(({ faults }) => options.faults !== false || !faults),
    capabilities,
    async () => subjectOf(await start(), capabilities, options.spec ?? {}, options.drift),
  );
