import type { StyleProduct } from '../style-product.ts';
import { type At, dimensions, factsOf, possible } from './facts.ts';
import { type Row, rows } from './rows.ts';

export const staged: StyleProduct<At, Row> = { name: 'staged', dimensions, possible, factsOf, rows };
