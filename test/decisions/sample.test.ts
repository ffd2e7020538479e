import { expect, test } from 'vitest';
import { wrongByChance } from './by-chance.ts';
import { products } from './products.ts';

/** `decisions.test.ts` has all cases, in `npm run ci`: this is what a minute of a processor leaves to `npm test`. */
const WALKS = 20_000;

test.each(Object.entries(products))(
  'cases by chance of the product "%s" are decided as the table says',
  (name, fixed) => {
    expect([...wrongByChance(name, fixed, WALKS)]).toEqual([]);
  },
);
