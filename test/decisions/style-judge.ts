import { Tally } from '../../scripts/decision-rows.ts';
import { decide } from '../../src/machine-client/decide.ts';
import type { Plan } from '../../src/machine-client/plan.ts';
import { everyCase, type StyleProduct, type StyleRow, type Survey } from './style-product.ts';

interface Judging<At, R extends StyleRow<At>> {
  /** What no plan may do, whatever is observed. */
  readonly rules: Readonly<Record<string, (plan: Plan, at: At) => boolean>>;
  /** The plan in words, with all in which two may differ. */
  readonly say: (plan: Plan) => string;
  readonly meets: (plan: Plan, expected: ReturnType<R['says']>) => boolean;
}

/** `wrong`: by what is wrong, the first case in which it is. */
export const judgeEveryCase = <At, R extends StyleRow<At>>(
  product: StyleProduct<At, R>,
  { rules, say, meets }: Judging<At, R>,
): Survey<At, R> & { readonly wrong: Readonly<Record<string, string>> } => {
  const { factsOf, rows } = product;
  const wrong = new Map<string, string>();
  const tally = new Tally<R>();
  let cases = 0;
  for (const at of everyCase(product)) {
    cases++;
    const plan = decide(factsOf(at));
    const complain = (what: string): void => {
      if (!wrong.has(what)) wrong.set(what, `${say(plan)} in the case ${JSON.stringify(at)}`);
    };
    if (say(decide(factsOf(at))) !== say(plan)) complain('another plan the second time');
    for (const [name, holds] of Object.entries(rules)) if (!holds(plan, at)) complain(name);
    const row = rows.find(({ when }) => when(at));
    if (!row) throw new Error(`no row: ${JSON.stringify(at)}`);
    tally.add(row, plan);
    const expected = row.says(at) as ReturnType<R['says']>;
    if (!meets(plan, expected)) complain(`${row.facts}: ${expected.plan} ${expected.reason ?? ''}`);
  }
  return { wrong: Object.fromEntries(wrong), cases, tally };
};
