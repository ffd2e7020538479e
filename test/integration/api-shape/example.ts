import type { Spec } from './cluster.ts';

/** A rule of a schema, by two specs: one that it takes and one that it refuses. */
export interface Example {
  /** Where the API server says that the fault is, without indices, for example `spec.restart.targets[]`. */
  readonly at: string;
  readonly message: string;
  readonly accepted: readonly Spec[];
  readonly refused: readonly Spec[];
  /** What else refuses the same. */
  readonly also?: readonly Pick<Example, 'at' | 'message'>[];
}

/** So many texts of that length, no two the same, which differ at their ends: what costs a rule the most that there can be. */
export const longest = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, 'x'));

/** A transition rule: changes from one stored object that it takes, and that it refuses. */
export interface Transition extends Example {
  readonly because: string;
  readonly before: Spec;
  /** Written before the change, over the status subresource. */
  readonly status?: Spec;
}
