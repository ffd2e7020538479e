import { expect, test } from 'vitest';
import { factsOf } from '../decisions/facts.ts';
import { judge } from '../decisions/judge.ts';
import { products } from '../decisions/products.ts';
import { walk } from '../decisions/walk.ts';
import { wordsOf } from '../decisions/words.ts';
import { Chance } from '../faults/simulation/chance.ts';

/** All cases take a minute, once; a mutation has a second. */
const WALKS = 4_000;

test.each(Object.entries(products))(
  'cases by chance of the product "%s" are decided as the table says',
  (name, fixed) => {
    const { next } = new Chance(1, name);
    const wrong = new Set<string>();
    for (let count = 0; count < WALKS; count++)
      for (const what of walk(fixed, next, (at) => judge(factsOf(at), wordsOf(at)).wrong)) wrong.add(what);
    expect([...wrong]).toEqual([]);
  },
);
