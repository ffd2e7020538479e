import type { StyleProduct } from '../style-product.ts';
import { type At, dimensions, factsOf, possible } from './facts.ts';
import { type Row, rows } from './rows.ts';

export const additive: StyleProduct<At, Row> = { name: 'additive', dimensions, possible, factsOf, rows };
