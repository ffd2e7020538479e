import type { Capabilities, Minted, NewCredential, Wish } from '../../src/providers/provider.ts';
import type { Rig, TrueClient } from './rig.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a check has: an account at a simulator of its own, and wishes as far as the provider bears them. */
export interface Subject {
  readonly rig: Rig;
  readonly capabilities: Capabilities;
  /** Of these fields, those that the provider bears. */
  readonly fields: (wanted: Fields) => Fields;
  readonly wish: (spec?: Fields, uid?: string) => Wish;
  /** It manages no field of the client. */
  readonly unmanaged: Wish;
  readonly create: (spec?: Fields, incarnation?: number) => Promise<Minted>;
  /** Whether the provider takes the credential. */
  readonly works: (clientId: string, credential: NewCredential) => Promise<boolean>;
  /** The one client that there is, as the provider itself knows it. */
  readonly only: () => TrueClient;
}

export type Check = (subject: Subject) => Promise<void>;

/** What a provider must be able to, for a behaviour to mean anything at it. */
export interface Need {
  readonly holds: (capabilities: Capabilities) => boolean;
  /** Said of a provider at which it does not hold. */
  readonly otherwise: string;
}

interface Named {
  readonly name: string;
  /** Left out: it is asked of every provider. */
  readonly needs?: readonly Need[];
}

/** One thing that a provider does: one test, or one for each case. docs/providers says of whom it is asked. */
export type Behaviour =
  | (Named & { readonly check: Check })
  | (Named & { readonly cases: (capabilities: Capabilities) => readonly (readonly [string, Check])[] });

export interface Group {
  readonly title: string;
  readonly behaviours: readonly Behaviour[];
}

/** Why it is not asked of this provider; undefined: it is. */
export const missing = (
  { needs = [] }: Pick<Named, 'needs'>,
  capabilities: Capabilities,
): string | undefined => needs.find(({ holds }) => !holds(capabilities))?.otherwise;

/** One test, or one for each case. */
export const checksOf = (
  behaviour: Behaviour,
  capabilities: Capabilities,
): readonly (readonly [string, Check])[] =>
  'check' in behaviour
    ? [[behaviour.name, behaviour.check]]
    : behaviour.cases(capabilities).map(([name, check]) => [`${behaviour.name}: ${name}`, check]);
