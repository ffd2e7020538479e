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
 * depend on this variant. `options.drift`: of a provider whose clients have no name. `options.kind`: where clients of another
 * wish have others.
 */
export const providerConformance = (
  capabilities: Capabilities,
  start: () => Promise<Rig>,
  options: {
    readonly faults?: boolean;
    readonly spec?: object;
    readonly drift?: Drift;
    readonly kind?: Partial<Capabilities>;
  } = {},
): void => {
  const ofKind = { ...capabilities, ...options.kind };
  runBehaviours(
    withClients.filter(({ faults }) => options.faults !== false || !faults),
    ofKind,
    async () => ({
      ...subjectOf(await start(), ofKind, options.spec ?? {}, options.drift),
      declared: capabilities,
    }),
  );
};
