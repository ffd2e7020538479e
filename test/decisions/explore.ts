import { dimensions, prunings, type At, type Dimension, type Value } from './dimensions.ts';

/** Facts that have one value throughout. */
export type Case = Readonly<Partial<Record<Dimension, string>>>;

const byDimension = Map.groupBy(prunings, ({ dimension }) => dimension);

/** The values that a fact can have beside what is known already. */
export const domain = (name: Dimension, at: At): readonly string[] => {
  let values: readonly string[] = dimensions[name];
  for (const { when, only } of byDimension.get(name) ?? [])
    if (values.some((value) => !only.includes(value)) && when(at))
      values = values.filter((value) => only.includes(value));
  return values;
};

interface Choice {
  readonly name: Dimension;
  readonly values: readonly string[];
  index: number;
}

/**
 * Runs `visit` once for each case that it can tell apart, and returns how many these are.
 *
 *   read a ──► a1 ──► read b ──► b1 ──► end: the case {a1, b1}
 *          │                 └─► b2 ──► end: the case {a1, b2}
 *          └─► a2 ──► end: the case {a2}, whatever b is
 *
 * A fact that was not read cannot have changed anything, so one visit stands for all values of all facts that it left
 * unread: the whole product is covered, though most of its combinations are never built. `visit` must be
 * deterministic, and may know nothing but what `at` tells it. `describe` names, for a failure, every fact that was read.
 */
export const explore = (fixed: Case, prepare: (at: At, describe: () => string) => () => void): number => {
  const choices: Choice[] = [];
  const known = new Map<Dimension, string>();
  const at = <D extends Dimension>(name: D): Value<D> => {
    const value = known.get(name);
    if (value !== undefined) return value as Value<D>;
    const only = fixed[name];
    const values = domain(name, at).filter((one) => only === undefined || only === one);
    const [first] = values;
    if (first === undefined) throw new Error(`${name}: the prunings leave no value for ${describe()}`);
    choices.push({ name, values, index: 0 });
    known.set(name, first);
    return first as Value<D>;
  };
  const describe = (): string => [...known].map(([name, value]) => `${name}: ${value}`).join('; ');
  const visit = prepare(at, describe);
  for (let cases = 1; ; cases++) {
    try {
      visit();
    } catch (error) {
      throw new Error(`in the case ${describe()}`, { cause: error });
    }
    // Back to the last choice that has another value.
    for (;;) {
      const last = choices.at(-1);
      if (!last) return cases;
      last.index++;
      const value = last.values[last.index];
      if (value !== undefined) {
        known.set(last.name, value);
        break;
      }
      known.delete(last.name);
      choices.pop();
    }
  }
};
