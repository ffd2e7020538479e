import type { Tally } from '../../scripts/decision-rows.ts';
import type { Facts } from '../../src/machine-client/facts.ts';
import type { Plan } from '../../src/machine-client/plan.ts';

export interface StyleRow<At> {
  readonly facts: string;
  readonly when: (at: At) => boolean;
  readonly says: (at: At) => { readonly plan: Plan['kind']; readonly reason?: string };
}

/** What may be observed of an object of one style, beside all that is varied for every style, and what is decided then. */
export interface StyleProduct<At, R extends StyleRow<At>> {
  /** The table of docs/protocol.md, and the folder of test/decisions. */
  readonly name: string;
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  readonly possible: (at: At) => boolean;
  readonly factsOf: (at: At) => Facts;
  readonly rows: readonly R[];
}

/** How often each row was decided in which way. */
export interface Survey<At, R extends StyleRow<At>> {
  readonly cases: number;
  readonly tally: Tally<R>;
}

/** Every combination of the values of all facts that can be. */
export function* everyCase<At, R extends StyleRow<At>>({
  dimensions,
  possible,
}: StyleProduct<At, R>): Generator<At> {
  const all = Object.entries(dimensions);
  const total = all.reduce((cases, [, values]) => cases * values.length, 1);
  for (let index = 0; index < total; index++) {
    let rest = index;
    const at: Record<string, string> = {};
    for (const [name, values] of all) {
      at[name] = values[rest % values.length] ?? '';
      rest = Math.floor(rest / values.length);
    }
    if (possible(at as At)) yield at as At;
  }
}
