import { expect, test } from 'vitest';
import { wrongByChance } from '../decisions/by-chance.ts';
import { products } from '../decisions/products.ts';

/** All cases take a minute, once; a mutation has a second. */
const WALKS = 4_000;

test.each(Object.entries(products))(
  'cases by chance of the product "%s" are decided as the table says',
  (name, fixed) => {
    expect([...wrongByChance(name, fixed, WALKS)]).toEqual([]);
  },
);
