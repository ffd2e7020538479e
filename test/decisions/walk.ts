import type { At, Dimension, Value } from './dimensions.ts';
import { type Case, domain } from './explore.ts';

/**
 * One case of a product by chance, where `explore` visits all of them: each fact is drawn when it is asked for first,
 * and every value that it can have then is as likely as the others.
 */
export const walk = <Result>(fixed: Case, random: () => number, visit: (at: At) => Result): Result => {
  const known = new Map<Dimension, string>();
  const at = <D extends Dimension>(name: D): Value<D> => {
    const before = known.get(name);
    if (before !== undefined) return before as Value<D>;
    const only = fixed[name];
    const values = domain(name, at).filter((one) => only === undefined || only === one);
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new Error(`${name}: the prunings leave no value`);
    known.set(name, value);
    return value as Value<D>;
  };
  return visit(at);
};
