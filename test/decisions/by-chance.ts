import { Chance } from '../faults/simulation/chance.ts';
import type { Case } from './explore.ts';
import { factsOf } from './facts.ts';
import { judge } from './judge.ts';
import { walk } from './walk.ts';
import { wordsOf } from './words.ts';

/** What is wrong with the plans of so many cases of a product, always the same ones. All cases take a minute. */
export const wrongByChance = (name: string, fixed: Case, walks: number): ReadonlySet<string> => {
  const { next } = new Chance(1, name);
  const wrong = new Set<string>();
  for (let count = 0; count < walks; count++)
    for (const what of walk(fixed, next, (at) => judge(factsOf(at), wordsOf(at)).wrong)) wrong.add(what);
  return wrong;
};
