import type { Capabilities } from '../../src/providers/provider.ts';

/** What a provider must be able to, for a behaviour to mean anything at it. */
export interface Need {
  readonly holds: (capabilities: Capabilities) => boolean;
  /** Said of a provider at which it does not hold. */
  readonly otherwise: string;
}

/** `Subject`: an account at a simulator of its own, and what a check needs besides. */
export type Check<Subject> = (subject: Subject) => Promise<void>;
export type Cases<Subject> = readonly (readonly [name: string, check: Check<Subject>])[];

interface Named {
  readonly name: string;
  /** Left out: it is asked of every provider. */
  readonly needs?: readonly Need[];
  /** It takes so long, where that is longer than a test usually may. */
  readonly timeoutMs?: number;
}

/** One thing that a provider does: one test, or one for each case. docs/providers says of whom it is asked. */
export type Behaviour<Subject> =
  | (Named & { readonly check: Check<Subject> })
  | (Named & { readonly cases: (capabilities: Capabilities) => Cases<Subject> });

export interface Group<Subject> {
  readonly title: string;
  /** It is about what a fault means: a variant of the simulator changes nothing of that. */
  readonly faults?: true;
  readonly behaviours: readonly Behaviour<Subject>[];
}

/** Why it is not asked of this provider; undefined: it is. */
export const missing = (
  { needs = [] }: Pick<Named, 'needs'>,
  capabilities: Capabilities,
): string | undefined => needs.find(({ holds }) => !holds(capabilities))?.otherwise;

/** One test, or one for each case. */
export const checksOf = <Subject>(
  behaviour: Behaviour<Subject>,
  capabilities: Capabilities,
): Cases<Subject> =>
  'check' in behaviour
    ? [[behaviour.name, behaviour.check]]
    : behaviour.cases(capabilities).map(([name, check]) => [`${behaviour.name}: ${name}`, check]);
